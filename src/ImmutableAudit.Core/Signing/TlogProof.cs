using System.Globalization;
using System.Text;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Signing;

/// <summary>
/// The proof that an entry is in a log, as one text that stands alone (C2SP tlog-proof, <c>c2sp.org/tlog-proof@v1</c>):
/// the entry's number, the siblings on its way to the root, and the signed checkpoint. The entry itself isn't in it.
/// </summary>
/// <param name="Index">The entry's number.</param>
/// <param name="Hashes">The siblings from the leaf to the root.</param>
/// <param name="Note">The signed checkpoint.</param>
/// <param name="Extra">What else was put in; null for nothing. It proves nothing.</param>
public sealed record TlogProof(long Index, IReadOnlyList<Digest> Hashes, string Note, ReadOnlyMemory<byte>? Extra = null)
{
    internal const string Header = "c2sp.org/tlog-proof@v1";

    /// <summary>The text.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Header).Append('\n');
        if (Extra is { } extra)
            text.Append("extra ").Append(Convert.ToBase64String(extra.Span)).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"index {Index}\n");
        return ProofText.Append(text, Hashes, Note).ToString();
    }

    /// <summary>Reads a proof; null where the text isn't one. Nothing is verified by this.</summary>
    /// <param name="text">The text.</param>
    public static TlogProof? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (ProofText.Split(text) is not { } parts || parts.Lines[0] != Header)
            return null;
        var at = 1;
        byte[]? extra = null;
        if (at < parts.Lines.Length && parts.Lines[at].StartsWith("extra ", StringComparison.Ordinal))
        {
            extra = CanonicalBase64.TryDecode(parts.Lines[at++]["extra ".Length..]);
            if (extra is null)
                return null;
        }

        return at < parts.Lines.Length && ProofText.Number(parts.Lines[at], "index ") is { } index && ProofText.Hashes(parts.Lines.AsSpan(at + 1)) is { } hashes
            ? new TlogProof(index, hashes, parts.Note, extra is null ? (ReadOnlyMemory<byte>?)null : extra)
            : null;
    }
}
