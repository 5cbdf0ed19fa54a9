using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Reads formats whose entries are JSON objects: of a list, one a line, or one after the other. Lines are read apart,
/// so that a bad one hides nothing; where a list breaks off, what came before it has been handed out.
/// </summary>
/// <param name="format">The format.</param>
/// <param name="what">What an entry should be, with its article.</param>
/// <param name="map">Makes an event of an entry.</param>
/// <param name="member">The member that holds the list; null where it is outermost or there is none.</param>
internal sealed class JsonEventReader(SourceFormat format, string what, Func<JsonElement, MappedEvent> map, string? member = null) : EventReader
{
    private bool _isLines;

    protected override SourceFormat Format => format;

    protected override string What => what;

    protected override string Unit => _isLines ? "Line" : "Record";

    protected override IAsyncEnumerable<RawEntry> CutAsync(SourceContent content, CancellationToken cancellationToken)
    {
        _isLines = member is null && JsonHead.IsLines(content.Head.Span);
        return _isLines ? LinesAsync(content, cancellationToken) : ListAsync(content, cancellationToken);
    }

    protected override MappedEvent Map(RawEntry raw)
    {
        using var document = JsonDocument.Parse(raw.Bytes);
        return document.RootElement.ValueKind == JsonValueKind.Object ? map(document.RootElement) : throw new FormatException("it isn't an object.");
    }

    private async IAsyncEnumerable<RawEntry> ListAsync(SourceContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(content.Text, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            var parser = new JsonListParser(member);
            for (var index = 0; await parser.NextAsync(pipe, cancellationToken).ConfigureAwait(false) is { } entry; index++)
                yield return new RawEntry(index, entry);
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static async IAsyncEnumerable<RawEntry> LinesAsync(SourceContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = new LineReader(content.Text);
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (lines.IsTooLong)
                yield return new RawEntry(lines.Number, default, LineReader.TooLongProblem);
            else if (!lines.IsBlank)
                yield return new RawEntry(lines.Number, lines.Line);
        }
    }
}
