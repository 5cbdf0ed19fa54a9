using System.Management.Automation;
using System.Management.Automation.Host;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>
/// What every cmdlet of the module shares: it can be stopped at any time, waits for asynchronous work on the pipeline
/// thread without blocking Ctrl+C, and turns the core's errors into PowerShell's in one place.
/// </summary>
public abstract class AuditCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private int _disposed;

    /// <summary>Cancelled when the pipeline is stopped.</summary>
    internal CancellationToken StopToken => _stop.Token;

    /// <summary>Whether somebody pressed Ctrl+C.</summary>
    internal bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Whether -WhatIf is in force: then what would be done is still worked out.</summary>
    private protected bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given)
        ? given is SwitchParameter { IsPresent: true }
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => Guard(Begin);

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Guard(Process);

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guard(End);

    /// <inheritdoc/>
    protected sealed override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Stopped while it was ending by itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        Release();
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected virtual void Begin()
    {
    }

    private protected virtual void Process()
    {
    }

    private protected virtual void End()
    {
    }

    /// <summary>Lets go of what the cmdlet holds. Runs after Ctrl+C too, where the end does not.</summary>
    private protected virtual void Release()
    {
    }

    /// <summary>Waits for work that may be abandoned: reading, and what was not begun.</summary>
    internal T Wait<T>(Func<CancellationToken, Task<T>> work)
    {
        try
        {
            return Task.Run(() => work(StopToken), StopToken).WaitAsync(StopToken).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Waits for work that must be settled: it is told to stop, and waited for until it has.</summary>
    internal T Settle<T>(Func<CancellationToken, Task<T>> work)
    {
        try
        {
            return Task.Run(() => work(StopToken), CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Waits for work, and does something on the pipeline thread now and then, such as showing progress.</summary>
    internal T Wait<T>(Func<CancellationToken, Task<T>> work, Action meanwhile)
    {
        var task = Task.Run(() => work(StopToken), StopToken);
        while (!Wait(_ => IsDoneWithin(task, TimeSpan.FromMilliseconds(300))))
            meanwhile();
        return Wait(_ => task);
    }

    /// <summary>Reports an error of one item; the pipeline goes on.</summary>
    private protected void ReportItem(AuditException error, object? target) => WriteError(ErrorRecords.From(error, target));

    /// <summary>Says something once the pipeline's own streams are closed; a host may have no screen.</summary>
    private protected void TellHost(string words)
    {
        try
        {
            Host?.UI?.WriteWarningLine(words);
        }
        catch (Exception e) when (e is HostException or NotImplementedException or InvalidOperationException)
        {
            Console.Error.WriteLine("WARNING: " + words);
        }
    }

    private static async Task<bool> IsDoneWithin(Task task, TimeSpan patience) =>
        await Task.WhenAny(task, Task.Delay(patience)).ConfigureAwait(false) == task;

    /// <summary>Whether an exception comes of a script that the caller gave: it isn't ours to translate.</summary>
    private protected virtual bool IsCallers(Exception exception) => false;

    private void Guard(Action step)
    {
        try
        {
            step();
        }
        catch (AggregateException e) when (e.InnerExceptions.Count == 1 && ErrorRecords.IsExpected(e.InnerException!) && !IsCallers(e))
        {
            ThrowTerminatingError(ErrorRecords.From(e.InnerException!));
        }
        catch (Exception e) when (ErrorRecords.IsExpected(e) && !IsCallers(e))
        {
            ThrowTerminatingError(ErrorRecords.From(e));
        }
    }
}
