using ImmutableAudit.Access;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Storage;

/// <summary>
/// What a cloud does for a log. Core knows only this; the AWS assembly implements it and is loaded into a load
/// context of its own, so that other modules' copies of the AWS SDK and ours never meet.
/// </summary>
public interface ICloud
{
    /// <summary>Opens the store at an s3:// location. Makes no request yet.</summary>
    /// <param name="location">A location in a bucket.</param>
    /// <param name="connection">How to connect.</param>
    /// <exception cref="AuditException"><c>CredentialsInvalid</c> where the named profile doesn't exist.</exception>
    IObjectStore OpenStore(LogLocation location, CloudConnection connection);

    /// <summary>Opens a signing key held by AWS KMS and reads its public key.</summary>
    /// <param name="keyId">A key's ARN, id, or alias.</param>
    /// <param name="connection">How to connect.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="AuditException"><c>KeyNotFound</c>, <c>KeyInvalid</c> where it isn't ECC_NIST_P256 for signing.</exception>
    ValueTask<ISealKey> OpenKmsKeyAsync(string keyId, CloudConnection connection, CancellationToken cancellationToken);

    /// <summary>Creates or completes a bucket for audit logs. See <see cref="BucketPlan"/>.</summary>
    /// <param name="plan">What the bucket should be.</param>
    /// <param name="connection">How to connect.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>Each step, with the state read back from the endpoint.</returns>
    ValueTask<BucketReport> CreateBucketAsync(BucketPlan plan, CloudConnection connection, CancellationToken cancellationToken);

    /// <summary>Reads a bucket's configuration. What can't be read is unknown, with the reason.</summary>
    /// <param name="bucket">The bucket's name.</param>
    /// <param name="connection">How to connect.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AuditException"><c>BucketNotFound</c>, <c>CredentialsInvalid</c>, <c>StoreUnreachable</c>.</exception>
    ValueTask<BucketFacts> ReadBucketAsync(string bucket, CloudConnection connection, CancellationToken cancellationToken);

    /// <summary>Replaces a bucket's policy and reads it back.</summary>
    /// <param name="bucket">The bucket's name.</param>
    /// <param name="policy">The policy, JSON; null takes it off.</param>
    /// <param name="connection">How to connect.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The policy as read back; null for none.</returns>
    /// <exception cref="AuditException"><c>AccessDenied</c>, <c>PolicyInvalid</c>, and what else keeps it from being put.</exception>
    ValueTask<string?> PutBucketPolicyAsync(string bucket, string? policy, CloudConnection connection, CancellationToken cancellationToken);

    /// <summary>
    /// Tries with a role's own credentials to change a log and what protects it, in ways that do no harm should they
    /// succeed, against an object made for it; then reads, and looks whether anything changed.
    /// </summary>
    /// <param name="plan">What to try.</param>
    /// <param name="owner">The connection of who may make the object and see what changed.</param>
    /// <param name="role">The connection with the role's credentials.</param>
    /// <param name="cancellationToken">Stops between attempts; what was made is cleared away first.</param>
    ValueTask<ProbeReport> ProbeAsync(ProbePlan plan, CloudConnection owner, CloudConnection role, CancellationToken cancellationToken);

    /// <summary>Opens the service that holds roles and policies. Makes no request yet.</summary>
    /// <param name="connection">How to connect.</param>
    /// <exception cref="AuditException"><c>CredentialsInvalid</c> where the named profile doesn't exist.</exception>
    IIdentityService OpenIdentity(CloudConnection connection);
}
