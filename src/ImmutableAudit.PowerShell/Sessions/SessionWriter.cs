using ImmutableAudit.Events;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Commits entries of a session, each batch awaited before the next, and opens the log again after a failure. What a
/// spool holds in doubt is settled by that; without one it stays in doubt, and is never sent twice.
/// </summary>
internal sealed class SessionWriter(WriteTarget target, string? spool) : IDisposable
{
    private readonly Dictionary<Guid, SessionEntry> _inDoubt = [];
    private WriteSession? _session;

    /// <summary>Told what is sent and what is in the log; null for none.</summary>
    public SessionJournal? Journal { get; set; }

    /// <summary>What is remembered and doesn't agree with the log, told once by whoever opened it; null if all does.</summary>
    public string? Contradiction { get; private set; }

    /// <summary>What a killed writer had left in the spool.</summary>
    public IReadOnlySet<Guid> Recovered { get; private set; } = new HashSet<Guid>();

    /// <summary>How many entries are in the log for certain.</summary>
    public long Recorded { get; private set; }

    /// <summary>Of how many nobody knows.</summary>
    public long InDoubt => _inDoubt.Count;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_session is not null)
            return;
        _session = await target.OpenAsync(spool, cancellationToken, CancellationToken.None).ConfigureAwait(false);
        Contradiction = _session.Contradiction(target.Known);
        if (_session.Recovered is { } recovered)
        {
            Recovered = recovered.Receipts().Select(receipt => receipt.Id).ToHashSet();
            Settle(Recovered);
        }
    }

    /// <summary>Commits entries; those that are in the log, in doubt or can't be recorded at all are taken off the list.</summary>
    /// <returns>Null if all went well, else why not. Whatever is still on the list may be given again.</returns>
    /// <exception cref="AuditException">The log couldn't be opened. Nothing was sent.</exception>
    public async Task<AuditException?> CommitAsync(List<SessionEntry> entries, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        var batch = _session!.Writer.NewBatch();
        var sent = new Dictionary<Guid, SessionEntry>();
        AuditException? refused = null;
        foreach (var entry in entries.ToArray())
        {
            try
            {
                var id = batch.Add(entry.ToEvent());
                sent.Add(id, entry);
                Journal?.Sent(entry, id);
            }
            catch (AuditException e) when (e.ErrorId is AuditErrors.EventInvalid or AuditErrors.EventTooLarge)
            {
                entries.Remove(entry);
                Refused++;
                refused = e;
            }
        }

        if (sent.Count == 0)
            return refused;
        var result = await _session.Writer.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
        var done = result.Receipts().Select(receipt => receipt.Id).ToHashSet();
        foreach (var id in result.InDoubtIds)
            _inDoubt[id] = sent[id];
        entries.RemoveAll(entry => done.Concat(result.InDoubtIds).Any(id => ReferenceEquals(sent.GetValueOrDefault(id), entry)));
        Recorded += done.Count;
        Journal?.Done(done.Select(id => sent[id].Number));
        if (result.Acknowledged != result.Submitted)
            Close(); // Opening it again settles what the spool holds.
        return result.Failure ?? refused;
    }

    /// <summary>How many could never be recorded, whatever the log says.</summary>
    public long Refused { get; private set; }

    /// <summary>Remembers how far the log is.</summary>
    /// <exception cref="AuditException">This account can't remember.</exception>
    public void Remember() => _session?.Remember();

    public void Dispose() => Close();

    private void Settle(IReadOnlySet<Guid> inLog)
    {
        var settled = _inDoubt.Keys.Where(inLog.Contains).ToList();
        foreach (var id in settled)
        {
            _inDoubt.Remove(id, out var entry);
            Journal?.Done([entry!.Number]);
        }

        Recorded += settled.Count;
    }

    private void Close()
    {
        _session?.Dispose();
        _session = null;
    }
}
