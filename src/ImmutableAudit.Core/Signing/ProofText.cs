using System.Globalization;
using System.Text;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Signing;

/// <summary>What the texts of proofs have in common: lines, hashes one a line, an empty line, a signed checkpoint.</summary>
internal static class ProofText
{
    // A path is at most 63 long, and a continuation a little longer.
    private const int MaxHashes = 128;
    private const int MaxLength = 64 * 1024;

    public static StringBuilder Append(StringBuilder text, IReadOnlyList<Digest> hashes, string note)
    {
        foreach (var hash in hashes)
            text.Append(hash.ToBase64()).Append('\n');
        return text.Append('\n').Append(note);
    }

    public static (string[] Lines, string Note)? Split(string text)
    {
        var end = text.Length > MaxLength ? -1 : text.IndexOf("\n\n", StringComparison.Ordinal);
        return end <= 0 ? null : (text[..end].Split('\n'), text[(end + 2)..]);
    }

    public static long? Number(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) && long.TryParse(line.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && string.Create(CultureInfo.InvariantCulture, $"{name}{number}") == line
            ? number
            : null;

    public static Digest[]? Hashes(ReadOnlySpan<string> lines)
    {
        if (lines.Length > MaxHashes)
            return null;
        var hashes = new Digest[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            if (CanonicalBase64.TryDecode(lines[i]) is not { Length: Digest.Size } hash)
                return null;
            hashes[i] = new Digest(hash);
        }

        return hashes;
    }
}
