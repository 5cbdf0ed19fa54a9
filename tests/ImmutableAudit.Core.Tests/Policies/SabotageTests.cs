using ImmutableAudit.Policies;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Policies;

/// <summary>
/// A correct read-only role, and what somebody adds to it. Each must be found: the action, and the statement that opens
/// it. Columns: what was done | the added policies | an action that must be found | the document and statement.
/// </summary>
public class SabotageTests
{
    private const string Table = """
        everything in S3 | id2=Allow s3:* * | s3:DeleteObjectVersion | id2 0
        every put | id2=Allow s3:Put* audit-bucket/* | s3:PutObjectRetention | id2 0
        all but IAM | id2=Allow !iam:* * | s3:PutObject | id2 0
        all but reading | id2=Allow !s3:Get* audit-bucket/* | s3:DeleteObject | id2 0
        everything there is | id2=Allow * * | iam:PutRolePolicy | id2 0
        a second policy behind a harmless statement | id2=Allow s3:GetObject audit-bucket/prod/*;Allow s3:DeleteObject audit-bucket/prod/* | s3:DeleteObject | id2 1
        the bucket's policy grants to the role | res=Allow s3:PutObject audit-bucket/* to role | s3:PutObject | res 0
        the bucket's policy grants to a session | res=Allow s3:PutObject audit-bucket/* to session | s3:PutObject | res 0
        the bucket's policy grants to everyone | res=Allow s3:PutObject audit-bucket/* to * | s3:PutObject | res 0
        the bucket's policy grants to all but another user | res=Allow s3:PutObject audit-bucket/* to !other | s3:PutObject | res 0
        the bucket's policy grants to everyone with a condition that always holds | res=Allow s3:DeleteObject audit-bucket/* to * if {"StringLike":{"aws:PrincipalArn":"*"}} | s3:DeleteObject | res 0
        the bucket's policy grants changing the bucket's policy | res=Allow s3:PutBucketPolicy audit-bucket to role | s3:PutBucketPolicy | res 0
        writing its own policy | id2=Allow iam:PutRolePolicy * | iam:PutRolePolicy | id2 0
        attaching a policy to itself | id2=Allow iam:AttachRolePolicy arn:aws:iam::111122223333:role/audit/reader | iam:AttachRolePolicy | id2 0
        a new version of its policy | id2=Allow iam:CreatePolicyVersion arn:aws:iam::111122223333:policy/reader | iam:CreatePolicyVersion | id2 0
        an old version of its policy | id2=Allow iam:SetDefaultPolicyVersion * | iam:SetDefaultPolicyVersion | id2 0
        opening the role to others | id2=Allow iam:UpdateAssumeRolePolicy * | iam:UpdateAssumeRolePolicy | id2 0
        taking off its boundary | id2=Allow iam:DeleteRolePermissionsBoundary * | iam:DeleteRolePermissionsBoundary | id2 0
        handing a role to a service | id2=Allow iam:PassRole * | iam:PassRole | id2 0
        taking another role | id2=Allow sts:AssumeRole arn:aws:iam::*:role/admin | sts:AssumeRole | id2 0
        deleting the key | id2=Allow kms:ScheduleKeyDeletion * | kms:ScheduleKeyDeletion | id2 0
        switching the key off | id2=Allow kms:Disable* * | kms:DisableKey | id2 0
        changing the key's policy | id2=Allow kms:PutKeyPolicy arn:aws:kms:*:111122223333:key/* | kms:PutKeyPolicy | id2 0
        a wildcard within a word | id2=Allow s3:*Object audit-bucket/prod/* | s3:PutObject | id2 0
        a question mark for a letter | id2=Allow s3:?ut* audit-bucket/prod/* | s3:PutObjectLegalHold | id2 0
        odd case | id2=Allow S3:pUtObJeCt audit-bucket/prod/* | s3:PutObject | id2 0
        a wildcard in the service's name | id2=Allow s?:PutObject audit-bucket/prod/* | s3:PutObject | id2 0
        only some of the objects | id2=Allow s3:PutObject audit-bucket/prod/segments/000* | s3:PutObject | id2 0
        only one object, which isn't there yet | id2=Allow s3:PutObject audit-bucket/prod/segments/000000000000000000-999999999999999999.jsonl.gz | s3:PutObject | id2 0
        a condition that always holds | id2=Allow s3:PutObject audit-bucket/* if {"StringLike":{"aws:UserAgent":"*"}} | s3:PutObject | id2 0
        a condition on a key that the caller chooses | id2=Allow s3:PutObject audit-bucket/* if {"StringEquals":{"aws:UserAgent":"please"}} | s3:PutObject | id2 0
        a condition that holds because the key is never there | id2=Allow s3:PutObject audit-bucket/* if {"Null":{"aws:NoSuchKey":"true"}} | s3:PutObject | id2 0
        a negated condition on a key that is never there | id2=Allow s3:PutObject audit-bucket/* if {"StringNotEquals":{"aws:NoSuchKey":"x"}} | s3:PutObject | id2 0
        IfExists on a key that is never there | id2=Allow s3:PutObject audit-bucket/* if {"StringEqualsIfExists":{"aws:NoSuchKey":"x"}} | s3:PutObject | id2 0
        ForAllValues on a key that is never there | id2=Allow s3:PutObject audit-bucket/* if {"ForAllValues:StringEquals":{"aws:TagKeys":["x"]}} | s3:PutObject | id2 0
        another address than the office's | id2=Allow s3:PutObject audit-bucket/* if {"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}} | s3:PutObject | id2 0
        a deny whose case is wrong in the resource | id2=Allow s3:PutObject audit-bucket/*;Deny s3:PutObject audit-bucket/PROD/* | s3:PutObject | id2 0
        a deny of the bucket instead of its objects | id2=Allow s3:PutObject audit-bucket/*;Deny s3:PutObject audit-bucket | s3:PutObject | id2 0
        a deny of another bucket | id2=Allow s3:PutObject *;Deny s3:PutObject audit-bucket-2/* | s3:PutObject | id2 0
        a deny that leaves one object out | id2=Allow s3:PutObject audit-bucket/*;Deny s3:PutObject !audit-bucket/prod/segments/0* | s3:PutObject | id2 0
        a deny that holds only without TLS | id2=Allow s3:PutObject audit-bucket/*;Deny s3:PutObject * if {"Bool":{"aws:SecureTransport":"false"}} | s3:PutObject | id2 0
        a deny of another action | id2=Allow s3:PutObject,s3:PutObjectAcl audit-bucket/*;Deny s3:PutObject * | s3:PutObjectAcl | id2 0
        a deny with a variable that has no value | id2=Allow s3:PutObject audit-bucket/*;Deny s3:PutObject audit-bucket/${aws:username}* | s3:PutObject | id2 0
        a deny in the bucket's policy that leaves the role out | id2=Allow s3:PutObject audit-bucket/*;res=Deny s3:* audit-bucket/* to other | s3:PutObject | id2 0
        all resources but a harmless one | id2=Allow s3:PutObject !harmless/* | s3:PutObject | id2 0
        a prefix that many buckets share | id2=Allow s3:DeleteBucketPolicy audit-* | s3:DeleteBucketPolicy | id2 0
        a resource that is only a wildcard | id2=Allow s3:PutBucketVersioning * | s3:PutBucketVersioning | id2 0
        a wildcard across the slash | id2=Allow s3:PutObject audit*x | s3:PutObject | id2 0
        a variable that becomes the prefix | id2=Allow s3:PutObject audit-bucket/${aws:PrincipalTag/team}/* | s3:PutObject | id2 0
        a variable's default that is the prefix | id2=Allow s3:PutObject audit-bucket/${aws:username~'prod'}/* | s3:PutObject | id2 0
        a boundary that is wider than it looks | id2=Allow * *;bnd=Allow s3:Get*,s3:List*,s3:Put* * | s3:PutObject | id2 0
        a boundary that forgets one way | id2=Allow s3:* *;bnd=Allow * *;Deny s3:Put*,s3:DeleteObject* * | s3:BypassGovernanceRetention | id2 0
        a grant to the session, past the boundary | bnd=Allow s3:GetObject,s3:ListBucket *;res=Allow s3:DeleteObjectVersion audit-bucket/* to session | s3:DeleteObjectVersion | res 0
        a session policy that only the session's name is taken for | ses=Allow s3:GetObject,s3:ListBucket *;res=Allow s3:PutObject audit-bucket/* to session | s3:PutObject | res 0
        getting credentials by what counts as reading | id2=Allow s3:GetDataAccess * | s3:GetDataAccess | id2 0
        a batch job that deletes | id2=Allow s3:CreateJob * | s3:CreateJob | id2 0
        an access point of one's own | id2=Allow s3:CreateAccessPoint,s3:PutAccessPointPolicy arn:aws:s3:eu-west-1:111122223333:accesspoint/mine | s3:PutAccessPointPolicy | id2 0
        the objects through an access point | id2=Allow s3:PutObject arn:aws:s3:*:111122223333:accesspoint/*/object/* | s3:PutObject | id2 0
        shortening the lock for what comes | id2=Allow s3:PutBucketObjectLockConfiguration audit-bucket | s3:PutBucketObjectLockConfiguration | id2 0
        delete markers by rule | id2=Allow s3:PutLifecycleConfiguration audit-bucket | s3:PutLifecycleConfiguration | id2 0
        reading other logs, too | id2=Allow s3:GetObject audit-bucket/* | s3:GetObject | id2 0
        reading every bucket | id2=Allow s3:GetObject,s3:ListBucket * | s3:ListBucket | id2 0
        versions, which a reader needn't see | id2=Allow s3:ListBucketVersions audit-bucket | s3:ListBucketVersions | id2 0
        another service | id2=Allow lambda:* * | lambda:* | id2 0
        every service but those looked at | id2=Allow !s3:*,iam:*,kms:*,sts:* * | every action but s3:*, iam:*, kms:*, … | id2 0
        an action that the list doesn't know | id2=Allow s3:PutEverything * | s3:PutEverything | id2 0
        """;

    public static TheoryData<string, string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string, string>();
        foreach (var line in Table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split('|', StringSplitOptions.TrimEntries);
            Assert.Equal(4, parts.Length);
            data.Add(parts[0], parts[1], parts[2], parts[3]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_sabotage_is_found_with_its_statement(string what, string added, string action, string statement)
    {
        var parts = Parts(added);
        var policies = new AppliedPolicies
        {
            Identity = [Identity(AccessReviewTests.Reader, "reader"), .. parts.TryGetValue("id2", out var second) ? new[] { Identity(second, "id2") } : []],
            Boundary = parts.TryGetValue("bnd", out var boundary) ? Identity(boundary, "bnd") : null,
            Session = parts.TryGetValue("ses", out var session) ? [Identity(session, "ses")] : null,
            Resource = parts.TryGetValue("res", out var bucket) ? Bucket(bucket, "res") : null,
        };
        var report = AccessReview.Run(new AccessReviewInput { Principal = Who("role"), Log = TheLog(), Profile = AccessProfile.Reader, Policies = policies });
        Assert.False(report.StaysWithinProfile, what);
        var found = report.Excess.Where(one => one.Action == action).ToList();
        Assert.True(found.Count > 0, $"{what}: {action} isn't among\n{string.Join('\n', report.Excess)}");
        Assert.All(found, one => Assert.Contains(one.OpenedBy, opening => $"{opening.Document} {opening.Index}" == statement));
    }

    /// <summary>The added policies by the name of each.</summary>
    internal static Dictionary<string, string> Parts(string added)
    {
        var parts = new Dictionary<string, string>();
        foreach (var part in added.Split(';'))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at is > 0 and <= 3)
                parts[part[..at]] = part[(at + 1)..];
            else
                parts[parts.Keys.Last()] += "\n" + part;
        }

        return parts;
    }

    [Fact]
    public void There_are_enough_of_them() => Assert.True(Cases().Count >= 40);
}
