using System.Globalization;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Samples;

/// <summary>
/// A key and a log are made, events written, the log verified; then it is altered in the ways that matter, and verified
/// again. Everything is the public interface of the core; only <see cref="Intruder"/> goes behind its back.
/// </summary>
internal sealed class Story(string root)
{
    private const int EventsInACommit = 15;
    private readonly string _log = Path.Combine(root, "log");
    private bool _asItShould = true;

    /// <summary>Tells it. True if every verification ended as it should.</summary>
    public async Task<bool> TellAsync(string? from)
    {
        Say("1. A key and an empty log");
        var keyPath = Path.Combine(root, "audit.key");
        using var key = KeyFile.Create(keyPath, default);
        await using var store = Open(_log);
        var log = await AuditLog.CreateAsync(store, new LogPlan { Name = "quickstart", SealKey = key }, null, default);
        var trusted = log.Genesis.Keys[0].Key;
        Say($"   key   {keyPath}");
        Say($"   log   {_log}");
        Say($"   vkey  {trusted}");
        Say("   The key stays with the writer. The vkey is its public half: the auditor is given that.");

        var events = from is null ? [.. SampleEvents.Shipped()] : await SampleEvents.FromCloudTrailAsync(from);
        if (events.Count == 0)
            throw new AuditException(AuditErrors.LocationInvalid, $"There is no event in '{from}'.", from);
        var written = await WriteAsync(store, key, events, from ?? "the sample that ships with the project");

        var target = TargetOf(written);
        Say("3. The auditor verifies it");
        var given = new VerifyOptions { TrustedKeys = [trusted] };
        var first = await VerifyAsync(_log, given);
        Expect(first is { Result: ChainResult.Passed, Trust: TrustBasis.Given } && first.Records == written.Count + 1, "the untouched log passes");
        Say($"   {Number(first.Records)} records in {Number(first.Segments)} segments: no gap, every link, every hash, every signature. {first.Duration.TotalMilliseconds:N0} ms.");
        Say("   (Record 0 is the log's own: its name, its keys, its promises.)");
        Say($"   Kept for next time: the checkpoint of {Number(first.Records)} records, root {first.Root}");
        Say();

        await ChangeAsync(target, given);
        await MoreAttemptsAsync(trusted, first, target);
        if (_asItShould)
        {
            Say("Every change was found by an auditor who holds the vkey and a checkpoint. Nothing here stopped anybody");
            Say("from making it: a directory is tamper-evident, not tamper-proof. Object Lock on a bucket is what stops them.");
        }
        else
        {
            Say("NOT every verification ended as it should; see the lines above.");
        }

        Say();
        Say($"To look at the log:  zcat {Path.Combine(_log, "segments")}/*.gz");
        Say($"To remove it all:    rm -r {root}");
        return _asItShould;
    }

    private async Task<List<AuditEvent>> WriteAsync(DirectoryStore store, KeyFile key, List<AuditEvent> events, string source)
    {
        Say();
        Say($"2. {Number(events.Count)} access events are written");
        Say($"   from {source}");
        await using var writer = await AuditWriter.OpenAsync(store, key, null, default);
        var perCommit = Math.Max(EventsInACommit, events.Count / 100);
        var written = new List<AuditEvent>();
        var acknowledged = 0;
        foreach (var part in events.Chunk(perCommit))
        {
            var batch = writer.NewBatch();
            foreach (var e in part)
            {
                if (TryAdd(batch, e))
                    written.Add(e);
            }

            var result = await writer.CommitAsync(batch, default);
            if (result.Failure is { } failure)
                throw failure;
            acknowledged += result.Acknowledged;
        }

        var target = TargetOf(written);
        foreach (var i in new[] { 1, 2, target - 1, target, target + 1, written.Count }.Where(i => i >= 1 && i <= written.Count).Distinct().Order())
            Say("   " + Row(i, written[i - 1]));
        Say($"   {Number(acknowledged)} acknowledged: each is on the disk, linked and under a signature before its writer goes on.");
        Say();
        Expect(acknowledged == written.Count, "every event is acknowledged");
        return written;
    }

    // Which record is altered: in the sample, the payroll read in the middle of the night.
    private static int TargetOf(List<AuditEvent> written) => Math.Min(17, written.Count);

    // CloudTrail allows events of 256 KB, and a record holds 64.
    private static bool TryAdd(EventBatch batch, AuditEvent e)
    {
        try
        {
            batch.Add(e);
            return true;
        }
        catch (AuditException error) when (error.ErrorId == AuditErrors.EventTooLarge)
        {
            Say($"   left out: {error.Message}");
            return false;
        }
    }

    private async Task ChangeAsync(int target, VerifyOptions given)
    {
        Say($"4. Somebody changes one character of record {target}, and verification is repeated");
        var altered = Intruder.CopyOf(_log, "altered");
        var (file, was, now, at) = Intruder.ChangeOneCharacter(altered, target);
        var start = Math.Max(0, at - 46);
        Say($"   in    {file}");
        Say($"   was   …{Cut(was, start)}");
        Say($"   is    …{Cut(now, start)}");
        Say("          " + new string(' ', at - start) + "^");
        Say("   The file is compressed anew, so gzip and zcat find nothing wrong with it.");
        var second = await VerifyAsync(altered, given);
        Expect(second.Result == ChainResult.Failed && second.Findings[0] is { Kind: FindingKind.SegmentInvalid } finding && finding.Sequence == target, $"record {target} is named");
        Say();
    }

    private async Task MoreAttemptsAsync(VerifierKey trusted, ChainReport first, int target)
    {
        Say("5. More attempts, each on a fresh copy");
        var given = new VerifyOptions { TrustedKeys = [trusted] };

        Say();
        Say($"   a) one bit of the file that holds record {target} is flipped on the disk");
        var flipped = Intruder.CopyOf(_log, "flipped");
        var file = Path.Combine(flipped, "segments", Path.GetFileName(SegmentOf(target)));
        Intruder.FlipOneBit(file);
        var report = await VerifyAsync(flipped, given, "      ");
        Expect(report.Result == ChainResult.Failed && report.Findings[0].ObjectKey!.EndsWith(Path.GetFileName(file), StringComparison.Ordinal), "the file is named");

        Say();
        Say("   b) the newest segment is deleted, so that the last events never happened");
        var cut = Intruder.CopyOf(_log, "cut");
        File.Delete(Intruder.Segments(cut)[^1]);
        Say("      verified by somebody who remembers nothing, and so can't see it:");
        report = await VerifyAsync(cut, given, "      ");
        Expect(report.Result == ChainResult.Passed, "without memory it passes");
        Say("      verified with the checkpoint that was kept in step 3:");
        var known = Checkpoint.TryParse(SignedNote.TryParse(first.Checkpoint!)!.Text)!;
        report = await VerifyAsync(cut, given with { KnownCheckpoints = [known] }, "      ");
        Expect(report.Result == ChainResult.Failed && report.Findings.Any(found => found.Kind == FindingKind.Truncated), "with the checkpoint it fails");

        Say();
        Say("   c) the whole log is replaced by a false one, sealed with the intruder's own key");
        var forged = Path.Combine(root, "forged");
        using (var ownKey = KeyFile.Create(Path.Combine(root, "intruder.key"), default))
        {
            await using var store = Open(forged);
            await AuditLog.CreateAsync(store, new LogPlan { Name = "quickstart", SealKey = ownKey }, null, default);
        }

        Say("      verified without a key, at first sight: it is a sound log, only not ours:");
        report = await VerifyAsync(forged, new VerifyOptions(), "      ");
        Expect(report is { Result: ChainResult.Passed, Trust: TrustBasis.FirstSight }, "at first sight it passes");
        Say("      verified with the vkey:");
        report = await VerifyAsync(forged, given, "      ");
        Expect(report.Result == ChainResult.Failed && report.Findings.Any(found => found.Kind == FindingKind.NotTrusted), "with the vkey it fails");
        Say();
    }

    private static async Task<ChainReport> VerifyAsync(string directory, VerifyOptions options, string indent = "   ")
    {
        await using var store = Open(directory);
        var report = await ChainVerifier.VerifyAsync(store, options, default);
        Say(indent + report.Result.ToString().ToUpperInvariant());
        foreach (var finding in report.Findings)
            Say(Wrap($"{finding.Kind}: {finding.Message}", indent + "  "));
        return report;
    }

    private string SegmentOf(long sequence) => Intruder.Segments(_log).Last(file => FirstOf(file) <= sequence);

    // segments/<complement>-<n>.jsonl.gz
    private static long FirstOf(string file) =>
        Chain.SegmentName.TryParse(Chain.SegmentName.Prefix + Path.GetFileName(file), out var first) ? first : long.MaxValue;

    private static string Row(int sequence, AuditEvent e) => string.Create(
        CultureInfo.InvariantCulture,
        $"{sequence,5}  {e.Time:yyyy-MM-dd HH:mm:ss}  {Short(e.ActorId ?? "-", 24),-12} {e.Action,-16} {e.Outcome,-7}  {Short(e.ResourceId ?? "-", 56)}");

    private static string Short(string text, int length) => text.Length <= length ? text : "…" + text[^(length - 1)..];

    private static string Cut(string line, int from) => line.Length - from <= 90 ? line[from..] : line[from..(from + 90)] + "…";

    private static string Wrap(string text, string indent)
    {
        const int width = 108;
        var lines = new List<string> { indent };
        foreach (var word in text.Split(' '))
        {
            if (lines[^1].Length > indent.Length && lines[^1].Length + word.Length >= width)
                lines.Add(indent);
            lines[^1] += lines[^1].Length > indent.Length ? " " + word : word;
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static DirectoryStore Open(string directory) => new(LogLocation.Parse(directory));

    private static void Say(string text = "") => Console.WriteLine(text);

    private void Expect(bool held, string what)
    {
        if (held)
            return;
        _asItShould = false;
        Say($"   NOT AS IT SHOULD BE: expected that {what}.");
    }
}
