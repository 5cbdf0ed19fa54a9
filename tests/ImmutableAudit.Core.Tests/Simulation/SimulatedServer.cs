using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>How a simulated store treats conditions and versions.</summary>
public enum StoreKind
{
    /// <summary>As AWS and moto: If-None-Match and If-Match are honoured; a delete marker passes for nothing.</summary>
    Honouring,

    /// <summary>As Ceph RGW: If-None-Match is ignored, If-Match always fails.</summary>
    Ignoring,

    /// <summary>As a directory: one file under a name, never replaced; no versions.</summary>
    Directory,
}

/// <summary>One entry of a key's version list, on the server.</summary>
internal sealed record ServerVersion(string Key, long Ordinal, string Id, byte[] Content, DateTimeOffset LastModified, string By)
{
    public string ETag { get; init; } = "";

    public long Size { get; init; } = Content.Length;

    public bool IsMarker { get; init; }

    public bool IsReplica { get; init; }

    public ReadStatus Readable { get; init; } = ReadStatus.Ok;

    public bool ByAttacker => By == SimulatedServer.Attacker;

    public override string ToString() => $"{Id}{(IsMarker ? " (marker)" : "")} of {Key} by {By}";
}

/// <summary>What a store holds and the rules by which it changes: no delays and no faults, those are its clients'.</summary>
internal sealed class SimulatedServer(StoreKind kind, Scheduler scheduler, Random random)
{
    public const string Attacker = "attacker";
    private readonly SortedDictionary<string, List<ServerVersion>> _keys = new(StringComparer.Ordinal);
    private long _ordinal;

    public StoreKind Kind { get; } = kind;

    public bool KeepsVersions => Kind != StoreKind.Directory;

    /// <summary>Told of each key that something is about to be put on, for an attacker who is quicker.</summary>
    public Action<string>? Arriving { get; set; }

    /// <summary>Told of each key that something was put on, for an attacker who watches.</summary>
    public Action<string>? Stored { get; set; }

    public IEnumerable<string> Keys => _keys.Keys;

    /// <summary>A key's versions in the order in which they took effect: the first version first.</summary>
    public IReadOnlyList<ServerVersion> Versions(string key) => _keys.TryGetValue(key, out var versions) ? versions : [];

    public PutAnswer Put(string key, byte[] content, PutCondition condition, string by)
    {
        Arriving?.Invoke(key);
        var newest = Versions(key) is { Count: > 0 } versions ? versions[^1] : null;
        var holds = Kind switch
        {
            StoreKind.Directory => newest is null,
            StoreKind.Ignoring => condition.IfMatch is null,
            _ => condition.IfMatch is { } etag ? newest is { IsMarker: false } && newest.ETag == etag
                : !condition.IfAbsent || newest is null or { IsMarker: true },
        };
        if (!holds)
            return new PutAnswer(PutOutcome.ConditionFailed);
        var version = Add(new ServerVersion(key, 0, "", content, default, by) { ETag = ETagOf(content) });
        Stored?.Invoke(key);
        // Some stores tell the version's id, some don't.
        return new PutAnswer(PutOutcome.Stored, KeepsVersions && random.Next(3) > 0 ? version.Id : null);
    }

    /// <summary>Adds a version as it is given, whatever the conditions.</summary>
    public ServerVersion Add(ServerVersion version)
    {
        var ordinal = ++_ordinal;
        // Whole seconds, and on a store of several machines not in the order of the list.
        var seconds = Math.Floor((scheduler.Now / (double)TimeSpan.TicksPerSecond) + random.NextDouble() - 0.5);
        var added = version with
        {
            Ordinal = ordinal,
            Id = version.Id.Length > 0 ? version.Id : "v" + ordinal,
            LastModified = version.LastModified == default ? Scheduler.Epoch.AddSeconds(seconds) : version.LastModified,
        };
        if (!_keys.TryGetValue(version.Key, out var versions))
            _keys[version.Key] = versions = [];
        versions.Add(added);
        return added;
    }

    public void Remove(ServerVersion version)
    {
        if (!_keys.TryGetValue(version.Key, out var versions))
            return;
        versions.Remove(version);
        if (versions.Count == 0)
            _keys.Remove(version.Key);
    }

    public bool Holds(ServerVersion version) => Versions(version.Key).Contains(version);

    /// <summary>At most so many entries behind a place in the listing: keys ascending, a key's newest version first.</summary>
    public List<ServerVersion> Page(string prefix, string? startAfter, ServerVersion? behind, int most)
    {
        var page = new List<ServerVersion>();
        foreach (var (key, versions) in _keys)
        {
            if (!key.StartsWith(prefix, StringComparison.Ordinal) || string.CompareOrdinal(key, startAfter) <= 0
                || (behind is not null && string.CompareOrdinal(key, behind.Key) < 0))
                continue;
            for (var i = versions.Count - 1; i >= 0; i--)
            {
                if (behind is not null && key == behind.Key && versions[i].Ordinal >= behind.Ordinal)
                    continue;
                if (page.Count == most)
                    return page;
                page.Add(versions[i]);
            }
        }

        return page;
    }

    public StoredVersion Describe(ServerVersion version) => new(
        version.Key, KeepsVersions ? version.Id : null, KeepsVersions && !version.IsMarker ? version.ETag : "", version.Size, version.LastModified, version.IsMarker);

    public ServerVersion? Find(StoredVersion version) =>
        Versions(version.Key).FirstOrDefault(candidate => !candidate.IsMarker && (!KeepsVersions || candidate.Id == version.VersionId));

    public ReadResult Read(StoredVersion version, int maxBytes)
    {
        if (Find(version) is not { } found)
            return new ReadResult(ReadStatus.Gone, default);
        if (found.Readable != ReadStatus.Ok)
            return new ReadResult(found.Readable, default, found.IsReplica, "as the store says");
        return found.Size > maxBytes ? new ReadResult(ReadStatus.TooLarge, default) : new ReadResult(ReadStatus.Ok, found.Content, found.IsReplica);
    }

    public RetentionSeen Retention(StoredVersion version) => KeepsVersions
        ? new RetentionSeen(RetentionKnowledge.Locked, RetentionMode.Compliance, version.LastModified.AddDays(SimulatedLog.RetentionDays))
        : new RetentionSeen(RetentionKnowledge.NotSupported);

    private static string ETagOf(byte[] content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content).AsSpan(0, 16));
}
