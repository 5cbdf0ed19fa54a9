using System.Management.Automation;
using ImmutableAudit.Access;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Shows a bucket's policy, and which of its statements protect the logs in it.</summary>
[Cmdlet(VerbsCommon.Get, "AuditBucketPolicy")]
[OutputType(typeof(AuditBucketPolicyInfo))]
public sealed class GetAuditBucketPolicyCommand : ConnectedCommand
{
    /// <summary>The bucket's name, or a log in it: s3://bucket/prefix.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "BucketName", "Log", "Location")]
    [ValidateNotNullOrEmpty]
    public string[] Bucket { get; set; } = [];

    private protected override void Process()
    {
        foreach (var bucket in Bucket)
        {
            var location = Locate(bucket.Contains("://", StringComparison.Ordinal) ? bucket : "s3://" + bucket);
            if (!location.IsS3)
                throw new AuditException(AuditErrors.LocationInvalid, $"'{bucket}' isn't a bucket or a log in one.", bucket);
            try
            {
                var cloud = Cloud.Get();
                var connection = Connection;
                var facts = Wait(token => cloud.ReadBucketAsync(location.Bucket!, connection, token).AsTask());
                if (facts.Policy.Unknown is { } why)
                    throw new AuditException(AuditErrors.AccessDenied, $"The policy of '{location.Bucket}' can't be read: {why}", location.Bucket);
                WriteObject(new AuditBucketPolicyInfo(facts));
            }
            catch (AuditException e) when (e.ErrorId is AuditErrors.BucketNotFound or AuditErrors.AccessDenied)
            {
                ReportItem(e, bucket);
            }
        }
    }
}
