using System.Runtime.CompilerServices;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>The simulated store as somebody sees it to whom nothing happens: no delays, no faults. For verifying, and for preparing logs.</summary>
internal sealed class ServerView(SimulatedServer server, string by = "view") : IObjectStore
{
    public string Location => "s3://simulated/log";

    public bool KeepsVersions => server.KeepsVersions;

    public TimeSpan? ClockOffset => TimeSpan.Zero;

    public ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken) =>
        ValueTask.FromResult(server.Put(key, content.ToArray(), condition, by));

    public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken) =>
        Each(server.Page(prefix, startAfter, null, int.MaxValue), cancellationToken);

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        Each(server.Page(prefix, startAfter, null, int.MaxValue).GroupBy(version => version.Key).Reverse().SelectMany(key => key), cancellationToken);

    public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken) =>
        ValueTask.FromResult(server.Read(version, maxBytes));

    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) =>
        ValueTask.FromResult(server.Retention(version));

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new DefaultRetention(RetentionKnowledge.Locked, RetentionMode.Compliance, SimulatedLog.RetentionDays));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async IAsyncEnumerable<StoredVersion> Each(IEnumerable<ServerVersion> versions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var version in versions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return server.Describe(version);
        }
    }
}
