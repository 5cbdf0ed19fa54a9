using System.Globalization;
using ImmutableAudit.Chain;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Evidence;

/// <summary>The names of the files in a package.</summary>
internal static class EvidenceNames
{
    public const string Readme = "README.txt";
    public const string Manifest = "manifest.json";
    public const string Checkpoint = "checkpoint.txt";
    public const string Keys = "keys.txt";
    public const string Locks = "retention.json";
    public const string Verification = "verification.json";

    /// <summary>The selected records' lines.</summary>
    public static readonly Numbered Records = new("records/", ".json");

    /// <summary>For each record, also <see cref="Anchor"/>, the proof that it is under the checkpoint.</summary>
    public static readonly Numbered Proofs = new("proofs/", ".tlog-proof");

    /// <summary>The first segment and those with key records, by their first records.</summary>
    public static readonly Numbered Segments = new("log/", ".jsonl.gz");

    /// <summary>The first record of the segment that ends at the checkpoint.</summary>
    public static readonly Numbered Anchor = new("log/", ".json");

    /// <summary>For a smaller size, the proof that the checkpoint continues the log of that size.</summary>
    public static readonly Numbered Continuations = new("continuations/", ".txt");

    /// <summary>Earlier checkpoints, which timestamps are over.</summary>
    public static readonly Numbered Stamped = new("timestamps/", ".txt");

    /// <summary>Certificates of timestamping authorities' roots as the exporter gave them.</summary>
    public static readonly Numbered Roots = new("timestamps/root-", ".cer");

    private static readonly string[] Fixed = [Readme, Manifest, Checkpoint, Keys, Locks, Verification];
    private static readonly Numbered[] Kinds = [Records, Proofs, Segments, Anchor, Continuations, Stamped, Roots];

    /// <summary>Whether a file of a package may have a name.</summary>
    public static bool IsKnown(string name) => Fixed.Contains(name) || Kinds.Any(kind => kind.TryParse(name, out _)) || TimestampName.TryParse(name, out _);

    /// <summary>Names that are a number between a beginning and an end.</summary>
    internal sealed record Numbered(string Before, string After)
    {
        public string Of(long number) => string.Create(CultureInfo.InvariantCulture, $"{Before}{number}{After}");

        public bool TryParse(string name, out long number)
        {
            number = 0;
            return name.StartsWith(Before, StringComparison.Ordinal) && name.EndsWith(After, StringComparison.Ordinal) && name.Length > Before.Length + After.Length
                && long.TryParse(name.AsSpan(Before.Length, name.Length - Before.Length - After.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number)
                && number <= LogFormat.MaxSequence && Of(number) == name;
        }
    }
}
