using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.S3;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// A denial in the policy of the KMS key that the bucket encrypts with: who deletes or disables the key makes every locked
/// record unreadable. The policy itself stays open to whoever may write it, and has its other statements kept.
/// </summary>
internal sealed class KeyPolicySetting(AmazonS3Client client, AmazonKeyManagementServiceClient kms, BucketPlan plan) : BucketSetting(client, plan.Name)
{
    // Every key has one policy, and that is its name.
    private const string PolicyName = "default";
    private readonly LogLocation _bucket = LogLocation.Parse("s3://" + plan.Name);
    private string _seen = "";

    public override string Name => "KeyPolicy";

    public override string ReadAction => "kms:GetKeyPolicy";

    public override string WriteAction => "kms:PutKeyPolicy";

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        var answer = await kms.GetKeyPolicyAsync(new GetKeyPolicyRequest { KeyId = plan.KmsKeyId, PolicyName = PolicyName }, cancellationToken).ConfigureAwait(false);
        _seen = answer.Policy ?? "";
        return KeyProtection.IsIn(_seen, _bucket)
            ? new Look(Standing.AsAsked, "deleting and disabling the key is denied")
            : new Look(Standing.Lacking, "the key may be deleted and disabled by whoever has the permission");
    }

    public override Task ChangeAsync(CancellationToken cancellationToken) => kms.PutKeyPolicyAsync(
        new PutKeyPolicyRequest { KeyId = plan.KmsKeyId, PolicyName = PolicyName, Policy = KeyProtection.MergeInto(_seen, _bucket) }, cancellationToken);
}
