namespace ImmutableAudit.Events.Import;

/// <summary>
/// Cuts rows of comma-separated values. A row goes on over a line's end inside of quotes. A quote that is never closed
/// would swallow the rest of the file: then its line alone is bad, and reading goes on with the next.
/// </summary>
/// <param name="text">The bytes.</param>
/// <param name="delimiter">What parts the fields.</param>
internal sealed class CsvRowReader(Stream text, byte delimiter)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _atEnd;
    private long _next = 1;

    /// <summary>The row without its line end; only good until the next is read.</summary>
    public ReadOnlyMemory<byte> Row { get; private set; }

    /// <summary>The line where it begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Why it can't be read; null if it can.</summary>
    public string? Problem { get; private set; }

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        (Row, Line, Problem) = (default, _next, null);
        var scan = new Scan { AtFieldStart = true };
        while (true)
        {
            if (scan.Find(_buffer.AsSpan(_start, _end - _start), delimiter))
            {
                Take(scan.At, 1, scan.LineEnds);
                return true;
            }

            var held = _end - _start;
            if (held > EventReader.MaxEntryBytes || _atEnd && scan.InQuotes)
            {
                await RepairAsync(scan.InQuotes, cancellationToken).ConfigureAwait(false);
                return true;
            }

            if (_atEnd)
            {
                if (held == 0)
                    return false;
                Take(held, 0, scan.LineEnds);
                return true;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Take(int length, int terminator, int lineEnds)
    {
        var row = _buffer.AsMemory(_start, length);
        Row = row.Span is [.., (byte)'\r'] ? row[..^1] : row;
        _start += length + terminator;
        _next += lineEnds + 1;
    }

    private async ValueTask RepairAsync(bool inQuotes, CancellationToken cancellationToken)
    {
        // Between here and where the look ended there is no other quote, so nothing is looked through a third time.
        Problem = inQuotes ? "a quote is never closed, or its row is longer than 1 MiB." : LineReader.TooLongProblem;
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            _start = end < 0 ? _end : _start + end + 1;
            if (end >= 0 || _atEnd)
                break;
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }

        _next++;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await text.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        _atEnd = read == 0;
    }

    // How far a row was looked through, so that bytes that arrive later are looked at once.
    private struct Scan
    {
        public int At;
        public int LineEnds;
        public bool InQuotes;
        public bool AtFieldStart;

        public bool Find(ReadOnlySpan<byte> bytes, byte delimiter)
        {
            for (; At < bytes.Length; At++)
            {
                var b = bytes[At];
                if (InQuotes)
                {
                    // A doubled quote closes and opens again, which comes to the same.
                    if (b == (byte)'"')
                        InQuotes = false;
                    else if (b == (byte)'\n')
                        LineEnds++;
                    continue;
                }

                if (b == (byte)'\n')
                    return true;
                if (b == (byte)'"' && (AtFieldStart || At > 0 && bytes[At - 1] == (byte)'"'))
                    InQuotes = true;
                AtFieldStart = b == delimiter;
            }

            return false;
        }
    }
}
