namespace ImmutableAudit.Aws.Identity;

/// <summary>
/// The part of IAM's API that is used here, shaped as in AWS's own package AWSSDK.IdentityManagement. Where that package
/// can be had, one class that hands these calls on to it takes the place of <see cref="IamClient"/>.
/// </summary>
internal interface IAmazonIdentityManagementService : IDisposable
{
    Task CreateRoleAsync(CreateRoleRequest request, CancellationToken cancellationToken);

    Task<GetRoleResponse> GetRoleAsync(GetRoleRequest request, CancellationToken cancellationToken);

    Task<ListRolesResponse> ListRolesAsync(ListRolesRequest request, CancellationToken cancellationToken);

    Task DeleteRoleAsync(DeleteRoleRequest request, CancellationToken cancellationToken);

    Task UpdateRoleAsync(UpdateRoleRequest request, CancellationToken cancellationToken);

    Task UpdateAssumeRolePolicyAsync(UpdateAssumeRolePolicyRequest request, CancellationToken cancellationToken);

    Task PutRolePolicyAsync(PutRolePolicyRequest request, CancellationToken cancellationToken);

    Task<GetRolePolicyResponse> GetRolePolicyAsync(GetRolePolicyRequest request, CancellationToken cancellationToken);

    Task<ListRolePoliciesResponse> ListRolePoliciesAsync(ListRolePoliciesRequest request, CancellationToken cancellationToken);

    Task DeleteRolePolicyAsync(DeleteRolePolicyRequest request, CancellationToken cancellationToken);

    Task<ListAttachedRolePoliciesResponse> ListAttachedRolePoliciesAsync(
        ListAttachedRolePoliciesRequest request, CancellationToken cancellationToken);

    Task AttachRolePolicyAsync(AttachRolePolicyRequest request, CancellationToken cancellationToken);

    Task DetachRolePolicyAsync(DetachRolePolicyRequest request, CancellationToken cancellationToken);

    Task PutRolePermissionsBoundaryAsync(PutRolePermissionsBoundaryRequest request, CancellationToken cancellationToken);

    Task<GetPolicyResponse> CreatePolicyAsync(CreatePolicyRequest request, CancellationToken cancellationToken);

    Task<GetPolicyResponse> GetPolicyAsync(GetPolicyRequest request, CancellationToken cancellationToken);

    Task DeletePolicyAsync(DeletePolicyRequest request, CancellationToken cancellationToken);

    Task CreatePolicyVersionAsync(CreatePolicyVersionRequest request, CancellationToken cancellationToken);

    Task<GetPolicyVersionResponse> GetPolicyVersionAsync(GetPolicyVersionRequest request, CancellationToken cancellationToken);

    Task<ListPolicyVersionsResponse> ListPolicyVersionsAsync(ListPolicyVersionsRequest request, CancellationToken cancellationToken);

    Task DeletePolicyVersionAsync(DeletePolicyVersionRequest request, CancellationToken cancellationToken);

    Task<SimulatePrincipalPolicyResponse> SimulatePrincipalPolicyAsync(
        SimulatePrincipalPolicyRequest request, CancellationToken cancellationToken);
}
