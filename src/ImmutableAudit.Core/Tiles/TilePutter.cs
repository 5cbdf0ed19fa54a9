using ImmutableAudit.Storage;

namespace ImmutableAudit.Tiles;

/// <summary>
/// Puts tiles beside each other, a bounded number at once, and counts what became of them. A tile that is there already
/// is left as it is. One that can't be put is told and not tried again: anybody may make it later.
/// </summary>
internal sealed class TilePutter(IObjectStore store) : IDisposable
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

    /// <summary>Begins to put a tile, once there is room.</summary>
    public async ValueTask PutAsync(BuiltTile tile, PutCondition condition, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (HasEnded)
            _room.Release();
        else
            _ = Task.Run(() => PutOneAsync(tile, condition), CancellationToken.None);
    }

    /// <summary>Waits for all that are under way.</summary>
    public async ValueTask FinishAsync()
    {
        for (var i = 0; i < AtOnce; i++)
            await _room.WaitAsync().ConfigureAwait(false);
        _room.Release(AtOnce);
    }

    public void Dispose() => _room.Dispose();

    private async Task PutOneAsync(BuiltTile tile, PutCondition condition)
    {
        try
        {
            // Not cancelled: what is under way is bounded, and each is one request.
            var answer = await store.PutAsync(tile.Id.Key, tile.ToBytes(), condition, null, CancellationToken.None).ConfigureAwait(false);
            if (answer.Outcome == PutOutcome.Unknown)
                Fail(new AuditException(AuditErrors.StoreFailed, $"'{store.Location}' didn't say whether it stored '{tile.Id.Key}'.", tile.Id.Key));
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
