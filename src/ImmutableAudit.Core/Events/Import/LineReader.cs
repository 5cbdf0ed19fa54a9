namespace ImmutableAudit.Events.Import;

/// <summary>Reads lines of bounded length. A longer one is passed over without being held.</summary>
internal sealed class LineReader(Stream text)
{
    public const string TooLongProblem = "it is longer than 1 MiB.";
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>The line without its end (LF or CR LF); only good until the next is read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Its number, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Whether it is too long to be read; then there is no <see cref="Line"/>.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether the line holds nothing but blanks.</summary>
    public bool IsBlank => !IsTooLong && Line.Span.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;

    /// <summary>Reads the next line; false at the end.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        IsTooLong = false;
        var scanned = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (found >= 0)
            {
                Take(scanned + found, 1);
                return true;
            }

            scanned = _end - _start;
            if (scanned > EventReader.MaxEntryBytes)
            {
                IsTooLong = true;
                _start = _end;
                scanned = 0;
            }

            if (_atEnd)
            {
                if (scanned == 0 && !IsTooLong)
                    return false;
                Take(scanned, 0);
                return true;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Take(int length, int terminator)
    {
        Number++;
        var line = _buffer.AsMemory(_start, length);
        Line = IsTooLong ? default : line.Span is [.., (byte)'\r'] ? line[..^1] : line;
        _start += length + terminator;
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
}
