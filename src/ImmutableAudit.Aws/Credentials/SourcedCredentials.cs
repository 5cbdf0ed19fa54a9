using Amazon.Runtime;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>Credentials that the caller's own source gives at each use, so that what he renews is renewed here.</summary>
internal sealed class SourcedCredentials(Func<CloudCredentials> source) : AWSCredentials
{
    public override ImmutableCredentials GetCredentials()
    {
        CloudCredentials? given;
        try
        {
            given = source();
        }
        catch (Exception e) when (e is not (AuditException or OutOfMemoryException))
        {
            // Only the kind is told: the source isn't ours, and its message could hold anything.
            throw new AuditException(AuditErrors.CredentialsInvalid,
                $"The caller's source of AWS credentials failed ({e.GetType().Name}). Give -ProfileName or -AccessKey and -SecretKey instead.");
        }

        if (given is null || string.IsNullOrEmpty(given.AccessKey) || string.IsNullOrEmpty(given.SecretKey))
            throw new AuditException(AuditErrors.CredentialsInvalid, "The caller's source of AWS credentials gave none. Sign in again there.");
        return new ImmutableCredentials(given.AccessKey, given.SecretKey, given.SessionToken);
    }
}
