using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>
/// The block of public access. Only ever adds to what is blocked. On S3-compatible servers two of its four parts are
/// left out: Ceph takes every plain PutObject for one with a public ACL and refuses it under BlockPublicAcls, and
/// every policy with an Allow for a public one under BlockPublicPolicy (tried with Ceph 16.2).
/// </summary>
internal sealed class PublicAccessSetting(AmazonS3Client client, string bucket, bool isAws) : BucketSetting(client, bucket)
{
    private const string LeftOut =
        "BlockPublicAcls and BlockPublicPolicy are left to you: under them some S3-compatible servers (Ceph) refuse every PutObject "
        + "and every policy with an Allow.";

    private const string Harmful =
        "BlockPublicAcls is on, and is kept: if this server is Ceph it refuses every PutObject, so take it off (DeletePublicAccessBlock).";

    private PublicAccessBlockConfiguration _seen = new();

    public override string Name => "PublicAccessBlock";

    public override string ReadAction => "s3:GetBucketPublicAccessBlock";

    public override string WriteAction => "s3:PutBucketPublicAccessBlock";

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Client.GetPublicAccessBlockAsync(
                new GetPublicAccessBlockRequest { BucketName = Bucket }, cancellationToken).ConfigureAwait(false);
            _seen = answer.PublicAccessBlockConfiguration
                ?? throw new AmazonS3Exception("The answer has no PublicAccessBlockConfiguration.") { StatusCode = answer.HttpStatusCode };
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchPublicAccessBlockConfiguration")
        {
            _seen = new();
        }

        var isDone = _seen.IgnorePublicAcls == true && _seen.RestrictPublicBuckets == true
            && (!isAws || (_seen.BlockPublicAcls == true && _seen.BlockPublicPolicy == true));
        var detail = isAws ? null : _seen.BlockPublicAcls == true ? Harmful : LeftOut;
        return new Look(isDone ? Standing.AsAsked : Standing.Lacking, Words(), detail);
    }

    public override Task ChangeAsync(CancellationToken cancellationToken) => Client.PutPublicAccessBlockAsync(
        new PutPublicAccessBlockRequest
        {
            BucketName = Bucket,
            PublicAccessBlockConfiguration = new PublicAccessBlockConfiguration
            {
                IgnorePublicAcls = true,
                RestrictPublicBuckets = true,
                BlockPublicAcls = isAws || _seen.BlockPublicAcls == true,
                BlockPublicPolicy = isAws || _seen.BlockPublicPolicy == true,
            },
        },
        cancellationToken);

    private string Words()
    {
        (string Name, bool? IsOn)[] parts =
        [
            (nameof(_seen.BlockPublicAcls), _seen.BlockPublicAcls), (nameof(_seen.IgnorePublicAcls), _seen.IgnorePublicAcls),
            (nameof(_seen.BlockPublicPolicy), _seen.BlockPublicPolicy), (nameof(_seen.RestrictPublicBuckets), _seen.RestrictPublicBuckets),
        ];
        var on = parts.Where(part => part.IsOn == true).Select(part => part.Name).ToList();
        return on.Count == 0 ? "none" : string.Join(", ", on);
    }
}
