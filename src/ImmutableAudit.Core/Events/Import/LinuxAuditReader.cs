using System.Runtime.CompilerServices;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Reads the log of the Linux audit daemon. The records of one event have one time and serial number and stand near each
/// other; some others may stand between. An event is whole when its end is told, or when nothing came to it for a while.
/// </summary>
internal sealed class LinuxAuditReader : EventReader
{
    // The kernel writes an event's records at once; with several processors those of a few events mix.
    private const int MostOpen = 32;
    private const int MostLinesApart = 500;
    private readonly List<OpenEvent> _open = [];

    protected override SourceFormat Format => SourceFormat.LinuxAudit;

    protected override string What => "an audit record";

    protected override async IAsyncEnumerable<RawEntry> CutAsync(SourceContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = new LineReader(content.Text);
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (lines.IsTooLong)
            {
                yield return new RawEntry(lines.Number, default, LineReader.TooLongProblem);
                continue;
            }

            if (lines.IsBlank)
                continue;
            var line = SourceText.Of(lines.Line.Span).Text;
            if (LinuxAuditRecord.IdOf(line) is not { } id)
            {
                yield return new RawEntry(lines.Number, default, "it has no type and msg=audit(time:serial).");
                continue;
            }

            var open = _open.Find(candidate => candidate.Id == id);
            if (open is null)
                _open.Add(open = new OpenEvent(id, lines.Number));
            open.Add(lines.Line.Span, lines.Number);
            if (LinuxAuditRecord.IsLast(line) || open.Bytes > MaxEntryBytes)
                yield return Close(open);
            // Told apart by lines and not by a clock, so that the same file is always cut in the same way.
            while (_open.Count > 0 && (_open.Count > MostOpen || lines.Number - _open[0].LastLine > MostLinesApart))
                yield return Close(_open[0]);
        }

        while (_open.Count > 0)
            yield return Close(_open[0]);
    }

    protected override MappedEvent Map(RawEntry raw) => LinuxAuditMapping.ToEvent(SourceText.Of(raw.Bytes.Span));

    private RawEntry Close(OpenEvent open)
    {
        _open.Remove(open);
        return open.Bytes > MaxEntryBytes ? new RawEntry(open.FirstLine, default, "its records take more than 1 MiB.") : new RawEntry(open.FirstLine, open.Lines());
    }

    private sealed class OpenEvent(string id, long firstLine)
    {
        private readonly ByteBuffer _lines = new(1024);

        public string Id { get; } = id;

        public long FirstLine { get; } = firstLine;

        public long LastLine { get; private set; }

        public long Bytes => _lines.Length;

        public void Add(ReadOnlySpan<byte> line, long number)
        {
            if (_lines.Length > 0)
                _lines.Append((byte)'\n');
            _lines.Append(line);
            LastLine = number;
        }

        public ReadOnlyMemory<byte> Lines() => _lines.Memory;
    }
}
