using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;

namespace ImmutableAudit.Summaries;

/// <summary>
/// What of a record's line can be searched by, unescaped; actor and action in small letters (A–Z only). Read in one pass into
/// buffers that are used again. Summaries and searches both read lines with this, so they can't differ about a name.
/// </summary>
internal sealed class LineTerms
{
    private const int Names = 5;

    // action, actor, resource, time, recorded, outcome
    private const int Members = 6;
    private readonly (int At, int Length)[] _slots = new (int, int)[Names];
    private char[] _chars = new char[1024];
    private int _used;

    public long TimeTicks { get; private set; }

    public long RecordedTicks { get; private set; }

    public AuditOutcome? Outcome { get; private set; }

    public bool TryAction(out ReadOnlySpan<char> name) => TryGet(0, out name);

    public bool TryActorId(out ReadOnlySpan<char> name) => TryGet(1, out name);

    public bool TryActorName(out ReadOnlySpan<char> name) => TryGet(2, out name);

    public bool TryResourceId(out ReadOnlySpan<char> name) => TryGet(3, out name);

    public bool TryResourceName(out ReadOnlySpan<char> name) => TryGet(4, out name);

    /// <summary>Reads a line that was scanned by the format's rules before.</summary>
    public void Read(ReadOnlySpan<byte> line)
    {
        Array.Fill(_slots, (-1, 0));
        _used = 0;
        Outcome = null;
        var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = LogFormat.MaxDepth });
        json.Read();
        // Each stands once at most. Our own lines have them before the rest, which is most of a line.
        for (var left = Members; left > 0 && json.Read() && json.TokenType == JsonTokenType.PropertyName; left--)
        {
            if (json.ValueTextEquals("action"u8))
                Keep(ref json, 0, true);
            else if (json.ValueTextEquals("actor"u8))
                ReadNames(ref json, 1, true);
            else if (json.ValueTextEquals("resource"u8))
                ReadNames(ref json, 3, false);
            else if (json.ValueTextEquals("time"u8))
                TimeTicks = Ticks(ref json);
            else if (json.ValueTextEquals("recorded"u8))
                RecordedTicks = Ticks(ref json);
            else if (json.ValueTextEquals("outcome"u8))
                Outcome = ReadOutcome(ref json);
            else
            {
                json.Skip();
                left++;
            }
        }
    }

    private void ReadNames(ref Utf8JsonReader json, int slot, bool fold)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            return;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8))
                Keep(ref json, slot, fold);
            else if (json.ValueTextEquals("name"u8))
                Keep(ref json, slot + 1, fold);
            else
                json.Skip();
        }
    }

    private void Keep(ref Utf8JsonReader json, int slot, bool fold)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.String)
            return;
        if (_chars.Length - _used < json.ValueSpan.Length)
            Array.Resize(ref _chars, (_used + json.ValueSpan.Length) * 2);
        var length = json.CopyString(_chars.AsSpan(_used));
        if (fold)
            Fold(_chars.AsSpan(_used, length));
        _slots[slot] = (_used, length);
        _used += length;
    }

    private bool TryGet(int slot, out ReadOnlySpan<char> name)
    {
        var (at, length) = _slots[slot];
        name = at < 0 ? default : _chars.AsSpan(at, length);
        return at >= 0;
    }

    /// <summary>A–Z in small letters, and no other.</summary>
    public static void Fold(Span<char> name)
    {
        foreach (ref var c in name)
        {
            if (c is >= 'A' and <= 'Z')
                c |= (char)0x20;
        }
    }

    private static long Ticks(ref Utf8JsonReader json)
    {
        json.Read();
        return LogTime.TryParse(json.ValueSpan, out var ticks) ? ticks : throw new InvalidOperationException("The line was scanned before.");
    }

    private static AuditOutcome? ReadOutcome(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType != JsonTokenType.String ? null
            : json.ValueTextEquals("Success"u8) ? AuditOutcome.Success
            : json.ValueTextEquals("Failure"u8) ? AuditOutcome.Failure
            : json.ValueTextEquals("Denied"u8) ? AuditOutcome.Denied
            : AuditOutcome.Unknown;
    }
}
