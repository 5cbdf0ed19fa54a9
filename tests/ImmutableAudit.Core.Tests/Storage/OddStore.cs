using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests;

/// <summary>A directory whose reads can be made to fail, once or always.</summary>
internal sealed class OddStore(DirectoryStore inner) : IObjectStore
{
    /// <summary>What a read answers instead of the content; null for the content.</summary>
    public Func<string, ReadResult?> Reading { get; set; } = _ => null;

    /// <summary>Told of each key before it is put; may throw.</summary>
    public Action<string> Putting { get; set; } = _ => { };

    public string Location => inner.Location;

    public bool KeepsVersions => inner.KeepsVersions;

    public TimeSpan? ClockOffset => inner.ClockOffset;

    public static ReadResult Unreadable { get; } = new(ReadStatus.Unreadable, default, false, "Permission denied.");

    public ValueTask<PutAnswer> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        Putting(key);
        return inner.PutAsync(key, content, condition, lockUntil, cancellationToken);
    }

    public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, startAfter, pageSize, cancellationToken);

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListDescendingAsync(prefix, startAfter, cancellationToken);

    public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken) =>
        Reading(version.Key) is { } odd ? ValueTask.FromResult(odd) : inner.ReadAsync(version, maxBytes, cancellationToken);

    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) =>
        inner.ReadRetentionAsync(version, cancellationToken);

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) =>
        inner.ReadDefaultRetentionAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
