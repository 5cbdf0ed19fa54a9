using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Verification;

/// <summary>
/// Judges a log's timestamps. Their names are listed first; as the log goes by, the checkpoints of the sizes that they name
/// are noted; at the end the tokens are read and held against them. So memory grows with the timestamps, not with the log.
/// </summary>
internal sealed class TimestampChecks(IObjectStore store, TimestampRoots? roots)
{
    private const int AtOnce = 16;
    private readonly List<AuditTimestamp> _sound = [];
    private readonly Dictionary<long, byte[]> _stamped = [];
    private List<(long Size, StoredVersion Version)> _listed = [];

    // The sizes in order, and of the records between one and the next the one with the latest recorded.
    private long[] _sizes = [];
    private (long RecordedTicks, long Sequence, StoredVersion Version)?[] _latest = [];
    private long _from;
    private int _next;

    /// <summary>Every sound timestamp over a checkpoint of this log, oldest size first.</summary>
    public IReadOnlyList<AuditTimestamp> Sound => _sound.OrderBy(stamp => stamp.Size).ThenBy(stamp => stamp.Time).ToArray();

    public async Task ListAsync(FindingList findings, CancellationToken cancellationToken)
    {
        _listed = await TimestampList.ReadAsync(store, findings, cancellationToken).ConfigureAwait(false);
        _sizes = [.. _listed.Select(listed => listed.Size).Distinct().Order()];
        _latest = new (long, long, StoredVersion)?[_sizes.Length];
    }

    /// <summary>Begins behind what was verified before. What is stamped of that was judged then.</summary>
    public void ResumeAt(LogHead head)
    {
        _from = head.State.Size;
        while (_next < _sizes.Length && _sizes[_next] < _from)
            _next++;
        Note(head.State);
    }

    /// <summary>Takes note of a segment that counts.</summary>
    public void Pass(ParsedSegment segment, LogHead head)
    {
        while (_next < _sizes.Length && _sizes[_next] < segment.End)
            _next++;
        if (_next == _sizes.Length)
            return;
        if (_latest[_next] is not { } latest || segment.LastRecordedTicks > latest.RecordedTicks)
            _latest[_next] = (segment.LastRecordedTicks, segment.End - 1, head.Last!);
        Note(head.State);
    }

    /// <summary>Reads the tokens and tells what each is worth.</summary>
    /// <param name="end">How many records the log has.</param>
    /// <param name="toleranceSeconds">How far clocks may be apart.</param>
    /// <param name="findings">Told of what is bad or can't be judged.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public async Task<TrustedTimes> JudgeAsync(long end, int toleranceSeconds, FindingList findings, CancellationToken cancellationToken)
    {
        var readable = new List<(long Size, StoredVersion Version)>();
        foreach (var (size, version) in _listed.Where(listed => listed.Size >= _from))
        {
            if (_stamped.ContainsKey(size))
                readable.Add((size, version));
            else
                TimestampList.Reject(findings, version, size > end
                    ? $"names a checkpoint of {size:N0} records, and the log ends after {end:N0}. Either it is foreign, or the newest records were removed: if you have that checkpoint, give it"
                    : $"names a checkpoint of {size:N0} records, and no segment that verified ends there");
        }

        foreach (var some in readable.Chunk(AtOnce))
        {
            var reads = await Task.WhenAll(some.Select(one => store.ReadAsync(one.Version, TimestampToken.MaxBytes, cancellationToken).AsTask())).ConfigureAwait(false);
            for (var i = 0; i < some.Length; i++)
                Judge(some[i].Size, some[i].Version, reads[i], findings);
        }

        var unjudged = _sound.Count(stamp => stamp.Trust == TimestampTrust.NotValidated);
        if (unjudged > 0)
            findings.Add(FindingKind.TimestampUnchecked, FindingSeverity.Information, $"{unjudged:N0} {(unjudged == 1 ? "timestamp is" : "timestamps are")} sound, and nobody said whose to believe: they prove nothing until the roots of their authorities are given.", null, null, TimestampName.Prefix);
        var times = TrustedTimes.Of(_sound.Where(stamp => stamp.Trust == TimestampTrust.Trusted));
        CheckRecorded(times, TimeSpan.FromSeconds(toleranceSeconds), findings);
        return times;
    }

    private void Note(ChainState state)
    {
        if (_next < _sizes.Length && _sizes[_next] == state.Size && state.Note is { } note)
            _stamped[state.Size] = TimestampToken.HashOf(note);
    }

    private void Judge(long size, StoredVersion version, in ReadResult read, FindingList findings)
    {
        switch (read.Status)
        {
            case ReadStatus.Gone:
                return;
            case ReadStatus.Ok:
                break;
            case ReadStatus.Unreadable:
                findings.Add(FindingKind.TimestampUnchecked, FindingSeverity.Information, $"'{version.Key}' can't be read, so what it proves isn't known: {read.Reason}", null, null, version.Key, version.VersionId);
                return;
            default:
                TimestampList.Reject(findings, version, "can't be a timestamp that anybody could check");
                return;
        }

        // A copy: what was rented goes back.
        var bytes = read.Content.ToArray();
        read.Release();
        if (TimestampName.Format(size, bytes) != version.Key)
        {
            TimestampList.Reject(findings, version, "doesn't hold the bytes that its name is for");
            return;
        }

        if (TimestampToken.TryRead(bytes) is not { } token)
        {
            TimestampList.Reject(findings, version, "isn't a timestamp token by a certificate that may issue one, and was valid when it did");
            return;
        }

        if (token.Defect(_stamped[size]) is { } defect)
        {
            TimestampList.Reject(findings, version, $"isn't a timestamp of the log's first {size:N0} records: {defect}");
            return;
        }

        var (trust, root, why) = roots?.Judge(token) ?? (TimestampTrust.NotValidated, null, null);
        if (trust == TimestampTrust.Untrusted)
            findings.Add(FindingKind.TimestampUntrusted, FindingSeverity.Warning, $"'{version.Key}' is signed by '{token.Signer!.Subject}', whose certificates don't lead to a root that was given ({why}); it proves nothing.", null, null, version.Key, version.VersionId);
        _sound.Add(Timestamper.Describe(store.Location, size, token, version.Key, version.VersionId, trust, root));
    }

    // Whoever stamped it had it by then, so what its writer says of later is wrong.
    private void CheckRecorded(TrustedTimes times, TimeSpan tolerance, FindingList findings)
    {
        foreach (var noted in _latest)
        {
            if (noted is { } latest && times.ExistedBy(latest.Sequence) is { } shown && latest.RecordedTicks > shown.Latest.UtcTicks + tolerance.Ticks)
                findings.Add(FindingKind.RecordedTooLate, FindingSeverity.Warning, $"Record {latest.Sequence} claims to have been recorded at {LogTime.ToText(latest.RecordedTicks)}; '{shown.From}' shows that it existed at {shown.Latest:u} already. The writer's clock was wrong.", latest.Sequence, null, latest.Version.Key, latest.Version.VersionId);
        }
    }
}
