using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>What this account remembers of one log.</summary>
internal sealed class LogMemory(LogLocation location, string? endpoint)
{
    private readonly KnownLogs _logs = KnownLogs.OfThisAccount();

    public KnownLog? Recall() => _logs.Find(location.ToString(), endpoint);

    /// <summary>Remembers a log that was just made here, whatever was at its place before.</summary>
    public void Replace(string origin, string genesisHash, string? key, string checkpoint) =>
        _logs.Update(location.ToString(), endpoint, _ => New(origin, genesisHash, key).Advance(checkpoint));

    /// <summary>Notes what was seen. Another log at a known place changes nothing: only a verification may judge that.</summary>
    public void Note(string origin, string genesisHash, string? key, string checkpoint) => _logs.Update(location.ToString(), endpoint, known =>
    {
        if (known is not null && (known.Origin != origin || known.GenesisHash != genesisHash))
            return known;
        known ??= New(origin, genesisHash, null);
        return (key is null ? known : known with { Key = key }).Advance(checkpoint);
    });

    private KnownLog New(string origin, string genesisHash, string? key) => new()
    {
        Location = location.ToString(),
        Endpoint = endpoint,
        Origin = origin,
        GenesisHash = genesisHash,
        Key = key,
    };
}
