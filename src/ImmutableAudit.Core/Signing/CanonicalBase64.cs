using System.Buffers.Text;

namespace ImmutableAudit.Signing;

/// <summary>
/// Base64 with one spelling for each value: standard alphabet, padded, no blanks, unused bits zero. The base library
/// reads <c>QR==</c> as <c>QQ==</c> and skips blanks; in a signed text both would be a second way to write it.
/// </summary>
internal static class CanonicalBase64
{
    public static byte[]? TryDecode(string text)
    {
        try
        {
            var bytes = Convert.FromBase64String(text);
            return Convert.ToBase64String(bytes) == text ? bytes : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Decodes exactly <c>destination.Length</c> bytes from ASCII.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> ascii, Span<byte> destination)
    {
        if (ascii.Length != (destination.Length + 2) / 3 * 4)
            return false;
        if (Base64.DecodeFromUtf8(ascii, destination, out var consumed, out var written) != System.Buffers.OperationStatus.Done
            || consumed != ascii.Length || written != destination.Length)
            return false;
        Span<byte> again = ascii.Length <= 128 ? stackalloc byte[ascii.Length] : new byte[ascii.Length];
        return Base64.EncodeToUtf8(destination, again, out _, out _) == System.Buffers.OperationStatus.Done && again.SequenceEqual(ascii);
    }
}
