using ImmutableAudit.Storage;

namespace ImmutableAudit.Tiles;

/// <summary>
/// Puts what is derived from a log, a bounded number of objects at once, and counts what became of them. One that is there
/// already is left as it is. One that can't be put is told and not tried again: it can be made later.
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

    /// <summary>The first failure; null while there is none.</summary>
    public AuditException? Trouble { get; private set; }

    /// <summary>Whether nothing more is tried: there is no permission, or it failed too often.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Begins to put an object, once there is room.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="bytes">Makes its bytes, on another thread.</param>
    /// <param name="condition">What must hold of the key's newest version.</param>
    /// <param name="cancellationToken">Cancels waiting for room.</param>
    public async ValueTask PutAsync(string key, Func<ValueTask<byte[]>> bytes, PutCondition condition, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (HasEnded)
            _room.Release();
        else
            _ = Task.Run(() => PutOneAsync(key, bytes, condition), CancellationToken.None);
    }

    /// <summary>Begins to put a tile, once there is room.</summary>
    public ValueTask PutAsync(BuiltTile tile, PutCondition condition, CancellationToken cancellationToken) =>
        PutAsync(tile.Id.Key, () => ValueTask.FromResult(tile.ToBytes()), condition, cancellationToken);

    /// <summary>Waits for all that are under way.</summary>
    public async ValueTask FinishAsync()
    {
        for (var i = 0; i < AtOnce; i++)
            await _room.WaitAsync().ConfigureAwait(false);
        _room.Release(AtOnce);
    }

    public void Dispose() => _room.Dispose();

    private async Task PutOneAsync(string key, Func<ValueTask<byte[]>> bytes, PutCondition condition)
    {
        try
        {
            // Not cancelled: what is under way is bounded, and each is one request.
            var answer = await store.PutAsync(key, await bytes().ConfigureAwait(false), condition, null, CancellationToken.None).ConfigureAwait(false);
            if (answer.Outcome == PutOutcome.Unknown)
                Fail(new AuditException(AuditErrors.StoreFailed, $"'{store.Location}' didn't say whether it stored '{key}'.", key));
            else
                Count(answer.Outcome == PutOutcome.Stored);
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

    private void Count(bool written)
    {
        lock (_gate)
        {
            if (written)
                Written++;
            else
                Present++;
        }
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
