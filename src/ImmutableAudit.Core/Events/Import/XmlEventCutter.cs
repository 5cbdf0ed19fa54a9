namespace ImmutableAudit.Events.Import;

/// <summary>
/// Cuts <c>&lt;Event&gt;…&lt;/Event&gt;</c> out of XML, whatever stands around: a root, a declaration for each export that was
/// appended, nothing. So one damaged event hides no other, and a document type, with what it may define, is never read.
/// </summary>
internal sealed class XmlEventCutter(Stream text)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _atEnd;
    private long _line = 1;

    /// <summary>The element; only good until the next is read.</summary>
    public ReadOnlyMemory<byte> Event { get; private set; }

    /// <summary>The line where it begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Why it can't be read; null if it can.</summary>
    public string? Problem { get; private set; }

    private static ReadOnlySpan<byte> Opening => "<Event"u8;

    private static ReadOnlySpan<byte> Closing => "</Event>"u8;

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        (Event, Problem) = (default, null);
        if (!await FindOpeningAsync(cancellationToken).ConfigureAwait(false))
            return false;
        Line = _line;
        var tooLong = false;
        // An event may hold elements of this name again, deeper.
        var depth = 0;
        var scanned = 0;
        while (true)
        {
            if (NextTag(scanned) is var (at, length, opens))
            {
                depth += opens ? 1 : -1;
                scanned = at + length;
                if (depth > 0)
                    continue;
                Event = tooLong ? default : _buffer.AsMemory(_start, scanned);
                Advance(scanned);
                return true;
            }

            // What may be the beginning of a tag is looked at again.
            scanned = Math.Max(scanned, _end - _start - Closing.Length);
            if (_end - _start > EventReader.MaxEntryBytes)
            {
                tooLong = true;
                Problem = LineReader.TooLongProblem;
                Advance(scanned);
                scanned = 0;
            }

            if (_atEnd)
            {
                Problem ??= "it breaks off.";
                Advance(_end - _start);
                return true;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> FindOpeningAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var from = 0;
            int found;
            while ((found = _buffer.AsSpan(_start + from, _end - _start - from).IndexOf(Opening)) >= 0 && !IsTag(_start + from + found))
            {
                from += found + Opening.Length;
                if (_start + from >= _end)
                    break;
            }

            if (found >= 0 && _start + from + found < _end && IsTag(_start + from + found))
            {
                Advance(from + found);
                return true;
            }

            if (_atEnd)
                return false;
            Advance(Math.Max(0, _end - _start - Opening.Length));
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private (int At, int Length, bool Opens)? NextTag(int from)
    {
        while (true)
        {
            var rest = _buffer.AsSpan(_start + from, _end - _start - from);
            var closing = rest.IndexOf(Closing);
            var opening = (closing < 0 ? rest : rest[..closing]).IndexOf(Opening);
            if (opening >= 0 && IsTag(_start + from + opening))
                return (from + opening, Opening.Length, true);
            if (opening >= 0)
            {
                from += opening + Opening.Length;
                continue;
            }

            return closing >= 0 ? (from + closing, Closing.Length, false) : null;
        }
    }

    // <EventData> and <EventID> begin the same.
    private bool IsTag(int at) => at + Opening.Length < _end && _buffer[at + Opening.Length] is (byte)'>' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private void Advance(int count)
    {
        _line += _buffer.AsSpan(_start, count).Count((byte)'\n');
        _start += count;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        // Behind the event that was handed out, which isn't needed any more.
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
}
