using System.Text;

namespace ImmutableAudit.Chain;

/// <summary>JSON strings where speed doesn't matter: unescaping names that carry escapes.</summary>
internal static class JsonText
{
    /// <summary>The text of a JSON string's inside whose escapes were checked before.</summary>
    public static string Unescape(ReadOnlySpan<byte> inside)
    {
        var text = Encoding.UTF8.GetString(inside);
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }

            switch (text[++i])
            {
                case 'b': plain.Append('\b'); break;
                case 'f': plain.Append('\f'); break;
                case 'n': plain.Append('\n'); break;
                case 'r': plain.Append('\r'); break;
                case 't': plain.Append('\t'); break;
                case 'u':
                    plain.Append((char)Convert.ToUInt16(text.Substring(i + 1, 4), 16));
                    i += 4;
                    break;
                default: plain.Append(text[i]); break;
            }
        }

        return plain.ToString();
    }

    /// <summary>Folds A–Z only: the format's names are equal but for ASCII case.</summary>
    public static string LowerAscii(string text) =>
        string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = source[i] is >= 'A' and <= 'Z' ? (char)(source[i] | 0x20) : source[i];
        });
}
