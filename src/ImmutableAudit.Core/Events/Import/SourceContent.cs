using System.Text;

namespace ImmutableAudit.Events.Import;

/// <summary>A source's content as UTF-8 text without a byte order mark, whatever it is stored as.</summary>
internal sealed class SourceContent : IAsyncDisposable
{
    private const int HeadBytes = 64 * 1024;
    private readonly Stream? _decompressed;

    private SourceContent(string name, Stream text, ReadOnlyMemory<byte> head, Stream? decompressed) =>
        (Name, Text, Head, _decompressed) = (name, text, head, decompressed);

    /// <summary>What the source is called in errors.</summary>
    public string Name { get; }

    /// <summary>All of the text, from its beginning.</summary>
    public Stream Text { get; }

    /// <summary>The text's first 64 KiB, to look at.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>Looks at the first bytes: gzip, UTF-8 or UTF-16.</summary>
    /// <exception cref="InvalidDataException">It is gzip, and damaged.</exception>
    public static async ValueTask<SourceContent> OpenAsync(Stream stored, string name, CancellationToken cancellationToken)
    {
        var first = await PrefixedStream.HeadAsync(stored, 2, cancellationToken).ConfigureAwait(false);
        Stream bytes = new PrefixedStream(first, stored);
        var packed = first.Span.SequenceEqual<byte>([0x1F, 0x8B]) ? bytes = new GunzipStream(bytes) : null;
        var head = await PrefixedStream.HeadAsync(bytes, HeadBytes, cancellationToken).ConfigureAwait(false);
        if (Utf16(head.Span) is { } utf16)
        {
            // The mark is a character of its own there, which comes out as the mark of UTF-8.
            bytes = Encoding.CreateTranscodingStream(new PrefixedStream(head, bytes), utf16, Encoding.UTF8);
            head = await PrefixedStream.HeadAsync(bytes, HeadBytes, cancellationToken).ConfigureAwait(false);
        }

        if (head.Span.StartsWith("\uFEFF"u8))
            head = head[3..];
        return new SourceContent(name, new PrefixedStream(head, bytes), head, packed);
    }

    public ValueTask DisposeAsync() => _decompressed?.DisposeAsync() ?? ValueTask.CompletedTask;

    // By its mark, or by the zeros that ASCII has in it.
    private static UnicodeEncoding? Utf16(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xFE, ..] or [not 0, 0, not 0, 0, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
        [0xFE, 0xFF, ..] or [0, not 0, 0, not 0, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: false),
        _ => null,
    };
}
