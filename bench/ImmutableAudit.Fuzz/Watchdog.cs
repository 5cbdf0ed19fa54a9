namespace ImmutableAudit.Fuzz;

/// <summary>Ends the program where one input takes too long: a thread that hangs can't be stopped.</summary>
internal static class Watchdog
{
    /// <summary>The exit code of a run that hung.</summary>
    public const int Hung = 3;

    private static readonly Lock Gate = new();
    private static Action? _tell;
    private static long _deadline;

    static Watchdog() => new Thread(Look) { IsBackground = true, Name = "watchdog" }.Start();

    /// <summary>Watches until it is disposed of.</summary>
    public static Watched Watch(TimeSpan patience, Action tell)
    {
        lock (Gate)
            (_tell, _deadline) = (tell, Environment.TickCount64 + (long)patience.TotalMilliseconds);
        return default;
    }

    private static void Look()
    {
        while (true)
        {
            Thread.Sleep(500);
            lock (Gate)
            {
                if (_tell is null || Environment.TickCount64 < _deadline)
                    continue;
                _tell();
                Environment.Exit(Hung);
            }
        }
    }

    /// <summary>What is watched.</summary>
    public readonly struct Watched : IDisposable
    {
        public void Dispose()
        {
            lock (Gate)
                _tell = null;
        }
    }
}
