using System.Globalization;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Evidence;

/// <summary>How the objects that hold the records are locked, as the store tells the exporter: his word to everybody else.</summary>
internal sealed class ObservedLocks(IObjectStore store, TimeProvider time)
{
    private const int AtOnce = 16;
    private readonly List<(StoredVersion Version, long First, long End)> _objects = [];
    private readonly List<(DateTimeOffset Read, RetentionSeen Seen)> _seen = [];

    public void Add(StoredVersion version, ParsedSegment segment) => _objects.Add((version, segment.First, segment.End));

    /// <summary>A count of each kind, in words.</summary>
    public string Summary => string.Join(", ", _seen.GroupBy(one => Words(one.Seen)).OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}")));

    /// <summary>Why locks or holds couldn't be seen, each reason once.</summary>
    public IEnumerable<string> Unknown => _seen.Where(one => one.Seen.Knowledge == RetentionKnowledge.Unknown).Select(one => one.Seen.Reason ?? "The store gives no reason.").Distinct()
        .Select(reason => $"How some of the objects are locked: {reason}");

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        foreach (var some in _objects.Chunk(AtOnce))
            _seen.AddRange(await Task.WhenAll(some.Select(one => ReadAsync(one.Version, cancellationToken))).ConfigureAwait(false));
    }

    public byte[] ToJson() => EvidenceManifest.Json(json =>
    {
        json.WriteString("note", "What the store told the exporter. Nothing here is proven.");
        json.WriteStartArray("objects");
        for (var i = 0; i < _objects.Count; i++)
        {
            var (version, first, end) = _objects[i];
            var (read, seen) = _seen[i];
            json.WriteStartObject();
            json.WriteString("key", version.Key);
            json.WriteNumber("first", first);
            json.WriteNumber("last", end - 1);
            json.WriteString("versionId", version.VersionId);
            // A file's time is whatever its owner sets.
            WriteTime(json, "lastModified", store.KeepsVersions ? version.LastModified : null);
            json.WriteString("lock", seen.Knowledge.ToString());
            json.WriteString("mode", seen.Mode?.ToString());
            WriteTime(json, "until", seen.Until);
            json.WritePropertyName("legalHold");
            if (seen.LegalHold is { } hold)
                json.WriteBooleanValue(hold);
            else
                json.WriteStringValue("unknown");
            json.WriteString("reason", seen.Reason);
            WriteTime(json, "read", read);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private async Task<(DateTimeOffset Read, RetentionSeen Seen)> ReadAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        RetentionSeen seen;
        try
        {
            seen = await store.ReadRetentionAsync(version, cancellationToken).ConfigureAwait(false);
            if (seen.LegalHold is null && seen.Knowledge != RetentionKnowledge.NotSupported && store is ILockableStore lockable)
            {
                var hold = await lockable.ReadLegalHoldAsync(version, cancellationToken).ConfigureAwait(false);
                seen = seen with { LegalHold = hold.On, Reason = seen.Reason ?? hold.Reason };
            }
        }
        catch (AuditException e)
        {
            seen = new RetentionSeen(RetentionKnowledge.Unknown, Reason: e.Message);
        }

        return (time.GetUtcNow(), seen);
    }

    private static string Words(RetentionSeen seen) => seen.Knowledge switch
    {
        RetentionKnowledge.Locked => $"locked ({seen.Mode})",
        RetentionKnowledge.NotLocked => "not locked",
        RetentionKnowledge.NotSupported => "in a directory, which has no locks",
        _ => "unknown",
    };

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time) =>
        json.WriteString(name, time is { } known ? LogTime.ToText(known.UtcTicks) : null);
}
