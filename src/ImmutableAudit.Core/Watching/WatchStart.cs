using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>What a watch begins with.</summary>
/// <param name="Head">The log before the first segment to take.</param>
/// <param name="From">The first record to hand out.</param>
/// <param name="Log">The log as it was opened.</param>
/// <param name="Refusal">Why nothing of it may be handed out; null if it may.</param>
internal sealed record WatchStart(LogHead Head, long From, AuditLog Log, AuditException? Refusal)
{
    /// <summary>Opens a log, checks it against what is known of it, and finds the place to begin at. What isn't right is told.</summary>
    public static async Task<WatchStart> OpenAsync(IObjectStore store, WatchOptions options, AlertBook alerts, CancellationToken cancellationToken)
    {
        if (options.VerifyAll)
            await VerifyAsync(store, options, alerts, cancellationToken).ConfigureAwait(false);
        var log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        if (log.Doubt is { } doubt)
            alerts.Tell(FindingKind.RecordsMissing, doubt.Message, log.Size, null, log.Beyond[0], null);
        var state = options.StatePath is { } path ? WatchState.Load(path) : null;
        var refusal = await CheckTrustAsync(store, options, state, log, alerts, cancellationToken).ConfigureAwait(false);
        if (refusal is not null)
            return new WatchStart(log.Head, log.Size, log, refusal);
        foreach (var known in new[] { options.KnownCheckpoint, state?.Checkpoint })
        {
            if (known is not null)
                await CheckContinuedAsync(log, known, alerts, cancellationToken).ConfigureAwait(false);
        }

        var from = options.Since ?? (options.Newest is { } newest ? Math.Max(0, log.Size - newest) : state?.Checkpoint.Size ?? log.Size);
        if (from > log.Size && options.Since is not null)
            alerts.Tell(FindingKind.Truncated, $"The log ends after {log.Size:N0} records, and records up to {from - 1} were seen, as -Since says: the newest records were removed or are hidden.", log.Size, from - 1, null, null);
        from = Math.Min(from, log.Size);
        return new WatchStart(await BeforeAsync(store, log, from, cancellationToken).ConfigureAwait(false), from, log, null);
    }

    private static VerifyOptions Trust(WatchOptions options, WatchState? state) => new()
    {
        TrustedKeys = options.TrustedKeys,
        Origin = options.Origin ?? state?.Checkpoint.Origin,
        GenesisHash = options.GenesisHash ?? state?.GenesisHash,
    };

    private static async Task VerifyAsync(IObjectStore store, WatchOptions options, AlertBook alerts, CancellationToken cancellationToken)
    {
        var report = await ChainVerifier.VerifyAsync(store, Trust(options, null) with { KnownCheckpoints = options.KnownCheckpoint is { } known ? [known] : [], Time = options.Time }, cancellationToken).ConfigureAwait(false);
        // That the log is silent is watched for anyway.
        foreach (var finding in report.Findings.Where(finding => finding.Severity != FindingSeverity.Information && finding.Kind != FindingKind.HeartbeatMissed))
            alerts.Tell(finding);
    }

    private static async Task<AuditException?> CheckTrustAsync(IObjectStore store, WatchOptions options, WatchState? state, AuditLog log, AlertBook alerts, CancellationToken cancellationToken)
    {
        using var positions = new PositionReader(store);
        var first = await positions.ReadAsync(LogHead.Empty, SegmentParts.None, cancellationToken).ConfigureAwait(false);
        if (first.Segment is not { } segment)
            throw new AuditException(AuditErrors.RecordNotVerified, $"The first segment of '{store.Location}' was there and isn't any more. Run Test-AuditChain.", store.Location);
        var findings = new FindingList();
        var sealer = log.Genesis.Keys.Select(key => key.Key).First(key => key.KeyId == segment.Seal.Signature.KeyId);
        TrustCheck.Check(log.Genesis, segment.StoredDigest, sealer, Trust(options, state), findings);
        var found = findings.Drain();
        foreach (var finding in found)
            alerts.Tell(finding);
        return found.Count == 0 ? null : new AuditException(AuditErrors.RecordNotVerified, $"'{store.Location}' isn't watched: {found[0].Message} Run Test-AuditChain.", store.Location);
    }

    private static async Task CheckContinuedAsync(AuditLog log, Checkpoint known, AlertBook alerts, CancellationToken cancellationToken)
    {
        if (known.Size > log.Size)
        {
            alerts.Tell(FindingKind.Truncated, $"The log ends after {log.Size:N0} records, and {known.Size:N0} were seen before: the newest records were removed or are hidden.", log.Size, known.Size - 1, null, null);
            return;
        }

        try
        {
            // The proof checks the roots at both ends; nothing is wanted of it but that it can be made.
            await log.ProveContinuationAsync(known, cancellationToken).ConfigureAwait(false);
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.RecordNotVerified or AuditErrors.RangeInvalid)
        {
            alerts.Tell(FindingKind.HistoryChanged, e.Message, known.Size - 1, null, null, null);
        }
    }

    private static async Task<LogHead> BeforeAsync(IObjectStore store, AuditLog log, long from, CancellationToken cancellationToken)
    {
        if (from >= log.Size)
            return log.Head;
        if (from == 0)
            return LogHead.Empty;
        using var heads = new HeadFinder(store);
        return await SegmentReader.BeforeRecordAsync(store, heads, log.Head, from, cancellationToken).ConfigureAwait(false);
    }
}
