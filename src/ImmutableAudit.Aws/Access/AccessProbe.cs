using Amazon.Runtime;
using Amazon.S3;
using ImmutableAudit.Access;

namespace ImmutableAudit.Aws;

/// <summary>Makes the canary, lets a role try everything on it, looks what changed, and clears away.</summary>
internal static class AccessProbe
{
    public static async Task<ProbeReport> RunAsync(
        ProbePlan plan, AwsConnection owner, AwsConnection role, IIdentityService ownersIdentity, IIdentityService rolesIdentity, CancellationToken cancellationToken)
    {
        var bucket = plan.Log.Bucket!;
        var prefix = plan.Log.KeyPrefix;
        using var owners = owner.S3(ClientUse.Repeatable);
        using var roles = role.S3(ClientUse.Repeatable);
        var canary = await Canary.MakeAsync(owner, owners, bucket, prefix, cancellationToken).ConfigureAwait(false);
        var attempts = new Attempts(role, bucket);
        IReadOnlyList<string> changes = [];
        string? unknown = null, left;
        try
        {
            var before = await BucketInspection.ReadAsync(bucket, owner, cancellationToken).ConfigureAwait(false);
            await new ReadAttempts(roles, canary, prefix, plan.Reading, attempts).RunAsync(cancellationToken).ConfigureAwait(false);
            await new ObjectAttempts(owners, roles, canary, attempts).RunAsync(cancellationToken).ConfigureAwait(false);
            await new BucketAttempts(owners, roles, canary, attempts).RunAsync(cancellationToken).ConfigureAwait(false);
            await new IdentityAttempts(ownersIdentity, rolesIdentity, plan.Role, $"{canary.Arn}nothing", attempts).RunAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var after = await BucketInspection.ReadAsync(bucket, owner, cancellationToken).ConfigureAwait(false);
                changes = [.. await canary.ChangesAsync(cancellationToken).ConfigureAwait(false), .. Differences(before, after)];
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && (AwsErrors.IsOurs(e) || e is AuditException))
            {
                unknown = AwsErrors.Translate(e, new AwsCall(owner, "s3:ListBucketVersions", $"s3://{bucket}/{canary.Folder}", bucket)).Message;
            }
        }
        catch (Exception e) when (AwsErrors.IsOurs(e) && !cancellationToken.IsCancellationRequested)
        {
            throw AwsErrors.Translate(e, new AwsCall(owner, "the attempts", $"s3://{bucket}/{canary.Folder}", bucket));
        }
        finally
        {
            left = await ClearAsync(canary).ConfigureAwait(false);
        }

        return new ProbeReport(attempts.Made, changes, unknown, left);
    }

    private static async Task<string?> ClearAsync(Canary canary)
    {
        try
        {
            return await canary.ClearAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            return $"What the attempts made under s3://{canary.Bucket}/{canary.Folder} couldn't be cleared away.";
        }
    }

    private static IEnumerable<string> Differences(BucketFacts before, BucketFacts after)
    {
        (string Name, bool IsSame)[] parts =
        [
            ("Object Lock", Same(before.ObjectLock, after.ObjectLock)), ("versioning", Same(before.Versioning, after.Versioning)),
            ("the policy", Same(before.Policy, after.Policy)), ("the public access block", Same(before.PublicAccess, after.PublicAccess)),
            ("encryption", Same(before.Encryption, after.Encryption)), ("ownership", Same(before.Ownership, after.Ownership)),
            ("the ACL", SameList(before.PublicGrants, after.PublicGrants)), ("lifecycle rules", SameList(before.Lifecycle, after.Lifecycle)),
            ("replication", SameList(before.Replication, after.Replication)),
        ];
        return parts.Where(part => !part.IsSame).Select(part => $"the bucket's configuration: {part.Name}");
    }

    // Why something isn't known is told in other words each time.
    private static bool Same<T>(Fact<T> one, Fact<T> other)
        where T : class => one.IsKnown == other.IsKnown && Equals(one.Value, other.Value);

    private static bool SameList<T>(Fact<IReadOnlyList<T>> one, Fact<IReadOnlyList<T>> other) =>
        one.IsKnown == other.IsKnown && (one.Value ?? []).SequenceEqual(other.Value ?? []);
}
