using ImmutableAudit.Storage;

namespace ImmutableAudit.Tiles;

/// <summary>
/// Puts what is derived from a log beside it, a bounded number at once, and counts what became of it. An object that is
/// there already is left as it is. One that can't be put is told and not tried again: anybody may make it later.
/// </summary>
internal sealed class DerivedPutter(IObjectStore store) : IDisposable
{
    private const int AtOnce = 8;
    private const int MostFailures = 8;
    private readonly SemaphoreSlim _room = new(AtOnce);
    private readonly Lock _gate = new();
    private int _failures;

    /// <summary>How many were put.</summary>
    public long Written { get; private set; }

    /// <summary>How many were there already.</summary>
    public long Present { get; private set; }

    /// <summary>How many were put over a wrong one, or in its place.</summary>
    public long Replaced { get; private set; }

    /// <summary>The first failure; null while there is none.</summary>
    public AuditException? Trouble { get; private set; }

    /// <summary>Whether nothing more is tried: there is no permission, or it failed too often.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Begins to put an object where there is none, once there is room.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="bytes">Makes its bytes, on another thread.</param>
    /// <param name="cancellationToken">Cancels waiting for room.</param>
    public ValueTask PutAsync(string key, Func<ValueTask<byte[]>> bytes, CancellationToken cancellationToken) =>
        BeginAsync(() => PutOneAsync(key, bytes), cancellationToken);

    /// <summary>Begins to put a tile where there is none, once there is room.</summary>
    public ValueTask PutAsync(BuiltTile tile, CancellationToken cancellationToken) =>
        PutAsync(tile.Id.Key, () => ValueTask.FromResult(tile.ToBytes()), cancellationToken);

    /// <summary>Begins to put an object over a wrong one.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="bytes">Makes its bytes, on another thread.</param>
    /// <param name="wrong">The newest entry of the key; null where that was removed.</param>
    /// <param name="cancellationToken">Cancels waiting for room.</param>
    public ValueTask ReplaceAsync(string key, Func<ValueTask<byte[]>> bytes, StoredVersion? wrong, CancellationToken cancellationToken) =>
        BeginAsync(() => ReplaceOneAsync(key, bytes, wrong), cancellationToken);

    /// <summary>Waits for all that are under way.</summary>
    public async ValueTask FinishAsync()
    {
        for (var i = 0; i < AtOnce; i++)
            await _room.WaitAsync().ConfigureAwait(false);
        _room.Release(AtOnce);
    }

    public void Dispose() => _room.Dispose();

    private async ValueTask BeginAsync(Func<Task> put, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (HasEnded)
            _room.Release();
        else
            _ = Task.Run(() => TryAsync(put), CancellationToken.None);
    }

    private async Task TryAsync(Func<Task> put)
    {
        try
        {
            await put().ConfigureAwait(false);
        }
        catch (AuditException e)
        {
            Fail(e);
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task PutOneAsync(string key, Func<ValueTask<byte[]>> bytes)
    {
        var outcome = await SendAsync(key, await bytes().ConfigureAwait(false), PutCondition.Absent).ConfigureAwait(false);
        lock (_gate)
        {
            if (outcome == PutOutcome.Stored)
                Written++;
            else
                Present++;
        }
    }

    private async Task ReplaceOneAsync(string key, Func<ValueTask<byte[]>> bytes, StoredVersion? wrong)
    {
        var content = await bytes().ConfigureAwait(false);
        // Not every server takes the ETag that it lists. Without a condition nothing is lost: it is one more version.
        var outcome = await SendAsync(key, content, wrong is { IsDeleteMarker: false } ? PutCondition.Matching(wrong.ETag) : PutCondition.Absent).ConfigureAwait(false);
        if (outcome == PutOutcome.ConditionFailed && store.KeepsVersions)
            outcome = await SendAsync(key, content, PutCondition.None).ConfigureAwait(false);
        lock (_gate)
        {
            if (outcome == PutOutcome.Stored)
                Replaced++;
        }
    }

    // Not cancelled: what is under way is bounded, and each is one request.
    private async Task<PutOutcome> SendAsync(string key, byte[] content, PutCondition condition)
    {
        var answer = await store.PutDerivedAsync(key, content, condition, CancellationToken.None).ConfigureAwait(false);
        return answer.Outcome != PutOutcome.Unknown
            ? answer.Outcome
            : throw new AuditException(AuditErrors.StoreFailed, $"'{store.Location}' didn't say whether it stored '{key}'.", key);
    }

    private void Fail(AuditException e)
    {
        lock (_gate)
        {
            Trouble ??= e;
            HasEnded |= e.ErrorId == AuditErrors.AccessDenied || ++_failures >= MostFailures;
        }
    }
}
