using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>Compares a version's lock, as read back, with what the genesis promises.</summary>
internal static class LockCheck
{
    public static async ValueTask<(LockState State, RetentionSeen? Seen)> ReadAsync(
        IObjectStore store, Genesis genesis, StoredVersion version, CancellationToken cancellationToken)
    {
        if (genesis.Retention is null)
            return (LockState.NotPromised, null);
        var seen = await store.ReadRetentionAsync(version, cancellationToken).ConfigureAwait(false);
        return (Compare(genesis, version, seen), seen);
    }

    public static LockState Compare(Genesis genesis, StoredVersion version, RetentionSeen seen)
    {
        if (genesis.Retention is not { } promised)
            return LockState.NotPromised;
        if (seen.Knowledge == RetentionKnowledge.Unknown)
            return LockState.Unknown;
        var modeGood = seen.Mode == RetentionMode.Compliance || seen.Mode == promised.Mode;
        // Both ends are the store's own clock; the tolerance covers whole seconds and a store of several machines.
        var until = version.LastModified.AddDays(promised.Days).AddSeconds(-genesis.ToleranceSeconds);
        return seen.Knowledge == RetentionKnowledge.Locked && modeGood && seen.Until >= until ? LockState.AsPromised : LockState.Less;
    }
}
