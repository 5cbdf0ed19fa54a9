using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>What must hold of the log when a run is over.</summary>
internal static class RunChecks
{
    public static void All(Simulation run, string? origin)
    {
        var log = run.Log.Read(run.Server);
        CheckEvents(run, log);
        var receipts = run.Writers.SelectMany(writer => writer.Caller.Events).SelectMany(given => given.Attempts)
            .Where(attempt => attempt.Receipt is not null).Select(attempt => (attempt.Receipt!.Sequence, attempt.Receipt.LeafHash)).ToList();
        var view = new ServerView(run.Server);
        var report = ChainVerifier.VerifyAsync(view, new VerifyOptions { Threads = 1, Receipts = receipts }, default).GetAwaiter().GetResult();
        if (report.Records != log.Records.Count)
            throw new ViolationException($"The verifier sees {report.Records} records, and there are {log.Records.Count}.");
        if (origin is not null && report.Origin != origin)
            throw new ViolationException("Who was told that he created the log didn't.");
        foreach (var finding in report.Findings)
        {
            if (!IsExplained(finding, run))
                throw new ViolationException($"The verifier reports what nothing explains: {finding}");
        }

        CheckReported(run, log, report);
        if (run.Random.Next(4) == 0 && log.Records.Count < LogFormat.MaxSegmentRecords / 2)
            CheckReading(view, log);
    }

    private static void CheckEvents(Simulation run, PlainLog log)
    {
        var byId = new Dictionary<Guid, PlainRecord>();
        var names = new HashSet<string>();
        foreach (var record in log.Records)
        {
            if (!byId.TryAdd(record.Id, record))
                throw new ViolationException($"Records {byId[record.Id].Sequence} and {record.Sequence} have the same id.");
            if (record.Event is not null && !names.Add(record.Event))
                throw new ViolationException($"Event {record.Event} is in the log twice, the second time as record {record.Sequence}.");
        }

        foreach (var given in run.Writers.SelectMany(writer => writer.Caller.Events))
        {
            foreach (var attempt in given.Attempts)
            {
                var record = byId.GetValueOrDefault(attempt.Id);
                var wrong = attempt.Known switch
                {
                    Known.Acknowledged when record is null => "was acknowledged and isn't in the log",
                    Known.Acknowledged when record.Sequence != attempt.Receipt!.Sequence || record.LeafHash != attempt.Receipt.LeafHash =>
                        $"was acknowledged as record {attempt.Receipt.Sequence} and is record {record.Sequence}, or another leaf",
                    Known.Failed when record is not null => $"was reported as not in the log and is record {record.Sequence}",
                    Known.FoundInLog when record is null => "was in the log and isn't any more",
                    Known.Handed => "has no word although everything was settled",
                    Known.SpoolSettles => "isn't settled although its writer was started again",
                    _ => null,
                };
                if (wrong is not null)
                    throw new ViolationException($"{given.Name} {wrong}.");
            }
        }
    }

    private static bool IsExplained(ChainFinding finding, Simulation run)
    {
        if (finding.ObjectKey is null || finding.Severity is FindingSeverity.Failure or FindingSeverity.Unknown)
            return false;
        var versions = run.Server.Versions(finding.ObjectKey);
        var version = versions.FirstOrDefault(candidate => candidate.Id == finding.VersionId);
        return finding.Kind switch
        {
            FindingKind.DeleteMarker => version is { IsMarker: true, ByAttacker: true },
            FindingKind.ShadowVersion or FindingKind.GarbageOnNextKey => version is { IsMarker: false, ByAttacker: true },
            FindingKind.StrangeObject => versions.Any(candidate => candidate.ByAttacker),
            // An attacker may have put a copy of the bytes of such a segment on its key.
            FindingKind.LostRace or FindingKind.Unfinished => version is not null
                && versions.Any(candidate => !candidate.ByAttacker && candidate.Content.AsSpan().SequenceEqual(version.Content)),
            _ => false,
        };
    }

    // Whatever an attacker left on the log's keys is told, unless it is a copy of what counts there.
    private static void CheckReported(Simulation run, PlainLog log, ChainReport report)
    {
        var told = report.Findings.Select(finding => (finding.ObjectKey, finding.VersionId)).ToHashSet();
        foreach (var (key, counting) in log.Counting)
        {
            var below = true;
            foreach (var version in run.Server.Versions(key))
            {
                below &= version != counting;
                var mayBeSilent = version == counting || (version.IsMarker ? below : version.Content.AsSpan().SequenceEqual(counting.Content));
                if (!mayBeSilent && !told.Contains((key, version.Id)))
                    throw new ViolationException($"The verifier says nothing about {version}, which doesn't count.");
            }
        }
    }

    private static void CheckReading(ServerView view, PlainLog log)
    {
        var opened = AuditLog.OpenAsync(view, default).GetAwaiter().GetResult();
        var read = opened.ReadAsync(0, long.MaxValue).ToBlockingEnumerable().Select(record => (record.Sequence, record.Id, record.LeafHash));
        if (!read.SequenceEqual(log.Records.Select(record => (record.Sequence, record.Id, record.LeafHash))))
            throw new ViolationException("Reading the log gives other records than are there.");
    }
}
