using Sent = System.Collections.Generic.IEnumerable<(string Name, string? Value)>;

namespace ImmutableAudit.Aws.Identity;

// The types are called as in AWS's own package, with the same members, as far as they are used here.

/// <summary>A call about one role.</summary>
internal abstract class RoleRequest : IamRequest
{
    public required string RoleName { get; init; }

    protected override Sent Parameters => [("RoleName", RoleName)];
}

internal sealed class CreateRoleRequest : RoleRequest
{
    public required string Path { get; init; }

    public required string AssumeRolePolicyDocument { get; init; }

    public string? Description { get; init; }

    public int? MaxSessionDuration { get; init; }

    public string? PermissionsBoundary { get; init; }

    protected override Sent Parameters =>
    [
        .. base.Parameters, ("Path", Path), ("AssumeRolePolicyDocument", AssumeRolePolicyDocument), ("Description", Description),
        ("MaxSessionDuration", Number(MaxSessionDuration)), ("PermissionsBoundary", PermissionsBoundary),
    ];

    internal static string? Number(int? value) => value?.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

internal sealed class GetRoleRequest : RoleRequest;

internal sealed class DeleteRoleRequest : RoleRequest;

internal sealed class UpdateRoleRequest : RoleRequest
{
    public required int MaxSessionDuration { get; init; }

    protected override Sent Parameters => [.. base.Parameters, ("MaxSessionDuration", CreateRoleRequest.Number(MaxSessionDuration))];
}

internal sealed class UpdateAssumeRolePolicyRequest : RoleRequest
{
    public required string PolicyDocument { get; init; }

    protected override Sent Parameters => [.. base.Parameters, ("PolicyDocument", PolicyDocument)];
}

/// <summary>A call about a policy that stands in a role.</summary>
internal abstract class RolePolicyRequest : RoleRequest
{
    public required string PolicyName { get; init; }

    protected override Sent Parameters => [.. base.Parameters, ("PolicyName", PolicyName)];
}

internal sealed class PutRolePolicyRequest : RolePolicyRequest
{
    public required string PolicyDocument { get; init; }

    protected override Sent Parameters => [.. base.Parameters, ("PolicyDocument", PolicyDocument)];
}

internal sealed class GetRolePolicyRequest : RolePolicyRequest;

internal sealed class DeleteRolePolicyRequest : RolePolicyRequest;

internal sealed class PutRolePermissionsBoundaryRequest : RoleRequest
{
    public required string PermissionsBoundary { get; init; }

    protected override Sent Parameters => [.. base.Parameters, ("PermissionsBoundary", PermissionsBoundary)];
}

/// <summary>A call about a managed policy and a role.</summary>
internal abstract class AttachmentRequest : RoleRequest
{
    public required string PolicyArn { get; init; }

    protected override Sent Parameters => [.. base.Parameters, ("PolicyArn", PolicyArn)];
}

internal sealed class AttachRolePolicyRequest : AttachmentRequest;

internal sealed class DetachRolePolicyRequest : AttachmentRequest;

/// <summary>A list about one role, page by page.</summary>
internal abstract class RoleListRequest : RoleRequest, IPagedRequest
{
    public string? Marker { get; set; }

    protected override Sent Parameters => [.. base.Parameters, ("Marker", Marker)];
}

internal sealed class ListRolePoliciesRequest : RoleListRequest;

internal sealed class ListAttachedRolePoliciesRequest : RoleListRequest;

internal sealed class ListRolesRequest : IamRequest, IPagedRequest
{
    public string? PathPrefix { get; init; }

    public string? Marker { get; set; }

    protected override Sent Parameters => [("PathPrefix", PathPrefix), ("Marker", Marker)];
}

internal sealed class CreatePolicyRequest : IamRequest
{
    public required string PolicyName { get; init; }

    public required string Path { get; init; }

    public required string PolicyDocument { get; init; }

    protected override Sent Parameters => [("PolicyName", PolicyName), ("Path", Path), ("PolicyDocument", PolicyDocument)];
}

/// <summary>A call about one managed policy.</summary>
internal abstract class PolicyRequest : IamRequest
{
    public required string PolicyArn { get; init; }

    protected override Sent Parameters => [("PolicyArn", PolicyArn)];
}

internal sealed class GetPolicyRequest : PolicyRequest;

internal sealed class DeletePolicyRequest : PolicyRequest;

internal sealed class CreatePolicyVersionRequest : PolicyRequest
{
    public required string PolicyDocument { get; init; }

    public bool SetAsDefault { get; init; }

    protected override Sent Parameters => [.. base.Parameters, ("PolicyDocument", PolicyDocument), ("SetAsDefault", SetAsDefault ? "true" : null)];
}

internal sealed class ListPolicyVersionsRequest : PolicyRequest, IPagedRequest
{
    public string? Marker { get; set; }

    protected override Sent Parameters => [.. base.Parameters, ("Marker", Marker)];
}

/// <summary>A call about one version of a managed policy.</summary>
internal abstract class PolicyVersionRequest : PolicyRequest
{
    public required string VersionId { get; init; }

    protected override Sent Parameters => [.. base.Parameters, ("VersionId", VersionId)];
}

internal sealed class GetPolicyVersionRequest : PolicyVersionRequest;

internal sealed class DeletePolicyVersionRequest : PolicyVersionRequest;

internal sealed class SimulatePrincipalPolicyRequest : IamRequest, IPagedRequest
{
    public required string PolicySourceArn { get; init; }

    public required IReadOnlyList<string> ActionNames { get; init; }

    public required IReadOnlyList<string> ResourceArns { get; init; }

    public string? ResourcePolicy { get; init; }

    public string? Marker { get; set; }

    protected override Sent Parameters =>
    [
        ("PolicySourceArn", PolicySourceArn), .. Members("ActionNames", ActionNames), .. Members("ResourceArns", ResourceArns),
        ("ResourcePolicy", ResourcePolicy), ("Marker", Marker),
    ];
}

/// <summary>A call whose answer comes in pages.</summary>
internal interface IPagedRequest
{
    /// <summary>Where the next page begins; null for the first.</summary>
    string? Marker { get; set; }
}
