using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Verification;

/// <summary>Whether <c>recorded</c> never falls, and lies between the store's times of the segment before and of its own.</summary>
internal static class TimeChecks
{
    public static void Check(
        LogHead before, ParsedSegment segment, StoredVersion version, bool storeTellsTime, int toleranceSeconds, FindingList findings)
    {
        var tolerance = TimeSpan.FromSeconds(toleranceSeconds).Ticks;
        if (segment.RecordedFallsAt >= 0)
            findings.Add(FindingKind.RecordedFalls, FindingSeverity.Failure, $"Record {segment.RecordedFallsAt} claims to have been recorded before the record before it.", segment.RecordedFallsAt, null, version.Key, version.VersionId);

        // The one exception, from the same two numbers that the writer had: the last record's clock was wrong.
        var lastClockWasWrong = storeTellsTime && before.Last is { } last && before.State.LastRecordedTicks > last.LastModified.UtcTicks + tolerance;
        if (segment.First > 0 && segment.FirstRecordedTicks < before.State.LastRecordedTicks && !lastClockWasWrong && before.Last is not null)
            findings.Add(FindingKind.RecordedFalls, FindingSeverity.Failure, $"Record {segment.First} claims to have been recorded before record {segment.First - 1}.", segment.First, null, version.Key, version.VersionId);
        if (!storeTellsTime)
            return;

        if (before.Last is { } previous && segment.FirstRecordedTicks < previous.LastModified.UtcTicks - tolerance)
            findings.Add(FindingKind.RecordedTooEarly, FindingSeverity.Failure, $"Record {segment.First} claims to have been recorded at {LogTime.ToText(segment.FirstRecordedTicks)}; the store had the segment before it only at {previous.LastModified:u}. It is back-dated, or a clock was wrong.", segment.First, null, version.Key, version.VersionId);
        if (segment.LastRecordedTicks > version.LastModified.UtcTicks + tolerance)
            findings.Add(FindingKind.RecordedTooLate, FindingSeverity.Warning, $"Record {segment.End - 1} claims to have been recorded at {LogTime.ToText(segment.LastRecordedTicks)}; the store had it at {version.LastModified:u} already. The writer's clock was wrong.", segment.End - 1, null, version.Key, version.VersionId);
    }
}
