using System.Text;
using System.Text.Unicode;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// An entry as text. Bytes that aren't UTF-8 are no reason to lose an event, which somebody could provoke: they read
/// as U+FFFD, and the entry's bytes are kept besides.
/// </summary>
/// <param name="Text">The text.</param>
/// <param name="Raw">The bytes in base64 where the text doesn't say them all; otherwise null.</param>
internal readonly record struct SourceText(string Text, string? Raw)
{
    public static SourceText Of(ReadOnlySpan<byte> bytes) =>
        new(Encoding.UTF8.GetString(bytes), Utf8.IsValid(bytes) ? null : Convert.ToBase64String(bytes));
}
