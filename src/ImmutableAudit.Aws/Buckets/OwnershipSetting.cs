using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>Whose the objects are: the bucket's owner's, with ACLs switched off.</summary>
internal sealed class OwnershipSetting(AmazonS3Client client, string bucket) : BucketSetting(client, bucket)
{
    public override string Name => "Ownership";

    public override string ReadAction => "s3:GetBucketOwnershipControls";

    public override string WriteAction => "s3:PutBucketOwnershipControls";

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        string? seen;
        try
        {
            var answer = await Client.GetBucketOwnershipControlsAsync(
                new GetBucketOwnershipControlsRequest { BucketName = Bucket }, cancellationToken).ConfigureAwait(false);
            seen = answer.OwnershipControls?.Rules?.FirstOrDefault()?.ObjectOwnership?.Value;
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "OwnershipControlsNotFoundError")
        {
            return new Look(Standing.Lacking, "none");
        }

        // Ceph 16.2 doesn't know the question, and answers another one with 200: then nothing was seen.
        return new Look(seen == ObjectOwnership.BucketOwnerEnforced.Value ? Standing.AsAsked : Standing.Lacking, string.IsNullOrEmpty(seen) ? null : seen);
    }

    public override Task ChangeAsync(CancellationToken cancellationToken) => Client.PutBucketOwnershipControlsAsync(
        new PutBucketOwnershipControlsRequest
        {
            BucketName = Bucket,
            OwnershipControls = new OwnershipControls { Rules = [new OwnershipControlsRule { ObjectOwnership = ObjectOwnership.BucketOwnerEnforced }] },
        },
        cancellationToken);
}
