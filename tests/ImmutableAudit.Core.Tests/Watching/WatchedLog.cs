using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Watching;

namespace ImmutableAudit.Core.Tests.Watching;

/// <summary>A clock that stands still until a test moves it.</summary>
internal sealed class HandClock : TimeProvider
{
    public TimeSpan Moved { get; set; }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + Moved;
}

/// <summary>A log in a directory with a watcher whose polls a test makes one by one.</summary>
internal sealed class WatchedLog : IAsyncDisposable
{
    private WatchedLog(TestLog log) => Log = log;

    public TestLog Log { get; }

    public LogWatcher Watcher { get; private set; } = null!;

    public HandClock Clock { get; } = new();

    public string Folder => Path.Combine(Log.Directory, "segments");

    /// <summary>A log of so many segments of ten records behind the genesis, watched from its end unless the options say otherwise.</summary>
    public static async Task<WatchedLog> CreateAsync(int segments, WatchOptions? options = null, Func<DirectoryStore, IObjectStore>? wrap = null)
    {
        var watched = new WatchedLog(new TestLog());
        await watched.Log.CreateAsync();
        await watched.Log.WriteAsync(segments * 10, 10);
        await watched.WatchAsync(options, wrap?.Invoke(watched.Log.Store));
        return watched;
    }

    public async Task WatchAsync(WatchOptions? options = null, IObjectStore? store = null)
    {
        Watcher?.Dispose();
        Watcher = await LogWatcher.OpenAsync(store ?? Log.Store, (options ?? new WatchOptions()) with { Time = Clock }, default);
    }

    public async Task<(List<long> Records, List<AuditAlert> Alerts)> PollAsync(bool sweep = true)
    {
        var items = await Watcher.PollAsync(sweep, default);
        return ([.. items.Where(item => item.Record is not null).Select(item => item.Record!.Sequence)], [.. items.Where(item => item.Alert is not null).Select(item => item.Alert!)]);
    }

    /// <summary>The alerts of one poll, of which each must be told once only: a second poll has none.</summary>
    public async Task<List<AuditAlert>> AlertsAsync()
    {
        var (_, alerts) = await PollAsync();
        var (_, again) = await PollAsync();
        Assert.Empty(again.Select(alert => alert.ToString()));
        return alerts;
    }

    /// <summary>The segment's file by its first record.</summary>
    public string File(long first) => Path.Combine(Log.Directory, Chain.SegmentName.Format(first));

    /// <summary>Alters one byte of a segment's file.</summary>
    public void Flip(long first, bool keepTime = false)
    {
        var time = System.IO.File.GetLastWriteTimeUtc(File(first));
        var bytes = System.IO.File.ReadAllBytes(File(first));
        bytes[bytes.Length / 2] ^= 1;
        System.IO.File.WriteAllBytes(File(first), bytes);
        System.IO.File.SetLastWriteTimeUtc(File(first), keepTime ? time : time.AddSeconds(1));
    }

    public async ValueTask DisposeAsync()
    {
        Watcher.Dispose();
        await Log.DisposeAsync();
    }
}
