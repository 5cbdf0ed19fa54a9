using System.Globalization;
using System.Security.Cryptography;

namespace ImmutableAudit.Timestamps;

/// <summary>The names of timestamp tokens: <c>timestamps/&lt;size&gt;-&lt;16 hex of the token's SHA-256&gt;.tsr</c>.</summary>
internal static class TimestampName
{
    public const string Prefix = "timestamps/";
    private const string Extension = ".tsr";
    private const int HashDigits = 16;

    /// <summary>The name of a token over the checkpoint of that size.</summary>
    public static string Format(long size, ReadOnlySpan<byte> token) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{size}-{HashText(token)}{Extension}");

    /// <summary>Reads a name that is written in the one way; what its token is says only the token.</summary>
    public static bool TryParse(string key, out long size)
    {
        size = 0;
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || !key.EndsWith(Extension, StringComparison.Ordinal))
            return false;
        var parts = key[Prefix.Length..^Extension.Length].Split('-');
        return parts.Length == 2 && parts[0].Length <= 18 && parts[1].Length == HashDigits && parts[1].All(char.IsAsciiHexDigitLower)
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out size) && size > 0
            && size.ToString(CultureInfo.InvariantCulture) == parts[0];
    }

    private static string HashText(ReadOnlySpan<byte> token) => Convert.ToHexStringLower(SHA256.HashData(token))[..HashDigits];
}
