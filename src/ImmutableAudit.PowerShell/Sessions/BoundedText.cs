using System.Security.Cryptography;
using System.Text;

namespace ImmutableAudit.PowerShell;

/// <summary>Texts as a record can hold them: valid UTF-16, and no longer than their share of a record's 65,535 bytes.</summary>
internal static class BoundedText
{
    /// <summary>The most that a command may take in a record, in bytes of JSON.</summary>
    public const int CommandBytes = 32 * 1024;

    /// <summary>The most that a message may take.</summary>
    public const int MessageBytes = 4 * 1024;

    /// <summary>Cuts a text so that its JSON takes no more than so many bytes; half of a surrogate pair becomes U+FFFD.</summary>
    public static string Cut(string text, int bytes, out bool isCut)
    {
        var made = new StringBuilder(Math.Min(text.Length, bytes));
        var used = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            used += rune.Value < 0x20 ? 6 : rune.Value is '"' or '\\' ? 2 : rune.Utf8SequenceLength;
            if (used > bytes)
            {
                isCut = true;
                return made.ToString();
            }

            made.Append(rune.ToString());
        }

        isCut = false;
        return made.ToString();
    }

    public static string Cut(string text, int bytes) => Cut(text, bytes, out var isCut) is var cut && isCut ? cut + "…" : cut;

    /// <summary>SHA-256 over the UTF-8 of a text, in hex.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
