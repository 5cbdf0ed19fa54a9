using System.Buffers.Binary;
using System.Text;

namespace ImmutableAudit.Signing;

/// <summary>One signature line of a note.</summary>
/// <param name="Name">The key's name.</param>
/// <param name="KeyId">The key's ID.</param>
/// <param name="Signature">The signature behind the ID.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Signature);

/// <summary>
/// A text with signatures, after C2SP signed-note 1.0: the text ends in a line feed, then an empty line, then lines
/// <c>— name base64(key ID ‖ signature)</c>. What is signed is the text with its last line feed.
/// </summary>
public sealed class SignedNote
{
    private const string LinePrefix = "\u2014 ";
    private const int MaxSignatures = 64;
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private SignedNote(string text, IReadOnlyList<NoteSignature> signatures) => (Text, Signatures) = (text, signatures);

    /// <summary>The signed text with its last line feed.</summary>
    public string Text { get; }

    /// <summary>The signatures, verified or not.</summary>
    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>Whether a name can stand in a signature line: not empty, no Unicode space, no '+', no control character.</summary>
    /// <param name="name">The name.</param>
    public static bool IsKeyName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+') && IsWellFormed(name);
    }

    /// <summary>Signs a text.</summary>
    /// <param name="text">The text; it ends in a line feed.</param>
    /// <param name="name">The key's name.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels a remote signature.</param>
    /// <returns>The whole note.</returns>
    public static async ValueTask<string> SignAsync(string text, string name, ISealKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(key);
        if (!text.EndsWith('\n') || !IsKeyName(name))
            throw new AuditException(AuditErrors.FormatInvalid, "A note's text ends in a line feed, and its key has a name without blanks and '+'.");
        var signature = EcdsaSignature.Normalise(await key.SignAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false));
        var blob = new byte[4 + signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(blob, VerifierKey.KeyIdOf(key.PublicKey.Span));
        signature.CopyTo(blob.AsSpan(4));
        return text + "\n" + LinePrefix + name + " " + Convert.ToBase64String(blob) + "\n";
    }

    /// <summary>Reads a note; null where it isn't one. No signature is verified by this.</summary>
    /// <param name="note">The whole note.</param>
    public static SignedNote? TryParse(string note)
    {
        ArgumentNullException.ThrowIfNull(note);
        if (!note.EndsWith('\n') || note.Any(c => c < ' ' && c != '\n') || !IsWellFormed(note))
            return null;
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || split + 2 == note.Length)
            return null;
        var lines = note[(split + 2)..^1].Split('\n');
        if (lines.Length > MaxSignatures)
            return null;
        var signatures = new List<NoteSignature>(lines.Length);
        foreach (var line in lines)
        {
            if (!line.StartsWith(LinePrefix, StringComparison.Ordinal))
                return null;
            var parts = line[LinePrefix.Length..].Split(' ');
            if (parts.Length != 2 || !IsKeyName(parts[0]))
                return null;
            var blob = CanonicalBase64.TryDecode(parts[1]);
            if (blob is null || blob.Length < 5)
                return null;
            signatures.Add(new NoteSignature(parts[0], BinaryPrimitives.ReadUInt32BigEndian(blob), blob.AsMemory(4)));
        }

        return new SignedNote(note[..(split + 1)], signatures);
    }

    /// <summary>
    /// The known keys that signed, after the specification: signatures of unknown keys are ignored, one bad signature
    /// of a known key spoils the whole note.
    /// </summary>
    /// <param name="known">The keys that the caller trusts.</param>
    /// <returns>Those that signed; empty if none did, or one of them badly.</returns>
    public IReadOnlyList<VerifierKey> VerifiedBy(IEnumerable<VerifierKey> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        var keys = known.ToList();
        var text = StrictUtf8.GetBytes(Text);
        var signers = new List<VerifierKey>();
        foreach (var signature in Signatures)
        {
            var key = keys.FirstOrDefault(k => k.KeyId == signature.KeyId && k.Name == signature.Name);
            if (key is null)
                continue;
            if (!key.Verify(text, signature.Signature.Span))
                return [];
            if (!signers.Contains(key))
                signers.Add(key);
        }

        return signers;
    }

    private static bool IsWellFormed(string text)
    {
        try
        {
            StrictUtf8.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
