using System.Management.Automation;
using ImmutableAudit.Events;
using ImmutableAudit.Storage;
using ImmutableAudit.Watching;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Follows a log as it grows, verifies what comes, and raises alerts.</summary>
[Cmdlet(VerbsCommon.Watch, "AuditLog", DefaultParameterSetName = EndSet)]
[OutputType(typeof(AuditRecord), typeof(AuditAlert))]
public sealed class WatchAuditLogCommand : ConnectedCommand
{
    private const string EndSet = "End";
    private const string SinceSet = "Since";
    private const string NewestSet = "Newest";
    private const string StartSet = "Start";
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(200);

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The first record to give.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SinceSet)]
    [ValidateRange(0, long.MaxValue)]
    public long Since { get; set; }

    /// <summary>So many records from the log's end first.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NewestSet)]
    [ValidateRange(1, long.MaxValue)]
    public long Newest { get; set; }

    /// <summary>Everything from the first record on.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StartSet)]
    public SwitchParameter FromStart { get; set; }

    /// <summary>A file that remembers how far the watch got.</summary>
    [Parameter(ParameterSetName = EndSet)]
    public string? StatePath { get; set; }

    /// <summary>Only records of these actors.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Actor { get; set; }

    /// <summary>Only records of these actions.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Action { get; set; }

    /// <summary>Only records on these resources.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Resource { get; set; }

    /// <summary>Only records that ended so.</summary>
    [Parameter]
    public AuditOutcome[]? Outcome { get; set; }

    /// <summary>Gives alerts among the records.</summary>
    [Parameter]
    public SwitchParameter IncludeAlerts { get; set; }

    /// <summary>Gives alerts and no records.</summary>
    [Parameter]
    public SwitchParameter AlertsOnly { get; set; }

    /// <summary>Run for each alert.</summary>
    [Parameter]
    public ScriptBlock? OnAlert { get; set; }

    /// <summary>Each alert is posted there as JSON.</summary>
    [Parameter]
    public Uri? WebhookUrl { get; set; }

    /// <summary>How long to watch.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan? For { get; set; }

    /// <summary>The time between two polls.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan Interval { get; set; } = new WatchOptions().Interval;

    /// <summary>How many names or versions a poll lists at most.</summary>
    [Parameter]
    [ValidateRange(2000, 1_000_000)]
    public int? SweepSize { get; set; }

    /// <summary>The longest silence that is fine.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan? Heartbeat { get; set; }

    /// <summary>So many failures of an actor raise an alert.</summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int FailureThreshold { get; set; } = new WatchOptions().FailureThreshold;

    /// <summary>Within so long a time.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan FailureWindow { get; set; } = new WatchOptions().FailureWindow;

    /// <summary>Alerts on the first access of an actor to a resource.</summary>
    [Parameter]
    public SwitchParameter FirstAccess { get; set; }

    /// <summary>From so many earlier records it learns who uses what.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long History { get; set; } = new WatchOptions().History;

    /// <summary>Verifies the whole log first.</summary>
    [Parameter]
    public SwitchParameter VerifyAll { get; set; }

    /// <summary>Verifier keys that are trusted, or files that hold them.</summary>
    [Parameter]
    public string[]? TrustedKey { get; set; }

    /// <summary>The log's origin.</summary>
    [Parameter]
    public string? Origin { get; set; }

    /// <summary>SHA-256 of the log's first segment, in hex.</summary>
    [Parameter]
    public string? GenesisHash { get; set; }

    /// <summary>Doesn't use what this account remembers.</summary>
    [Parameter]
    public SwitchParameter NoMemory { get; set; }

    private protected override void Process()
    {
        var location = Locate(Log);
        var options = Options(location);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
        var webhook = WebhookUrl is null ? null : new AlertWebhook(WebhookUrl);
        IObjectStore? store = null;
        try
        {
            store = OpenStore(location);
            using var watcher = Wait(token => LogWatcher.OpenAsync(store, options, token));
            if (For is { } time)
                end.CancelAfter(time);
            var outlet = new AlertOutlet(this, OnAlert, webhook);
            Watch(watcher, outlet, end.Token);
            outlet.Finish();
        }
        finally
        {
            webhook?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            if (store is not null)
                Close(store);
        }
    }

    private WatchOptions Options(LogLocation location)
    {
        var known = NoMemory ? null : RecallOrWarn(MemoryOf(location));
        return new WatchOptions
        {
            Since = ParameterSetName switch { SinceSet => Since, StartSet => 0, _ => null },
            Newest = ParameterSetName == NewestSet ? Newest : null,
            StatePath = StatePath is null ? null : LogAddress.FilePath(StatePath, SessionState),
            Interval = Interval,
            SweepSize = SweepSize,
            Heartbeat = Heartbeat,
            FailureThreshold = FailureThreshold,
            FailureWindow = FailureWindow,
            FirstAccess = FirstAccess,
            History = History,
            VerifyAll = VerifyAll,
            TrustedKeys = [.. (TrustedKey ?? []).SelectMany(text => TrustedHistory.Keys(text, SessionState))],
            Origin = Origin ?? known?.Origin,
            GenesisHash = GenesisHash ?? known?.GenesisHash,
            KnownCheckpoint = known?.Checkpoint,
        };
    }

    private void Watch(LogWatcher watcher, AlertOutlet outlet, CancellationToken end)
    {
        var filter = new RecordFilter(Actor, Action, Resource, Outcome);
        var items = watcher.WatchAsync(end).GetAsyncEnumerator(end);
        var next = ValueTask.FromResult(false).AsTask();
        try
        {
            while (true)
            {
                next = items.MoveNextAsync().AsTask();
                while (!IsDone(next, end))
                    outlet.Warn();
                if (!next.GetAwaiter().GetResult())
                    return;
                if (items.Current.Alert is { } alert)
                {
                    outlet.Take(alert);
                    if (IncludeAlerts || AlertsOnly)
                        WriteObject(alert);
                }
                else if (!AlertsOnly && filter.Takes(items.Current.Record!))
                {
                    WriteObject(items.Current.Record);
                }
            }
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            throw new PipelineStoppedException();
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The time that was asked for is over.
        }
        finally
        {
            // A poll that is under way ends first; it was told to.
            next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).GetAwaiter().GetResult();
            items.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static bool IsDone(Task task, CancellationToken end) =>
        task.IsCompleted || Task.WaitAny([task], (int)Breath.TotalMilliseconds, end) == 0;
}
