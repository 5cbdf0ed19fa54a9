using ImmutableAudit.Access;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Access;

/// <summary>A cloud that has one bucket and answers attempts as it is told.</summary>
internal sealed class FakeCloud(BucketFacts facts) : ICloud
{
    /// <summary>What attempts come to.</summary>
    public Func<ProbePlan, ProbeReport> Probe { get; init; } = _ => new ProbeReport([], [], null, null);

    public ValueTask<BucketFacts> ReadBucketAsync(string bucket, CloudConnection connection, CancellationToken cancellationToken) => new(facts);

    public ValueTask<ProbeReport> ProbeAsync(ProbePlan plan, CloudConnection owner, CloudConnection role, CancellationToken cancellationToken) => new(Probe(plan));

    public IObjectStore OpenStore(LogLocation location, CloudConnection connection) => throw new NotSupportedException();

    public ValueTask<ISealKey> OpenKmsKeyAsync(string keyId, CloudConnection connection, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<BucketReport> CreateBucketAsync(BucketPlan plan, CloudConnection connection, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<string?> PutBucketPolicyAsync(string bucket, string? policy, CloudConnection connection, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IIdentityService OpenIdentity(CloudConnection connection) => throw new NotSupportedException();
}
