using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.SecurityToken.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>The first step: the bucket is there and ours, or is made, with Object Lock from its first moment.</summary>
internal sealed class BucketPresence(AwsConnection connection, AmazonS3Client client, BucketPlan plan)
{
    private const string Step = "Bucket";

    private enum Ownership
    {
        Ours,
        Others,
        Unseen,
    }

    /// <summary>Whether this run made it.</summary>
    public bool WasMade { get; private set; }

    /// <summary>Its region, if it could be read.</summary>
    public string? Region { get; private set; }

    public async Task<BucketStep> EnsureAsync(CancellationToken cancellationToken)
    {
        var head = await HeadAsync(null, cancellationToken).ConfigureAwait(false);
        if (head == HttpStatusCode.NotFound)
        {
            return plan.DryRun
                ? Report(BucketStepOutcome.WouldDo, "not there", null)
                : await MakeAsync(cancellationToken).ConfigureAwait(false);
        }

        switch (await OwnershipAsync(cancellationToken).ConfigureAwait(false))
        {
            case Ownership.Ours:
                return await FoundAsync(cancellationToken).ConfigureAwait(false);
            case Ownership.Others:
                throw NotOwned();
            default:
                // Making it tells whose it is where looking doesn't: the name is either ours, somebody's, or free.
                if (head == HttpStatusCode.Forbidden && !plan.DryRun)
                    return await MakeAsync(cancellationToken).ConfigureAwait(false);
                return Report(BucketStepOutcome.NotPermitted, head == HttpStatusCode.OK ? "there; whose it is couldn't be seen" : null,
                    AwsErrors.Allow(Call("s3:ListAllMyBuckets")));
        }
    }

    private async Task<BucketStep> MakeAsync(CancellationToken cancellationToken)
    {
        var call = Call("s3:CreateBucket");
        try
        {
            var request = new PutBucketRequest
            {
                BucketName = plan.Name,
                ObjectLockEnabledForBucket = true,
                // S3-compatible servers know few regions by name, often none: name one only if somebody asked for it.
                UseClientRegion = connection.Place.IsAws || connection.Place.RegionGiven,
            };
            await client.PutBucketAsync(request, cancellationToken).ConfigureAwait(false);
            WasMade = true;
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "BucketAlreadyExists")
        {
            throw NotOwned(e);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "BucketAlreadyOwnedByYou")
        {
            return await FoundAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e) && AwsErrorCodes.IsDenied(e))
        {
            return Report(BucketStepOutcome.NotPermitted, null, $"{AwsErrors.Words(e, call)}. {AwsErrors.Allow(call)}");
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e) && !AwsErrorCodes.IsServers(e))
        {
            return Report(BucketStepOutcome.RefusedByEndpoint, null, AwsErrors.Words(e, call));
        }

        if (await HeadAsync(null, cancellationToken).ConfigureAwait(false) != HttpStatusCode.OK)
            return Report(BucketStepOutcome.NotSeen, null, "The endpoint took the order to make it, and doesn't show it. Run this again.");
        await ReadRegionAsync(cancellationToken).ConfigureAwait(false);
        return Report(BucketStepOutcome.Done, Words(), null);
    }

    private async Task<BucketStep> FoundAsync(CancellationToken cancellationToken)
    {
        await ReadRegionAsync(cancellationToken).ConfigureAwait(false);
        return Report(BucketStepOutcome.AlreadySo, Words(), null);
    }

    private async Task<Ownership> OwnershipAsync(CancellationToken cancellationToken)
    {
        try
        {
            var request = new ListBucketsRequest { Prefix = plan.Name };
            do
            {
                var answer = await client.ListBucketsAsync(request, cancellationToken).ConfigureAwait(false);
                if (answer.Buckets?.Any(bucket => bucket.BucketName == plan.Name) == true)
                    return Ownership.Ours;
                request.ContinuationToken = answer.ContinuationToken;
            }
            while (!string.IsNullOrEmpty(request.ContinuationToken));

            return Ownership.Others;
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e) && AwsErrorCodes.IsDenied(e))
        {
            return connection.Place.IsAws ? await OwnerByAccountAsync(cancellationToken).ConfigureAwait(false) : Ownership.Unseen;
        }
    }

    // Everybody may ask AWS who he is, and for a bucket of that account only.
    private async Task<Ownership> OwnerByAccountAsync(CancellationToken cancellationToken)
    {
        using var sts = connection.Sts();
        var me = await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), cancellationToken).ConfigureAwait(false);
        if (await HeadAsync(null, cancellationToken).ConfigureAwait(false) != HttpStatusCode.OK)
            return Ownership.Unseen;
        return await HeadAsync(me.Account, cancellationToken).ConfigureAwait(false) == HttpStatusCode.OK ? Ownership.Ours : Ownership.Others;
    }

    // The answer to HEAD has no body: 200, 403 and 404 are all it tells, and in a header the region.
    private async Task<HttpStatusCode> HeadAsync(string? owner, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.HeadBucketAsync(
                new HeadBucketRequest { BucketName = plan.Name, ExpectedBucketOwner = owner }, cancellationToken).ConfigureAwait(false);
            if (!string.IsNullOrEmpty(answer.BucketRegion))
                Region = answer.BucketRegion;
            if (connection.Place.IsAws && Region is not null && Region != connection.Place.Region)
                throw Elsewhere(Region); // the SDK follows a HEAD to another region; what comes next wouldn't
            return HttpStatusCode.OK;
        }
        catch (AmazonServiceException e) when (e.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return e.StatusCode;
        }
    }

    private async Task ReadRegionAsync(CancellationToken cancellationToken)
    {
        if (Region is not null)
            return;
        try
        {
            var answer = await client.GetBucketLocationAsync(
                new GetBucketLocationRequest { BucketName = plan.Name }, cancellationToken).ConfigureAwait(false);
            // Empty is S3's old way to say us-east-1, and EU its old way to say eu-west-1.
            Region = answer.Location?.Value switch
            {
                null or "" => connection.Place.IsAws ? "us-east-1" : null,
                "EU" => "eu-west-1",
                var name => name,
            };
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e))
        {
            Region = null; // the report says null for "couldn't be read"
        }
    }

    private string Words() => Region is null ? "there, ours" : $"there, ours, in {Region}";

    private static BucketStep Report(BucketStepOutcome outcome, string? seen, string? detail) => new(Step, outcome, seen, detail, Essential: true);

    private AwsCall Call(string action) => new(connection, action, "s3://" + plan.Name, plan.Name);

    private AuditException Elsewhere(string region) => new(AuditErrors.RegionMismatch,
        $"The bucket '{plan.Name}' is in '{region}', not in '{connection.Place.Region}': give -Region {region}.", plan.Name);

    private AuditException NotOwned(Exception? inner = null) => new(AuditErrors.BucketNotOwned,
        $"The bucket '{plan.Name}' belongs to somebody else. Choose another name: bucket names are shared by everybody at {connection.Place.Name}.",
        plan.Name, inner);
}
