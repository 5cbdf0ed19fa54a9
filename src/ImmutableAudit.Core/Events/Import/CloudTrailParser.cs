using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Cuts the entries of <c>Records</c> out of a CloudTrail file as its bytes arrive. Holds no more than one entry and
/// what was read behind it.
/// </summary>
internal sealed class CloudTrailParser
{
    /// <summary>No entry is larger: CloudTrail cuts events at 256 KB, and a record of a log holds less than that.</summary>
    private const int MaxEntryBytes = 4 * 1024 * 1024;

    // Far deeper than a record may be, so that an entry that is too deep is refused alone and not with its file.
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = 1000 });
    private Place _place = Place.Mark;

    private enum Place
    {
        /// <summary>Where a byte order mark may stand.</summary>
        Mark,

        /// <summary>Before or between the members of the outer object.</summary>
        Members,

        /// <summary>Behind the name <c>Records</c>.</summary>
        Array,

        /// <summary>Between entries.</summary>
        Entries,

        /// <summary>Behind the entries.</summary>
        Tail,
    }

    /// <summary>The next entry's JSON; null at the file's end.</summary>
    /// <exception cref="JsonException">It isn't JSON, has no <c>Records</c>, or breaks off.</exception>
    /// <exception cref="InvalidDataException">It isn't gzip, or an entry is too large.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        var wanted = 1;
        while (true)
        {
            var read = await pipe.ReadAtLeastAsync(wanted, cancellationToken).ConfigureAwait(false);
            var buffer = read.Buffer;
            byte[]? entry;
            try
            {
                entry = Take(ref buffer, read.IsCompleted);
            }
            catch (IndexOutOfRangeException e)
            {
                // The base library's reader, where the bytes end within a word and another piece of memory was begun.
                throw new JsonException("it breaks off within true, false or null.", e);
            }

            pipe.AdvanceTo(buffer.Start, entry is null ? buffer.End : buffer.Start);
            if (entry is not null)
                return entry;
            if (read.IsCompleted)
            {
                return _place == Place.Tail ? null : throw new JsonException("it has no member Records with a list.");
            }

            if (buffer.Length > MaxEntryBytes)
                throw new InvalidDataException("an entry is larger than 4 MiB.");
            // Doubled, so that a large entry isn't looked at again for every few bytes that arrive.
            wanted = (int)Math.Max(1, buffer.Length * 2);
        }
    }

    // Takes tokens off the buffer's front up to the end of an entry; null where it takes more bytes, or at the end.
    private byte[]? Take(ref ReadOnlySequence<byte> buffer, bool isLast)
    {
        if (_place == Place.Mark)
        {
            if (buffer.Length < 3 && !isLast)
                return null;
            var mark = buffer.Slice(0, Math.Min(3, buffer.Length)).ToArray();
            if (mark.AsSpan().SequenceEqual("\uFEFF"u8))
                buffer = buffer.Slice(3);
            _place = Place.Members;
        }

        var json = new Utf8JsonReader(buffer, isLast, _state);
        var whole = buffer;
        while (true)
        {
            var before = json.CurrentState;
            var consumed = json.BytesConsumed;
            if (!json.Read())
                return Keep(ref buffer, whole, before, consumed);
            switch (_place)
            {
                case Place.Members when json.TokenType == JsonTokenType.PropertyName:
                    if (json.ValueTextEquals("Records"u8))
                        _place = Place.Array;
                    else if (!json.TrySkip())
                        return Keep(ref buffer, whole, before, consumed);
                    break;
                case Place.Members when json.TokenType == JsonTokenType.StartObject && json.CurrentDepth == 0:
                    break;
                case Place.Members:
                    throw new JsonException("it isn't an object with a member Records.");
                case Place.Array:
                    _place = json.TokenType == JsonTokenType.StartArray ? Place.Entries : throw new JsonException("its member Records isn't a list.");
                    break;
                case Place.Entries when json.TokenType == JsonTokenType.EndArray:
                    _place = Place.Tail;
                    break;
                case Place.Entries:
                    var start = json.TokenStartIndex;
                    if (!json.TrySkip())
                        return Keep(ref buffer, whole, before, consumed);
                    Keep(ref buffer, whole, json.CurrentState, json.BytesConsumed);
                    return whole.Slice(start, json.BytesConsumed - start).ToArray();
            }
        }
    }

    // What was consumed is done with; the rest is looked at again with more bytes behind it.
    private byte[]? Keep(ref ReadOnlySequence<byte> buffer, ReadOnlySequence<byte> whole, JsonReaderState state, long consumed)
    {
        _state = state;
        buffer = whole.Slice(consumed);
        return null;
    }
}
