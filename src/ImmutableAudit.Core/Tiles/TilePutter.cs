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

    /// <summary>How many were put over a wrong one, or in its place.</summary>
    public long Replaced { get; private set; }

    /// <summary>The first failure; null while there is none.</summary>
    public AuditException? Trouble { get; private set; }

    /// <summary>Whether nothing more is tried: there is no permission, or it failed too often.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Begins to put a tile where there is none, once there is room.</summary>
    public ValueTask PutAsync(BuiltTile tile, CancellationToken cancellationToken) =>
        BeginAsync(() => PutOneAsync(tile), cancellationToken);

    /// <summary>Begins to put a tile over a wrong one.</summary>
    /// <param name="tile">The right one.</param>
    /// <param name="wrong">The newest entry of its key; null where that was removed.</param>
    /// <param name="cancellationToken">Cancels waiting for room.</param>
    public ValueTask ReplaceAsync(BuiltTile tile, StoredVersion? wrong, CancellationToken cancellationToken) =>
        BeginAsync(() => ReplaceOneAsync(tile, wrong), cancellationToken);

    private async ValueTask BeginAsync(Func<Task> put, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (HasEnded)
            _room.Release();
        else
            _ = Task.Run(() => TryAsync(put), CancellationToken.None);
    }

    /// <summary>Waits for all that are under way.</summary>
    public async ValueTask FinishAsync()
    {
        for (var i = 0; i < AtOnce; i++)
            await _room.WaitAsync().ConfigureAwait(false);
        _room.Release(AtOnce);
    }

    public void Dispose() => _room.Dispose();

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

    private async Task PutOneAsync(BuiltTile tile)
    {
        var outcome = await SendAsync(tile, PutCondition.Absent).ConfigureAwait(false);
        lock (_gate)
        {
            if (outcome == PutOutcome.Stored)
                Written++;
            else if (outcome == PutOutcome.ConditionFailed)
                Present++;
        }
    }

    private async Task ReplaceOneAsync(BuiltTile tile, StoredVersion? wrong)
    {
        // Not every server takes the ETag that it lists. Without a condition nothing is lost: it is one more version.
        var outcome = await SendAsync(tile, wrong is { IsDeleteMarker: false } ? PutCondition.Matching(wrong.ETag) : PutCondition.Absent).ConfigureAwait(false);
        if (outcome == PutOutcome.ConditionFailed && store.KeepsVersions)
            outcome = await SendAsync(tile, PutCondition.None).ConfigureAwait(false);
        lock (_gate)
        {
            if (outcome == PutOutcome.Stored)
                Replaced++;
        }
    }

    // Not cancelled: what is under way is bounded, and each is one request.
    private async Task<PutOutcome> SendAsync(BuiltTile tile, PutCondition condition)
    {
        var answer = await store.PutAsync(tile.Id.Key, tile.ToBytes(), condition, null, CancellationToken.None).ConfigureAwait(false);
        if (answer.Outcome == PutOutcome.Unknown)
            throw new AuditException(AuditErrors.StoreFailed, $"'{store.Location}' didn't say whether it stored '{tile.Id.Key}'.", tile.Id.Key);
        return answer.Outcome;
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
