using System.Text;
using System.Text.Unicode;
using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// Settles what a killed writer was sending, at its own key first: if its segment counts, its events are committed; if
/// nothing counts there, the same bytes are sent until something does; what another's segment displaced is sent again.
/// </summary>
internal static class SpoolRecovery
{
    /// <param name="store">The log's store.</param>
    /// <param name="spool">The spool.</param>
    /// <param name="committer">A committer whose head is the log's end as found now.</param>
    /// <param name="cancellationToken">Stops between attempts.</param>
    /// <returns>What became of the kept events: all of them are in the log. Null if nothing was kept.</returns>
    /// <exception cref="AuditException"><c>CommitUnknown</c>, <c>SpoolInvalid</c>, and what the store throws: not all is settled, and the spool keeps it.</exception>
    public static async Task<CommitResult?> RunAsync(IObjectStore store, ISpool spool, Committer committer, CancellationToken cancellationToken)
    {
        if (spool.Load(committer.Head.State.Origin) is not { } kept)
            return null;
        if (!SegmentName.TryParse(kept.Key, out var first) || await committer.Heads.BeforeAsync(first, cancellationToken).ConfigureAwait(false) is not { } before)
            throw Invalid($"holds a segment for '{kept.Key}', where none can be in this log");
        using var parser = new SegmentParser();
        if (parser.Parse(kept.Stored, first, SegmentParts.Leaves | SegmentParts.Text, out var defect) is not { } segment)
            throw Invalid($"holds something that isn't a segment: {defect!.Message}");

        if (segment.Previous != kept.Previous)
            throw Invalid("holds a segment that doesn't follow the record that it was kept for");
        // What no key of this log sealed, no writer of this log kept: sending it again would seal a stranger's events.
        if (before.State.Genesis is not { } genesis || ChainState.CheckSeal(segment, genesis, before.State.Keys!) is not null)
            throw Invalid("holds a segment that no key of this log sealed");
        if (!kept.Rest.All(IsEvent))
            throw Invalid("holds an event that no writer could have taken");

        if (before.State.Accept(segment, out _) is { } next)
            await committer.SettleAsync(before, new FrozenSegment(kept.Key, kept.Stored, segment, next), cancellationToken).ConfigureAwait(false);

        // From here on its own position is decided. What of it is in the log? Whatever isn't is sent again, ids kept.
        var batch = new EventBatch(TimeProvider.System, LogFormat.MaxSegmentRecords);
        for (var i = 0; i < segment.Count; i++)
            batch.AddBody(RecordBody.Of(segment.Line(i).Span), segment.Ids[i]);
        foreach (var after in kept.Rest)
            batch.AddBody(after.Body.Span, after.Id);
        var result = await committer.CommitFromAsync(before, batch, cancellationToken).ConfigureAwait(false);
        // Nobody may write on before: the spool holds one segment, and who was told that it settles this relies on it.
        if (result.Acknowledged != result.Submitted)
            throw result.Failure!;
        return result;

        AuditException Invalid(string why) =>
            new(AuditErrors.SpoolInvalid, $"The spool for '{store.Location}' {why}. Keep it aside and look into it before you go on.", store.Location);
    }

    // What is kept beside the segment has no seal yet that would show whether it is what a writer of ours made.
    private static bool IsEvent(KeptEvent kept)
    {
        byte[] line = [.. Encoding.ASCII.GetBytes($"{{\"seq\":0,\"prev\":\"{default(Merkle.Digest)}\",\"recorded\":\"{LogTime.ToText(0)}\""), .. kept.Body.Span];
        return Utf8.IsValid(line) && new RecordScanner().Scan(line, out var fields) is null
            && fields.Id == kept.Id && !fields.IsReserved && !fields.HasSegment && fields.Keys < 0;
    }
}
