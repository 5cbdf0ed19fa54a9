using System.Management.Automation;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>What the cmdlets share that change how a log's segments are locked: look, ask, change, report each segment.</summary>
public abstract class SegmentLockCommand : ConnectedCommand
{
    private long _passed;

    /// <summary>An s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The first record.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long From { get; set; }

    /// <summary>The last record, included.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long To { get; set; } = long.MaxValue;

    private protected abstract Task<LockPlan> PlanAsync(IObjectStore store, IProgress<long> progress, CancellationToken cancellationToken);

    /// <summary>What is done to the segments, as in "Put a legal hold on 3 of 4 segments".</summary>
    private protected abstract (string Verb, string Reach, string Consequence) Words();

    private protected override void Process()
    {
        try
        {
            var location = Locate(Log);
            var store = OpenStore(location);
            try
            {
                Change(location, store);
            }
            finally
            {
                Close(store);
            }
        }
        catch (AuditException e)
        {
            // The next log of the pipeline has nothing to do with it.
            ReportItem(e, Log);
        }
    }

    private void Change(LogLocation location, IObjectStore store)
    {
        _passed = 0;
        var plan = Wait(
            token => PlanAsync(store, new Counter(this), token),
            () => WriteProgress(new ProgressRecord(1, $"Looking at the locks of {location}", $"{Interlocked.Read(ref _passed):N0} records")));
        WriteProgress(new ProgressRecord(1, $"Looking at the locks of {location}", "Done") { RecordType = ProgressRecordType.Completed });
        ReportDoubts(plan, location);
        if (plan.Count == 0)
            return;
        WriteVerbose($"A lock protects whole segments: the range lies in {Amount(plan.Count, plan.Count)} of '{location}', with {Records(plan)}.");

        var (verb, reach, consequence) = Words();
        var action = $"{verb} {Amount(plan.Changes, plan.Count)} ({Records(plan)}) of '{location}'{reach}";
        var reason = ShouldProcessReason.None;
        if (plan.Changes > 0 && ShouldProcess(action + ".", $"{consequence} {action}?", MyInvocation.MyCommand.Name, out reason))
            Apply(plan);
        else if (plan.Changes == 0 || reason.HasFlag(ShouldProcessReason.WhatIf))
            Report(plan.Segments);
    }

    private static string Records(LockPlan plan) => plan.FirstSequence == plan.LastSequence
        ? $"record {plan.FirstSequence:N0}" : $"records {plan.FirstSequence:N0} to {plan.LastSequence:N0}";

    private static string Amount(int some, int all) => (some == all ? $"{all:N0}" : $"{some:N0} of {all:N0}") + (all == 1 ? " segment" : " segments");

    private void ReportDoubts(LockPlan plan, LogLocation location)
    {
        var target = location.ToString();
        if (LogMemory.Contradiction(RecallOrWarn(MemoryOf(location)), plan.Log.Genesis.Origin, plan.Log.GenesisHash, plan.Log.Size) is { } contradiction)
            ReportItem(new AuditException(AuditErrors.RecordNotVerified, contradiction, plan.Log.Size), target);
        if (plan.Log.Doubt is { } doubt)
            ReportItem(doubt, target);
        if (plan.Broken is { } broken)
            ReportItem(broken, target);
    }

    private void Apply(LockPlan plan)
    {
        var results = plan.ApplyAsync(StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            // Each is waited for to its end: a change that is under way is settled even after Ctrl+C.
            while (results.MoveNextAsync().AsTask().GetAwaiter().GetResult())
                Report([results.Current]);
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            throw new PipelineStoppedException();
        }
        finally
        {
            results.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void Report(IEnumerable<SegmentLockResult> results)
    {
        foreach (var (state, error) in results)
        {
            WriteObject(state);
            if (error is not null)
                ReportItem(error, state);
        }
    }

    private sealed class Counter(SegmentLockCommand command) : IProgress<long>
    {
        public void Report(long value) => Interlocked.Exchange(ref command._passed, value);
    }
}
