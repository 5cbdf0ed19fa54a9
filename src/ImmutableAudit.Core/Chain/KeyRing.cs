using ImmutableAudit.Signing;

namespace ImmutableAudit.Chain;

/// <summary>
/// The keys of a log as they stand after its last record: those of the genesis, changed by key records. Immutable.
/// A key's change takes effect from the segment after the record that says so.
/// </summary>
internal sealed class KeyRing
{
    private readonly Entry[] _entries;

    private KeyRing(Entry[] entries) => _entries = entries;

    public static KeyRing Of(Genesis genesis) =>
        new([.. genesis.Keys.Select(key => new Entry(key.Key, key.Role, 0, long.MaxValue, long.MaxValue, long.MaxValue))]);

    /// <summary>The keys that may sign statements about the log now.</summary>
    public IEnumerable<VerifierKey> Admins => _entries.Where(entry => entry.InForce && entry.Role.HasFlag(KeyRole.Admin)).Select(entry => entry.Key);

    /// <summary>The keys that may seal now.</summary>
    public IEnumerable<VerifierKey> Sealers => _entries.Where(entry => entry.InForce && entry.Role.HasFlag(KeyRole.Seal)).Select(entry => entry.Key);

    /// <summary>The keys of which the log says that others may have used them.</summary>
    public IEnumerable<Entry> Compromised => _entries.Where(entry => entry.CompromisedSince != long.MaxValue);

    /// <summary>The key in force with this ID that may seal; null if there is none.</summary>
    public VerifierKey? FindSealer(uint keyId) => Sealers.FirstOrDefault(key => key.KeyId == keyId);

    /// <summary>Any key that the log ever named with this ID, for saying what is wrong with a seal.</summary>
    public Entry? Find(uint keyId) => _entries.FirstOrDefault(entry => entry.Key.KeyId == keyId);

    /// <summary>The ring after a key record; null where the record can't be: a key added twice, one with another key's ID or another log's name, an unknown one retired.</summary>
    public KeyRing? After(AdminRecord record)
    {
        if (record.Key is not { } key)
            return this;
        // Every key's name is the origin.
        if (key.Name != _entries[0].Key.Name)
            return null;
        var at = Array.FindIndex(_entries, entry => entry.Key.KeyId == key.KeyId);
        if (record.Action == AdminRecord.KeyAdded)
        {
            if (at < 0)
                return new KeyRing([.. _entries, new Entry(key, record.Role, record.Sequence, long.MaxValue, long.MaxValue, long.MaxValue)]);
            // The same key may get its second role; anything else with a known ID is refused.
            var known = _entries[at];
            return known.Key.Equals(key) && known.InForce && !known.Role.HasFlag(record.Role)
                ? With(at, known with { Role = known.Role | record.Role })
                : null;
        }

        if (at < 0 || !_entries[at].Key.Equals(key))
            return null;
        var entry = _entries[at];
        return record.Action == AdminRecord.KeyRetired
            ? entry.InForce ? With(at, entry with { RetiredAt = record.Sequence }) : null
            : With(at, entry with
            {
                RetiredAt = Math.Min(entry.RetiredAt, record.Sequence),
                CompromisedSince = Math.Min(entry.CompromisedSince, record.SinceTicks),
                CompromisedAt = record.Sequence,
            });
    }

    private KeyRing With(int at, Entry entry)
    {
        var entries = (Entry[])_entries.Clone();
        entries[at] = entry;
        return new KeyRing(entries);
    }

    /// <summary>A key's story.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Role">What it may do.</param>
    /// <param name="AddedAt">The record that added it.</param>
    /// <param name="RetiredAt">The record that retired it or told of its compromise; the largest number while in force.</param>
    /// <param name="CompromisedSince">UTC ticks since when it isn't trusted alone; the largest number if never.</param>
    /// <param name="CompromisedAt">The newest record that told of its compromise; the largest number if none did.</param>
    internal sealed record Entry(VerifierKey Key, KeyRole Role, long AddedAt, long RetiredAt, long CompromisedSince, long CompromisedAt)
    {
        public bool InForce => RetiredAt == long.MaxValue;
    }
}
