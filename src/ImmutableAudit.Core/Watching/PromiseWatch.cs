using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>Watches what isn't about single segments: that the log isn't silent for too long, and what the bucket locks new objects with.</summary>
internal sealed class PromiseWatch(IObjectStore store, WatchOptions options, AlertBook alerts)
{
    private const string Silence = "silence";
    private const string Default = "default retention";
    private const string DefaultUnknown = "default retention unknown";
    private long _silentAt = -1;
    private DateTimeOffset? _nextLook;
    private DefaultRetention? _seen;

    public void CheckSilence(LogHead head)
    {
        if (_silentAt >= 0 && head.State.Size > _silentAt)
        {
            _silentAt = -1;
            alerts.TellOver(Silence, $"The log isn't silent any more: record {head.State.Size - 1} has come.");
        }

        if (head.State.Genesis is not { } genesis || head.State.IsClosed || head.Last is not { } last
            || (options.Heartbeat ?? (genesis.HeartbeatSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null)) is not { } heartbeat)
            return;
        // A file's time is whatever its owner sets; what the last record says of itself is signed.
        var newest = store.KeepsVersions ? last.LastModified : new DateTimeOffset(head.State.LastRecordedTicks, TimeSpan.Zero);
        var silent = options.Time.GetUtcNow() + (store.ClockOffset ?? TimeSpan.Zero) - newest;
        if (silent <= heartbeat || _silentAt == head.State.Size)
            return;
        _silentAt = head.State.Size;
        alerts.Tell(Silence, alerts.New(AlertKind.Silence, FindingSeverity.Failure, $"The newest segment is from {newest:u}, {silent.TotalSeconds:N0} s ago, and {(options.Heartbeat is null ? "the log promises one" : "one is expected")} every {heartbeat.TotalSeconds:N0} s: writers stopped, or the newest segments are hidden.", isCertain: false) with
        {
            Finding = FindingKind.HeartbeatMissed,
            Sequence = head.State.Size - 1,
            Segment = last.Key,
            VersionId = last.VersionId,
        });
    }

    public async Task CheckDefaultAsync(LogHead head, CancellationToken cancellationToken)
    {
        var now = options.Time.GetUtcNow();
        if (!store.KeepsVersions || now < _nextLook)
            return;
        var found = await store.ReadDefaultRetentionAsync(cancellationToken).ConfigureAwait(false);
        _nextLook = now + options.LockInterval;
        if (found.Knowledge is RetentionKnowledge.Unknown)
        {
            alerts.Tell(AlertKind.Unknown, FindingSeverity.Unknown, $"What the bucket locks new objects with can't be seen: {found.Reason}", DefaultUnknown, isCertain: false);
            return;
        }

        alerts.TellOver(DefaultUnknown, "What the bucket locks new objects with can be seen again.");
        var promised = head.State.Genesis?.Retention;
        if (promised is not null && IsLess(found, promised.Mode, promised.Days))
            Tell(found, $"the log promises {promised.Mode} for {promised.Days:N0} days");
        else if (_seen is { Mode: { } mode, Days: { } days } && IsLess(found, mode, days))
            Tell(found, $"it was {mode} for {days:N0} days");
        else
            alerts.TellOver(Default, $"The bucket locks new objects in {found.Mode} mode for {found.Days:N0} days again.");
        _seen = found;
    }

    private static bool IsLess(DefaultRetention found, RetentionMode mode, int days) =>
        found is not { Knowledge: RetentionKnowledge.Locked, Mode: { } now, Days: { } period } || period < days || (now == RetentionMode.Governance && mode == RetentionMode.Compliance);

    private void Tell(DefaultRetention found, string wanted) => alerts.Tell(
        AlertKind.RetentionWeakened, FindingSeverity.Failure,
        $"The bucket locks new objects {(found.Knowledge == RetentionKnowledge.Locked ? $"in {found.Mode} mode for {found.Days:N0} days" : "not at all")}, and {wanted}: new segments won't be locked as they should be. Restore it with New-AuditBucket, and find out who changed it.", Default);
}
