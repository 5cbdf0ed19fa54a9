namespace ImmutableAudit.Watching;

/// <summary>
/// Wakes a watcher early when something gets a name in a directory. Only that: what there is, polling finds out, so it
/// doesn't matter what the operating system forgets to tell.
/// </summary>
internal sealed class FolderSignal : IDisposable
{
    private readonly FileSystemWatcher? _watcher;
    private readonly SemaphoreSlim _signal = new(0, 1);

    public FolderSignal(string? folder)
    {
        if (folder is null || !Directory.Exists(folder))
            return;
        try
        {
            _watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName };
            _watcher.Created += (_, _) => Wake();
            _watcher.Renamed += (_, _) => Wake();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException or UnauthorizedAccessException)
        {
            // No more watches to be had here, or none on this file system: then only the interval wakes.
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    /// <summary>Waits until something is told, but no longer than that.</summary>
    /// <returns>Whether something was told.</returns>
    public Task<bool> WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        return _watcher is null ? DelayAsync() : _signal.WaitAsync(longest, cancellationToken);

        async Task<bool> DelayAsync()
        {
            await Task.Delay(longest, time, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _signal.Dispose();
    }

    private void Wake()
    {
        try
        {
            if (_signal.CurrentCount == 0)
                _signal.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Woken already, or for the last time.
        }
    }
}
