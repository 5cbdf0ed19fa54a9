namespace ImmutableAudit.Fuzz;

/// <summary>Every reader of bytes that somebody else wrote.</summary>
internal sealed class AllTargets : IDisposable
{
    private readonly SegmentTargets _segments = new();
    private readonly RecordTargets _records = new();
    private readonly SigningTargets _signing = new();
    private readonly ProofTargets _proofs = new();
    private readonly FileTargets _files = new();
    private readonly LogTargets _log = new();
    private readonly SummaryTargets _summaries = new();
    private readonly TimestampTargets _timestamps = new();
    private readonly EvidenceTargets _evidence = new();

    public IReadOnlyList<Target> Targets =>
    [
        .. _segments.Targets, .. _records.Targets, .. _signing.Targets, .. _proofs.Targets, .. DocumentTargets.Targets, .. _files.Targets, .. _log.Targets,
        .. _summaries.Targets, .. _timestamps.Targets, .. _evidence.Targets, .. ImportTargets.Targets,
    ];

    public void Dispose()
    {
        _segments.Dispose();
        _signing.Dispose();
        _files.Dispose();
        _log.Dispose();
        _summaries.Dispose();
        _timestamps.Dispose();
        _evidence.Dispose();
    }
}
