using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Unicode;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Chain;

/// <summary>
/// Reads one record's line as strictly as the format has it: exactly one JSON object (RFC 8259), no blanks between
/// tokens, no byte below 0x20, no lone surrogate, no two members of an object that are equal but for ASCII case, at
/// most 64 levels deep, the record's own members with their own types and spelling. What is looser than this is read
/// differently by different programs, and so could mean one thing to a verifier and another to a court.
/// Allocates nothing on ordinary lines; keeps its buffers, so it isn't for two threads at once.
/// The caller has checked that the bytes are valid UTF-8.
/// </summary>
internal sealed class RecordScanner
{
    // Objects with more members than this, or with escapes in names, compare their names through a set.
    private const int FewMembers = 32;

    [Flags]
    private enum Own
    {
        None = 0,
        Seq = 1, Prev = 2, Segment = 4, Keys = 8, Recorded = 16, Id = 32, Time = 64, Actor = 128, Action = 256,
        Resource = 512, Outcome = 1024, Reason = 2048, Source = 4096, Data = 8192,
        Required = Seq | Prev | Recorded | Id | Time | Action,
    }

    private enum Shape
    {
        Any,
        Actor,
        Resource,
        Source,
    }

    private readonly int[] _objectStart = new int[LogFormat.MaxDepth + 2];
    private readonly bool[] _isObject = new bool[LogFormat.MaxDepth + 2];
    private readonly bool[] _hasEscape = new bool[LogFormat.MaxDepth + 2];
    private (int Start, int Length, ulong Hash)[] _names = new (int, int, ulong)[256];
    private int _nameCount;
    private int _at;
    private string? _error;

    /// <summary>Scans a line.</summary>
    /// <param name="line">The line without its line feed.</param>
    /// <param name="fields">What the chain needs.</param>
    /// <returns>Null where the line keeps every rule; otherwise which rule it breaks, for a person.</returns>
    public string? Scan(ReadOnlySpan<byte> line, out RecordFields fields)
    {
        fields = default;
        fields.Keys = -1;
        _error = null;
        _nameCount = 0;
        if (line.Length > LogFormat.MaxRecordBytes)
            return "the line is longer than 65,535 bytes";
        if (line.ContainsAnyInRange((byte)0, (byte)0x1F))
            return "the line holds a control character";
        if (!ScanRecord(line, ref fields))
            return _error ?? "the line isn't one JSON object as the format has it";
        return _at == line.Length ? null : "something follows the record on its line";
    }

    /// <summary>Scans the value of <c>data</c> alone, for telling a caller early.</summary>
    /// <returns>Null where it is an object that a record may hold; otherwise which rule it breaks.</returns>
    public string? ScanData(ReadOnlySpan<byte> value)
    {
        _error = null;
        _nameCount = 0;
        _at = 0;
        if (!Utf8.IsValid(value) || value.ContainsAnyInRange((byte)0, (byte)0x1F))
            return "it holds a control character or bytes that aren't UTF-8";
        if (value.IsEmpty || value[0] != '{' || !ScanValue(value, 2, Shape.Any))
            return _error ?? "it isn't a JSON object";
        return _at == value.Length ? null : "something follows the object";
    }

    private bool Fail(string why)
    {
        _error ??= why;
        return false;
    }

    private bool ScanRecord(ReadOnlySpan<byte> line, ref RecordFields fields)
    {
        var found = Own.None;
        if (!line.StartsWith("{\"seq\":"u8))
            return Fail("the line doesn't begin with the member seq");
        _at = 0;
        _objectStart[1] = 0;
        _isObject[1] = true;
        _hasEscape[1] = false;
        do
        {
            _at++; // '{' or ','
            if (!ScanName(line, 1, out var start, out var length))
                return false;
            var name = line.Slice(start, length);
            var own = OwnMember(name);
            if (own == Own.None && !name.StartsWith("x_"u8))
                return Fail("the record has a member that the format doesn't know");
            // seq and prev come first, always.
            if (found == Own.Seq && own != Own.Prev)
                return Fail("prev doesn't follow seq");
            found |= own;
            if (!ScanOwnValue(line, own, ref fields))
                return false;
        }
        while (_at < line.Length && line[_at] == ',');

        if (_at >= line.Length || line[_at] != '}')
            return Fail("the record isn't closed");
        _at++;
        if (!CloseObject(line, 1))
            return false;
        if ((found & Own.Required) != Own.Required)
            return Fail("a required member is missing (seq, prev, recorded, id, time, action)");
        fields.HasSegment = (found & Own.Segment) != 0;
        return true;
    }

    private static Own OwnMember(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("id"u8) => Own.Id,
        3 when name.SequenceEqual("seq"u8) => Own.Seq,
        4 when name.SequenceEqual("prev"u8) => Own.Prev,
        4 when name.SequenceEqual("time"u8) => Own.Time,
        4 when name.SequenceEqual("data"u8) => Own.Data,
        4 when name.SequenceEqual("keys"u8) => Own.Keys,
        5 when name.SequenceEqual("actor"u8) => Own.Actor,
        6 when name.SequenceEqual("action"u8) => Own.Action,
        6 when name.SequenceEqual("reason"u8) => Own.Reason,
        6 when name.SequenceEqual("source"u8) => Own.Source,
        7 when name.SequenceEqual("outcome"u8) => Own.Outcome,
        7 when name.SequenceEqual("segment"u8) => Own.Segment,
        8 when name.SequenceEqual("recorded"u8) => Own.Recorded,
        8 when name.SequenceEqual("resource"u8) => Own.Resource,
        _ => Own.None,
    };

    private bool ScanOwnValue(ReadOnlySpan<byte> line, Own own, ref RecordFields fields)
    {
        var start = _at;
        switch (own)
        {
            case Own.Seq:
                return ScanSequence(line, out fields.Sequence) || Fail("seq isn't a sequence number");
            case Own.Keys:
                return ScanSequence(line, out fields.Keys) || Fail("keys isn't a sequence number");
            case Own.Prev:
                return ScanDigest(line, out fields.Previous) || Fail("prev isn't 64 lower-case hex digits");
            case Own.Segment:
                return ScanDigest(line, out fields.Segment) || Fail("segment isn't 64 lower-case hex digits");
            case Own.Recorded:
                return ScanTime(line, out fields.RecordedTicks) || Fail("recorded isn't a time as the format writes it");
            case Own.Time:
                return ScanTime(line, out fields.TimeTicks) || Fail("time isn't a time as the format writes it");
            case Own.Id:
                return ScanId(line, out fields.Id) || Fail("id isn't a UUID in lower case");
            case Own.Action:
                if (!ScanString(line, out _))
                    return Fail("action isn't a string");
                fields.Action = (start + 1)..(_at - 1);
                fields.IsReserved = IsReserved(line[fields.Action]);
                return _at - start > 2 || Fail("action is empty");
            case Own.Reason:
                return ScanStringOrNull(line) || Fail("reason is neither a string nor null");
            case Own.Outcome:
                return ScanStringOrNull(line) && IsOutcome(line[start.._at]) || Fail("outcome isn't Success, Failure, Denied, Unknown or null");
            case Own.Actor:
                return ScanObjectOrNull(line, Shape.Actor) || Fail("actor isn't an object as the format has it");
            case Own.Resource:
                return ScanObjectOrNull(line, Shape.Resource) || Fail("resource isn't an object as the format has it");
            case Own.Source:
                return ScanObjectOrNull(line, Shape.Source) || Fail("source isn't an object as the format has it");
            case Own.Data:
                if (!ScanObjectOrNull(line, Shape.Any))
                    return Fail("data isn't an object");
                fields.Data = start.._at;
                return true;
            default:
                return ScanValue(line, 2, Shape.Any);
        }
    }

    private static bool IsOutcome(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("\"Success\""u8) || value.SequenceEqual("\"Failure\""u8) || value.SequenceEqual("\"Denied\""u8)
        || value.SequenceEqual("\"Unknown\""u8) || value.SequenceEqual("null"u8);

    // Escapes could spell the prefix in another way, so a name with escapes is compared after unescaping.
    private static bool IsReserved(ReadOnlySpan<byte> action) => action.Contains((byte)'\\')
        ? JsonText.Unescape(action).StartsWith(LogFormat.ReservedPrefix, StringComparison.OrdinalIgnoreCase)
        : Ascii.EqualsIgnoreCase(action[..Math.Min(action.Length, LogFormat.ReservedPrefix.Length)], "immutableaudit:"u8);

    private bool ScanSequence(ReadOnlySpan<byte> line, out long value)
    {
        value = 0;
        var start = _at;
        while (_at < line.Length && (uint)(line[_at] - '0') <= 9)
        {
            if (_at - start == 18)
                return false;
            value = value * 10 + (line[_at++] - '0');
        }

        return _at > start && (line[start] != '0' || _at == start + 1);
    }

    private bool ScanDigest(ReadOnlySpan<byte> line, out Digest digest)
    {
        digest = default;
        if (!TakeQuoted(line, Digest.Size * 2, out var text) || !Digest.TryParse(text, out digest))
            return false;
        return true;
    }

    private bool ScanTime(ReadOnlySpan<byte> line, out long ticks)
    {
        ticks = 0;
        return TakeQuoted(line, LogTime.Length, out var text) && LogTime.TryParse(text, out ticks);
    }

    private bool ScanId(ReadOnlySpan<byte> line, out UInt128 id)
    {
        id = default;
        return TakeQuoted(line, RecordId.Length, out var text) && RecordId.TryParse(text, out id);
    }

    private bool TakeQuoted(ReadOnlySpan<byte> line, int length, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (line.Length - _at < length + 2 || line[_at] != '"' || line[_at + length + 1] != '"')
            return false;
        text = line.Slice(_at + 1, length);
        _at += length + 2;
        return true;
    }

    private bool ScanStringOrNull(ReadOnlySpan<byte> line) => TakeNull(line) || ScanString(line, out _);

    private bool ScanObjectOrNull(ReadOnlySpan<byte> line, Shape shape) =>
        TakeNull(line) || (_at < line.Length && line[_at] == '{' && ScanValue(line, 2, shape));

    private bool TakeNull(ReadOnlySpan<byte> line) => TakeLiteral(line, "null"u8);

    private bool TakeLiteral(ReadOnlySpan<byte> line, ReadOnlySpan<byte> literal)
    {
        if (!line[_at..].StartsWith(literal))
            return false;
        _at += literal.Length;
        return true;
    }

    // A value of any type at the given level, without recursion.
    private bool ScanValue(ReadOnlySpan<byte> line, int level, Shape shape)
    {
        var outer = level - 1;
        var depth = outer;
        while (true)
        {
            // Here a value begins.
            if (_at >= line.Length)
                return Fail("the line ends inside a value");
            switch (line[_at])
            {
                case (byte)'"':
                    if (!ScanString(line, out _))
                        return false;
                    break;
                case (byte)'{':
                case (byte)'[':
                    var isObject = line[_at] == '{';
                    if (++depth > LogFormat.MaxDepth)
                        return Fail("the record is nested deeper than 64 levels");
                    _at++;
                    _isObject[depth] = isObject;
                    _objectStart[depth] = _nameCount;
                    _hasEscape[depth] = false;
                    if (_at < line.Length && line[_at] == (isObject ? '}' : ']'))
                    {
                        _at++;
                        depth--;
                        break;
                    }

                    if (isObject && !ScanMemberName(line, depth, level, shape))
                        return false;
                    continue;
                case (byte)'t':
                    if (!TakeLiteral(line, "true"u8))
                        return Fail("a value is misspelt");
                    break;
                case (byte)'f':
                    if (!TakeLiteral(line, "false"u8))
                        return Fail("a value is misspelt");
                    break;
                case (byte)'n':
                    if (!TakeNull(line))
                        return Fail("a value is misspelt");
                    break;
                default:
                    if (!ScanNumber(line))
                        return Fail("a value isn't JSON");
                    break;
            }

            // Here a value has ended; close what ends with it.
            while (true)
            {
                if (depth == outer)
                    return true;
                if (_at >= line.Length)
                    return Fail("the line ends inside a value");
                var next = line[_at++];
                if (next == ',')
                {
                    if (_isObject[depth] && !ScanMemberName(line, depth, level, shape))
                        return false;
                    break;
                }

                if (next != (_isObject[depth] ? '}' : ']'))
                    return Fail("a bracket, brace or comma is missing");
                if (_isObject[depth] && !CloseObject(line, depth))
                    return false;
                depth--;
            }
        }
    }

    private bool ScanMemberName(ReadOnlySpan<byte> line, int depth, int level, Shape shape)
    {
        if (!ScanName(line, depth, out var start, out var length))
            return false;
        // The members of actor, resource and source that the format knows are strings or null.
        if (shape != Shape.Any && depth == level && IsKnownText(shape, _hasEscape[depth] ? Plain(line.Slice(start, length)) : line.Slice(start, length))
            && (_at >= line.Length || (line[_at] != '"' && line[_at] != 'n')))
            return Fail("a member of actor, resource or source that must be a string isn't one");
        return true;
    }

    // An escape could spell a known name in another way, which other readers see through.
    private static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> name) =>
        name.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(JsonText.Unescape(name)) : name;

    private static bool IsKnownText(Shape shape, ReadOnlySpan<byte> name) => shape switch
    {
        Shape.Actor => name.SequenceEqual("type"u8) || name.SequenceEqual("id"u8) || name.SequenceEqual("name"u8)
            || name.SequenceEqual("ip"u8) || name.SequenceEqual("session"u8),
        Shape.Resource => name.SequenceEqual("type"u8) || name.SequenceEqual("id"u8) || name.SequenceEqual("name"u8),
        Shape.Source => name.SequenceEqual("host"u8) || name.SequenceEqual("app"u8),
        _ => false,
    };

    private bool ScanName(ReadOnlySpan<byte> line, int depth, out int start, out int length)
    {
        start = _at + 1;
        length = 0;
        if (_at >= line.Length || line[_at] != '"' || !ScanString(line, out var escaped))
            return Fail("a member's name is missing");
        length = _at - 1 - start;
        if (_at >= line.Length || line[_at] != ':')
            return Fail("a colon is missing");
        _at++;
        _hasEscape[depth] |= escaped;

        var name = line.Slice(start, length);
        var hash = NameHash(name);
        var first = _objectStart[depth];
        if (_nameCount - first < FewMembers)
        {
            for (var i = first; i < _nameCount; i++)
            {
                ref var other = ref _names[i];
                if (other.Hash == hash && other.Length == length && EqualIgnoringAsciiCase(line.Slice(other.Start, length), name))
                    return Fail(TwoMembers);
            }
        }

        if (_nameCount == _names.Length)
            Array.Resize(ref _names, _names.Length * 2);
        _names[_nameCount++] = (start, length, hash);
        return true;
    }

    private const string TwoMembers = "an object has two members with the same name (case aside)";

    private bool CloseObject(ReadOnlySpan<byte> line, int depth)
    {
        var first = _objectStart[depth];
        if (_nameCount - first > FewMembers || _hasEscape[depth])
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            for (var i = first; i < _nameCount; i++)
            {
                var name = JsonText.Unescape(line.Slice(_names[i].Start, _names[i].Length));
                if (!names.Add(JsonText.LowerAscii(name)))
                    return Fail(TwoMembers);
            }
        }

        _nameCount = first;
        return true;
    }

    // Not Ascii.EqualsIgnoreCase, which says no to every name that has a letter beyond ASCII.
    private static bool EqualIgnoringAsciiCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (var i = 0; i < left.Length; i++)
        {
            if (Lower(left[i]) != Lower(right[i]))
                return false;
        }

        return true;

        static int Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? b | 0x20 : b;
    }

    // Equal for names that are equal but for case. Cheap, not strong: it only spares comparisons among few names.
    private static ulong NameHash(ReadOnlySpan<byte> name)
    {
        ulong head, tail = 0;
        if (name.Length >= 8)
        {
            head = MemoryMarshal.Read<ulong>(name);
            tail = MemoryMarshal.Read<ulong>(name[^8..]);
        }
        else if (name.Length >= 4)
        {
            head = MemoryMarshal.Read<uint>(name) | (ulong)MemoryMarshal.Read<uint>(name[^4..]) << 32;
        }
        else
        {
            head = name.Length == 0 ? 0 : name[0] | (ulong)name[name.Length / 2] << 8 | (ulong)name[^1] << 16;
        }

        const ulong foldCase = 0x2020202020202020;
        return (head | foldCase) * 31 + (tail | foldCase) + (ulong)name.Length;
    }

    private bool ScanString(ReadOnlySpan<byte> line, out bool escaped)
    {
        escaped = false;
        if (_at >= line.Length || line[_at] != '"')
            return false;
        _at++;
        while (true)
        {
            var length = EndOfPlain(line[_at..]);
            if (length < 0)
                return Fail("a string isn't closed");
            _at += length;
            if (line[_at] == '"')
            {
                _at++;
                return true;
            }

            escaped = true;
            if (!ScanEscape(line))
                return Fail("an escape in a string isn't JSON, or is half of a surrogate pair");
        }
    }

    // Most strings are short: one look at 16 bytes settles them, without the call that the general search costs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int EndOfPlain(ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= Vector128<byte>.Count)
        {
            var bytes = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(rest));
            var ends = (Vector128.Equals(bytes, Vector128.Create((byte)'"')) | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))).ExtractMostSignificantBits();
            if (ends != 0)
                return BitOperations.TrailingZeroCount(ends);
        }

        return rest.IndexOfAny((byte)'"', (byte)'\\');
    }

    private bool ScanEscape(ReadOnlySpan<byte> line)
    {
        _at++; // the backslash
        if (_at >= line.Length)
            return false;
        var kind = line[_at++];
        if (kind != 'u')
            return "\"\\/bfnrt"u8.Contains(kind);
        if (!TakeHex4(line, out var unit) || char.IsLowSurrogate((char)unit))
            return false;
        if (!char.IsHighSurrogate((char)unit))
            return true;
        if (line.Length - _at < 6 || line[_at] != '\\' || line[_at + 1] != 'u')
            return false;
        _at += 2;
        return TakeHex4(line, out unit) && char.IsLowSurrogate((char)unit);
    }

    private bool TakeHex4(ReadOnlySpan<byte> line, out int value)
    {
        value = 0;
        if (line.Length - _at < 4)
            return false;
        for (var i = 0; i < 4; i++)
        {
            var c = line[_at++];
            if (!char.IsAsciiHexDigit((char)c))
                return false;
            value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }

        return true;
    }

    private bool ScanNumber(ReadOnlySpan<byte> line)
    {
        if (_at < line.Length && line[_at] == '-')
            _at++;
        if (_at < line.Length && line[_at] == '0')
            _at++;
        else if (!TakeDigits(line))
            return false;
        if (_at < line.Length && line[_at] == '.')
        {
            _at++;
            if (!TakeDigits(line))
                return false;
        }

        if (_at < line.Length && (line[_at] | 0x20) == 'e')
        {
            _at++;
            if (_at < line.Length && line[_at] is (byte)'+' or (byte)'-')
                _at++;
            return TakeDigits(line);
        }

        return true;
    }

    private bool TakeDigits(ReadOnlySpan<byte> line)
    {
        var start = _at;
        while (_at < line.Length && (uint)(line[_at] - '0') <= 9)
            _at++;
        return _at > start;
    }
}
