using Amazon.S3;

namespace ImmutableAudit.Aws;

/// <summary>What reading a setting shows, measured by what was asked.</summary>
internal enum Standing
{
    /// <summary>It is as asked.</summary>
    AsAsked,

    /// <summary>It is stronger than asked, and stays.</summary>
    Stronger,

    /// <summary>It isn't there, or is weaker.</summary>
    Lacking,
}

/// <summary>A setting as the endpoint shows it.</summary>
/// <param name="Standing">How it compares.</param>
/// <param name="Seen">The state in words; null where the answer didn't tell one.</param>
/// <param name="Detail">What else is to be said.</param>
internal sealed record Look(Standing Standing, string? Seen, string? Detail = null);

/// <summary>One setting of a bucket: how to read it, what would be right, and how to change it.</summary>
/// <param name="client">A client.</param>
/// <param name="bucket">The bucket.</param>
internal abstract class BucketSetting(AmazonS3Client client, string bucket)
{
    /// <summary>The step's name in the report.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a log's promises stand on it.</summary>
    public virtual bool IsEssential => false;

    /// <summary>The IAM action that reads it.</summary>
    public abstract string ReadAction { get; }

    /// <summary>The IAM action that changes it.</summary>
    public abstract string WriteAction { get; }

    protected AmazonS3Client Client { get; } = client;

    protected string Bucket { get; } = bucket;

    /// <summary>Reads it from the endpoint.</summary>
    public abstract Task<Look> LookAsync(CancellationToken cancellationToken);

    /// <summary>Changes it so far as the last look found it lacking; never to something weaker.</summary>
    public abstract Task ChangeAsync(CancellationToken cancellationToken);
}
