using System.Management.Automation;
using System.Runtime.InteropServices;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Sees the ways in which a console ends that can be seen: exit, the closed terminal, a signal that asks to end. What
/// kills a process outright can't be.
/// </summary>
internal sealed class SessionEnding : IDisposable
{
    private readonly List<IDisposable> _signals = [];
    private readonly Func<string, AuditSessionInfo> _end;

    private SessionEnding(Func<string, AuditSessionInfo> end) => _end = end;

    public static SessionEnding Watch(PSEventManager events, Func<string, AuditSessionInfo> end)
    {
        var ending = new SessionEnding(end);
        events.SubscribeEvent(null, null, PSEngineEvent.Exiting, null, (_, _) => end("exit"), true, false);
        AppDomain.CurrentDomain.ProcessExit += ending.OnExit;
        // The signal goes on to what it did before.
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGHUP, PosixSignal.SIGTERM])
            ending._signals.Add(PosixSignalRegistration.Create(signal, context => end(context.Signal == PosixSignal.SIGHUP ? "the terminal was closed (SIGHUP)" : "asked to end (SIGTERM)")));
        return ending;
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        // Not from within a signal's own handler, which would wait for itself.
        var signals = _signals.ToArray();
        _ = Task.Run(() => Array.ForEach(signals, signal => signal.Dispose()));
    }

    private void OnExit(object? sender, EventArgs e) => _end("the process ended");
}
