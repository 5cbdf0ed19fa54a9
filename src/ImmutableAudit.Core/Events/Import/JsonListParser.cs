using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Cuts the entries of a list out of JSON as its bytes arrive: of a member of the outer object, of an outer list, or
/// object after object. Holds no more than one entry and what was read behind it.
/// </summary>
/// <param name="member">The member that holds the list; null where the list, or each entry, is outermost.</param>
internal sealed class JsonListParser(string? member)
{
    // Far deeper than a record may be, so that an entry that is too deep is refused alone and not with its file.
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = 1000, AllowMultipleValues = member is null });
    private Place _place = member is null ? Place.Start : Place.Members;

    private enum Place
    {
        /// <summary>Before a list or the first of many objects.</summary>
        Start,

        /// <summary>Between objects that stand one after the other.</summary>
        Objects,

        /// <summary>Before or between the members of the outer object.</summary>
        Members,

        /// <summary>Behind the member's name.</summary>
        Array,

        /// <summary>Between entries.</summary>
        Entries,

        /// <summary>Behind the entries.</summary>
        Tail,
    }

    /// <summary>The next entry's JSON; null at the file's end.</summary>
    /// <exception cref="JsonException">It isn't JSON, has no such list, or breaks off.</exception>
    /// <exception cref="InvalidDataException">An entry is too large.</exception>
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
                return _place is Place.Tail or Place.Objects ? null
                    : throw new JsonException(member is null ? "it holds neither a list nor objects." : $"it has no member {member} with a list.");
            }

            if (buffer.Length > EventReader.MaxEntryBytes)
                throw new InvalidDataException("an entry is larger than 1 MiB.");
            // Doubled, so that a large entry isn't looked at again for every few bytes that arrive.
            wanted = (int)Math.Max(1, buffer.Length * 2);
        }
    }

    // Takes tokens off the buffer's front up to the end of an entry; null where it takes more bytes, or at the end.
    private byte[]? Take(ref ReadOnlySequence<byte> buffer, bool isLast)
    {
        var json = new Utf8JsonReader(buffer, isLast, _state);
        var whole = buffer;
        while (true)
        {
            var before = json.CurrentState;
            var consumed = json.BytesConsumed;
            if (!json.Read())
                return Keep(ref buffer, whole, before, consumed);
            if (_place == Place.Start)
            {
                _place = json.TokenType == JsonTokenType.StartArray ? Place.Entries : Place.Objects;
                if (_place == Place.Entries)
                    continue;
            }

            switch (_place)
            {
                case Place.Tail when member is null:
                    throw new JsonException("something stands behind its list.");
                case Place.Members when json.TokenType == JsonTokenType.PropertyName:
                    if (IsNamed(ref json, member))
                        _place = Place.Array;
                    else if (!json.TrySkip())
                        return Keep(ref buffer, whole, before, consumed);
                    break;
                case Place.Members when json.TokenType == JsonTokenType.StartObject && json.CurrentDepth == 0:
                    break;
                case Place.Members:
                    throw new JsonException($"it isn't an object with a member {member}.");
                case Place.Array:
                    _place = json.TokenType == JsonTokenType.StartArray ? Place.Entries : throw new JsonException($"its member {member} isn't a list.");
                    break;
                case Place.Entries when json.TokenType == JsonTokenType.EndArray:
                    _place = Place.Tail;
                    break;
                case Place.Entries or Place.Objects:
                    var start = json.TokenStartIndex;
                    if (!json.TrySkip())
                        return Keep(ref buffer, whole, before, consumed);
                    Keep(ref buffer, whole, json.CurrentState, json.BytesConsumed);
                    return whole.Slice(start, json.BytesConsumed - start).ToArray();
            }
        }
    }

    // A name with half of a character in it is no name that anybody looks for.
    private static bool IsNamed(ref Utf8JsonReader json, string? name)
    {
        try
        {
            return json.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
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
