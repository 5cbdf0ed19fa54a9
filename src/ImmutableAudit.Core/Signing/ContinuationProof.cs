using System.Globalization;
using System.Text;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Signing;

/// <summary>
/// The proof that a log continues an earlier state of itself: the earlier size, the hashes of RFC 6962 §2.1.2, and the
/// newer signed checkpoint; written as C2SP tlog-witness writes what it is asked to countersign.
/// </summary>
/// <param name="OldSize">How many records the earlier state had.</param>
/// <param name="Hashes">The hashes.</param>
/// <param name="Note">The newer signed checkpoint.</param>
public sealed record ContinuationProof(long OldSize, IReadOnlyList<Digest> Hashes, string Note)
{
    /// <summary>Keys of Merkle tiles that were looked at and are wrong. The proof is made without them; it isn't in its text.</summary>
    public IReadOnlyList<string> WrongTiles { get; init; } = [];

    /// <summary>The text.</summary>
    public string ToText() => ProofText.Append(new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {OldSize}\n"), Hashes, Note).ToString();

    /// <summary>Reads a proof; null where the text isn't one. Nothing is verified by this.</summary>
    /// <param name="text">The text.</param>
    public static ContinuationProof? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ProofText.Split(text) is { } parts && ProofText.Number(parts.Lines[0], "old ") is { } old && ProofText.Hashes(parts.Lines.AsSpan(1)) is { } hashes
            ? new ContinuationProof(old, hashes, parts.Note)
            : null;
    }
}
