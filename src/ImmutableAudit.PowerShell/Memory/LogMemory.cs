using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>What this account remembers of one log.</summary>
internal sealed class LogMemory(LogLocation location, string? endpoint)
{
    // Looked for when it is needed: an account without a home can use logs all the same.
    private static KnownLogs Logs => KnownLogs.OfThisAccount();

    public KnownLog? Recall() => Logs.Find(location.ToString(), endpoint);

    /// <summary>Remembers a log that was just made here, whatever was at its place before.</summary>
    public void Replace(string origin, string genesisHash, string? key, string checkpoint) =>
        Logs.Update(location.ToString(), endpoint, _ => New(origin, genesisHash, key).Advance(checkpoint, DateTimeOffset.UtcNow));

    /// <summary>Notes what was seen. Another log at a known place changes nothing: only a verification may judge that.</summary>
    public void Note(string origin, string genesisHash, string? key, string checkpoint) => Logs.Update(location.ToString(), endpoint, known =>
    {
        if (known is not null && (known.Origin != origin || known.GenesisHash != genesisHash))
            return known;
        known ??= New(origin, genesisHash, null);
        return (key is null ? known : known with { Key = key }).Advance(checkpoint, DateTimeOffset.UtcNow);
    });

    /// <summary>Notes that the log was verified and passed up to a checkpoint.</summary>
    public void NoteVerified(string origin, string genesisHash, string checkpoint) => Logs.Update(location.ToString(), endpoint, known =>
        known is not null && (known.Origin != origin || known.GenesisHash != genesisHash) ? known : (known ?? New(origin, genesisHash, null)).Verify(checkpoint, DateTimeOffset.UtcNow));

    /// <summary>What doesn't agree with what is remembered of a log; null if all does.</summary>
    public static string? Contradiction(KnownLog? known, string origin, string genesisHash, long size)
    {
        if (known is null)
            return null;
        if (known.Origin != origin || known.GenesisHash != genesisHash)
            return $"The log at '{known.Location}' isn't the one that this account remembers there ({known.Origin}): it was replaced by another. Run Test-AuditChain.";
        return known.Checkpoint is { } seen && seen.Size > size
            ? $"The log at '{known.Location}' ends after {size:N0} records, and this account has seen {seen.Size:N0}: its newest records were removed, damaged or hidden. Run Test-AuditChain."
            : null;
    }

    private KnownLog New(string origin, string genesisHash, string? key) => new()
    {
        Location = location.ToString(),
        Endpoint = endpoint,
        Origin = origin,
        GenesisHash = genesisHash,
        Key = key,
    };
}
