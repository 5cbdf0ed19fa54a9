using System.Globalization;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Summaries;

/// <summary>
/// A summary's place: <c>index/&lt;level&gt;/&lt;complement&gt;-&lt;first&gt;-&lt;end&gt;.jsonl.gz</c>, the complement as in a segment's name. A
/// <em>part</em> (level 0) covers segments of one block of 16,384 positions, a <em>block</em> (level 1) one whole block.
/// </summary>
internal readonly record struct SummaryId(int Level, long First, long End)
{
    public const string Prefix = "index/";
    public const int Part = 0;
    public const int Block = 1;

    /// <summary>Positions of a block: no segment crosses a multiple of this.</summary>
    public const long BlockSize = LogFormat.MaxSegmentRecords;

    /// <summary>A part ends with the segment that reaches or crosses a multiple of this.</summary>
    public const long PartSize = 256;

    private const string Suffix = ".jsonl.gz";

    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Before(Level, First)}-{First}-{End}{Suffix}");

    public static long BlockStart(long position) => position - position % BlockSize;

    /// <summary>What all names of a level begin with.</summary>
    public static string LevelPrefix(int level) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{level}/");

    /// <summary>A string that sorts right before the names that begin at <paramref name="first"/>; those behind it begin there or earlier.</summary>
    public static string Before(int level, long first) =>
        string.Create(CultureInfo.InvariantCulture, $"{LevelPrefix(level)}{LogFormat.MaxSequence - first:D18}");

    /// <summary>Reads a name; null for every other than the exact one of a range that can be.</summary>
    public static SummaryId? TryParse(string key)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || !key.EndsWith(Suffix, StringComparison.Ordinal) || key.Length < Prefix.Length + 2 + Suffix.Length)
            return null;
        var parts = key[(Prefix.Length + 2)..^Suffix.Length].Split('-');
        if (parts.Length != 3 || key[Prefix.Length] is not ('0' or '1') || !TryNumber(parts[1], out var first) || !TryNumber(parts[2], out var end))
            return null;
        var id = new SummaryId(key[Prefix.Length] - '0', first, end);
        return id.CanBe && id.Key == key ? id : null;
    }

    private bool CanBe => First < End && (Level == Block
        ? First % BlockSize == 0 && End == First + BlockSize
        : BlockStart(First) == BlockStart(End - 1));

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= LogFormat.MaxSequence;
}
