using System.Collections.Frozen;

namespace ImmutableAudit.Policies;

/// <summary>Actions by which somebody who may do little comes to do more, or undoes what protects a log.</summary>
internal static class Escalations
{
    private const string OwnPolicies = "writes the policies that an identity is judged by";
    private const string Widened = "gives an identity more policies or groups";
    private const string Unlimited = "takes a limit off an identity";
    private const string Becomes = "acts as another identity";
    private const string Credentials = "makes credentials of another identity";
    private const string Trust = "decides who may take a role";
    private const string BucketRules = "changes who may do what to the bucket or its objects";
    private const string Protection = "weakens or removes the lock, or what rests on it";
    private const string KeyLoss = "makes encrypted records unreadable";
    private const string KeyRules = "changes who may use the key";

    private static readonly FrozenDictionary<string, string> _reasons = new (string Reason, string[] Actions)[]
    {
        (OwnPolicies, ["iam:PutRolePolicy", "iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"]),
        (Widened, ["iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:AddUserToGroup"]),
        (Unlimited, [
            "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary",
            "iam:PutUserPermissionsBoundary", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:DeleteUserPolicy",
            "iam:DetachUserPolicy", "iam:DeleteGroupPolicy", "iam:DetachGroupPolicy", "iam:DeletePolicyVersion", "iam:RemoveUserFromGroup",
        ]),
        (Becomes, [
            "iam:PassRole", "iam:AddRoleToInstanceProfile", "sts:AssumeRole", "sts:AssumeRoleWithSAML",
            "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot", "sts:GetFederationToken", "sts:SetContext",
        ]),
        (Credentials, [
            "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile",
            "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential", "iam:UploadSigningCertificate",
            "iam:UploadSSHPublicKey", "iam:DeactivateMFADevice", "iam:ResyncMFADevice", "s3:GetDataAccess",
        ]),
        (Trust, [
            "iam:UpdateAssumeRolePolicy", "iam:CreateRole", "iam:CreateUser", "iam:CreatePolicy", "iam:CreateSAMLProvider",
            "iam:UpdateSAMLProvider", "iam:CreateOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint",
            "iam:AddClientIDToOpenIDConnectProvider", "iam:TagRole", "iam:TagUser", "sts:TagSession",
        ]),
        (BucketRules, [
            "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl",
            "s3:PutBucketOwnershipControls", "s3:PutBucketPublicAccessBlock", "s3:PutAccountPublicAccessBlock",
            "s3:CreateAccessPoint", "s3:PutAccessPointPolicy", "s3:CreateAccessPointForObjectLambda",
            "s3:PutAccessPointPolicyForObjectLambda", "s3:PutMultiRegionAccessPointPolicy", "s3:CreateMultiRegionAccessPoint",
            "s3:CreateAccessGrant", "s3:CreateAccessGrantsInstance", "s3:CreateAccessGrantsLocation",
            "s3:PutAccessGrantsInstanceResourcePolicy", "s3:PutBucketCORS", "s3:ObjectOwnerOverrideToBucketOwner",
        ]),
        (Protection, [
            "s3:BypassGovernanceRetention", "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:PutBucketObjectLockConfiguration",
            "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration", "s3:DeleteObjectVersion",
            "s3:DeleteObject", "s3:DeleteBucket", "s3:CreateJob", "s3:PutEncryptionConfiguration",
        ]),
        (KeyLoss, [
            "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial", "kms:DeleteCustomKeyStore",
            "kms:DisconnectCustomKeyStore", "kms:UpdateAlias", "kms:DeleteAlias",
        ]),
        (KeyRules, ["kms:PutKeyPolicy", "kms:CreateGrant", "kms:RevokeGrant", "kms:RetireGrant", "kms:ReplicateKey", "kms:UpdatePrimaryRegion"]),
    }.SelectMany(group => group.Actions.Select(action => (action, group.Reason)))
        .ToFrozenDictionary(pair => pair.action, pair => pair.Reason, StringComparer.OrdinalIgnoreCase);

    /// <summary>Every action of the list.</summary>
    public static IEnumerable<string> Actions => _reasons.Keys;

    /// <summary>Why the action leads to more than itself; null if it doesn't.</summary>
    public static string? Why(string action) => _reasons.GetValueOrDefault(action);
}
