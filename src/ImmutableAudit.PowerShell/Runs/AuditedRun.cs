using ImmutableAudit.Events;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// One run of a block between two records: its start is in the log before it runs, its end comes there whichever way it
/// ended. Both have one id in their data, and the end has the start's number.
/// </summary>
internal sealed class AuditedRun : IDisposable
{
    private readonly WriteSession _session;
    private readonly AuditEvent _start;
    private readonly Dictionary<string, object?> _data;
    private readonly DateTimeOffset _begun = DateTimeOffset.UtcNow;

    private AuditedRun(WriteSession session, AuditEvent start, Dictionary<string, object?> data, AuditReceipt receipt) =>
        (_session, _start, _data, Receipt) = (session, start, data, receipt);

    /// <summary>The proof of the start.</summary>
    public AuditReceipt Receipt { get; }

    /// <summary>Why this account can't remember how far the log is; null if it can.</summary>
    public string? NotRemembered { get; private set; }

    /// <summary>Records the start and waits until it is durable.</summary>
    /// <exception cref="AuditException"><c>StartNotRecorded</c>: it isn't, or not for certain, or not locked as promised.</exception>
    public static async Task<AuditedRun> StartAsync(WriteTarget target, string? spool, AuditEvent start, Dictionary<string, object?> data, CancellationToken cancellationToken)
    {
        WriteSession? session = null;
        try
        {
            data["run"] = Guid.NewGuid();
            session = await target.OpenAsync(spool, cancellationToken, CancellationToken.None).ConfigureAwait(false);
            if (session.Contradiction(target.Known) is { } contradiction)
                throw new AuditException(AuditErrors.EndInDoubt, contradiction, session.Location);
            var result = await CommitAsync(session, start with { Data = Phase(data, "start") }).ConfigureAwait(false);
            if (result.Failure is not null)
                throw result.Failure;
            return new AuditedRun(session, start, data, result.Receipts().First());
        }
        catch (Exception e) when (e is AuditException or IOException or UnauthorizedAccessException)
        {
            session?.Dispose();
            throw new AuditException(AuditErrors.StartNotRecorded, $"The start couldn't be recorded for certain, so the block wasn't run. {e.Message}", target.Location.ToString(), e);
        }
    }

    /// <summary>Records the end and waits until it is durable.</summary>
    /// <exception cref="AuditException"><c>EndNotRecorded</c>.</exception>
    public async Task EndAsync(AuditOutcome outcome, string? reason, IEnumerable<KeyValuePair<string, object?>> more)
    {
        try
        {
            var data = new Dictionary<string, object?>(_data) { ["start"] = Receipt.Sequence, ["seconds"] = Math.Round((DateTimeOffset.UtcNow - _begun).TotalSeconds, 3) };
            data.Remove("command");
            foreach (var (name, value) in more)
                data[name] = value;
            var result = await CommitAsync(_session, _start with { Time = DateTimeOffset.UtcNow, Outcome = outcome, Reason = reason, Data = Phase(data, "end") }).ConfigureAwait(false);
            if (result.Failure is not null)
                throw result.Failure;
        }
        catch (Exception e) when (e is AuditException or IOException or UnauthorizedAccessException)
        {
            throw new AuditException(AuditErrors.EndNotRecorded, $"The block was run, its start is record {Receipt.Sequence} of '{_session.Location}', and its end ({outcome}) couldn't be recorded: {e.Message}", Receipt.Sequence, e);
        }

        try
        {
            _session.Remember();
        }
        catch (AuditException e)
        {
            NotRemembered = $"Start and end are in the log, and this account can't remember how far it is: {e.Message}";
        }
    }

    public void Dispose() => _session.Dispose();

    // Not to be cancelled: a start without its end, or in doubt, is worse than a moment's wait.
    private static Task<CommitResult> CommitAsync(WriteSession session, AuditEvent made)
    {
        var batch = session.Writer.NewBatch();
        batch.Add(made);
        return session.Writer.CommitAsync(batch, CancellationToken.None);
    }

    private static EventData Phase(Dictionary<string, object?> data, string phase) =>
        EventData.From(new KeyValuePair<string, object?>[] { new("phase", phase) }.Concat(data));
}
