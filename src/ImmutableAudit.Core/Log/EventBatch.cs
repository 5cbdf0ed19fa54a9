using System.Runtime.InteropServices;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Log;

/// <summary>
/// Events that were taken and checked, ready to be committed together. Each has its id from here on, so that it is
/// known however often it has to be sent. Not for two threads at once.
/// </summary>
public sealed class EventBatch
{
    // Far below the 16 MiB of a segment: larger ones don't make writing faster and take more memory on both sides.
    private const int FullAtBytes = 4 * 1024 * 1024;
    private readonly ByteBuffer _bodies = new();
    private readonly List<int> _ends = [];
    private readonly List<UInt128> _ids = [];
    private readonly TimeProvider _time;
    private readonly bool _withTerms;
    private SegmentTerms? _terms;

    /// <summary>A batch that belongs to no writer: to check events against the format without a log.</summary>
    public EventBatch()
        : this(TimeProvider.System, LogFormat.MaxSegmentRecords)
    {
    }

    internal EventBatch(TimeProvider time, int capacity, bool withTerms = false)
    {
        _time = time;
        Capacity = capacity;
        _withTerms = withTerms;
        _terms = withTerms ? SegmentTerms.Begin() : null;
    }

    /// <summary>How many events.</summary>
    public int Count => _ends.Count;

    /// <summary>How many fit in one commit as the log stands.</summary>
    public int Capacity { get; private set; }

    /// <summary>Whether it is time to commit. More may be added; they will take another commit.</summary>
    public bool IsFull => Count >= Capacity || _bodies.Length >= FullAtBytes;

    /// <summary>Takes an event.</summary>
    /// <param name="auditEvent">The event.</param>
    /// <returns>The id of the record that it will be.</returns>
    /// <exception cref="AuditException"><c>EventInvalid</c>, <c>EventTooLarge</c>. The batch is then as it was.</exception>
    public Guid Add(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        return RecordId.ToGuid(Add(auditEvent, reservedAllowed: false));
    }

    internal UInt128 Add(AuditEvent auditEvent, bool reservedAllowed)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var id = RecordId.Create(now);
        EventWriter.Write(_bodies, auditEvent, id, now, reservedAllowed);
        _ends.Add(_bodies.Length);
        _ids.Add(id);
        _terms?.Add(auditEvent, (auditEvent.Time?.UtcDateTime ?? now).Ticks);
        return id;
    }

    /// <summary>Takes a record's body as it was written before, for sending it again after a restart.</summary>
    internal void AddBody(ReadOnlySpan<byte> body, UInt128 id)
    {
        _bodies.Append(body);
        _terms = null;
        _ends.Add(_bodies.Length);
        _ids.Add(id);
    }

    internal ReadOnlySpan<byte> Body(int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        return _bodies.Written[start.._ends[index]];
    }

    internal UInt128 Id(int index) => _ids[index];

    /// <summary>What a segment can be found by, if it holds exactly these events; null otherwise.</summary>
    internal SegmentTerms? TermsOf(ReadOnlySpan<UInt128> ids) =>
        _terms is not null && ids.SequenceEqual(CollectionsMarshal.AsSpan(_ids)) ? _terms : null;

    /// <summary>Empties it for other events, keeping its memory.</summary>
    internal void Reuse(int capacity)
    {
        Capacity = capacity;
        _terms = _withTerms ? SegmentTerms.Begin() : null;
        _bodies.Length = 0;
        _ends.Clear();
        _ids.Clear();
    }
}
