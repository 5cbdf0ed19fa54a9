using System.Globalization;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Signing;

/// <summary>
/// A statement of how long a log is and what its Merkle root is, after C2SP tlog-checkpoint 1.0, without extension
/// lines. Signed as a note it is what people keep, compare and timestamp.
/// </summary>
/// <param name="Origin">The log's origin.</param>
/// <param name="Size">How many records.</param>
/// <param name="Root">The RFC 6962 root over them.</param>
public sealed record Checkpoint(string Origin, long Size, Digest Root)
{
    /// <summary>The text that is signed: origin, size and base64 root, each ended by a line feed.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root.ToBase64()}\n");

    /// <summary>Reads the text of a checkpoint; null where it isn't one, has extension lines, or a second way to be written.</summary>
    /// <param name="text">The text with its last line feed.</param>
    public static Checkpoint? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.Split('\n');
        if (lines.Length != 4 || lines[3].Length != 0 || !SignedNote.IsKeyName(lines[0]))
            return null;
        if (!long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || size.ToString(CultureInfo.InvariantCulture) != lines[1])
            return null;
        return CanonicalBase64.TryDecode(lines[2]) is { Length: Digest.Size } root ? new Checkpoint(lines[0], size, new Digest(root)) : null;
    }
}
