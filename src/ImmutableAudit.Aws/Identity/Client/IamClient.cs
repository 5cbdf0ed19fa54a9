using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace ImmutableAudit.Aws.Identity;

/// <summary>
/// IAM's Query API on the SDK's own pipeline, which brings credentials, retries, signatures and logging. AWS's package
/// for it isn't to be had for the version of AWSSDK.Core that this module is bound to.
/// </summary>
internal sealed class IamClient(AWSCredentials credentials, IamConfig config) : AmazonServiceClient(credentials, config), IAmazonIdentityManagementService
{
    public Task CreateRoleAsync(CreateRoleRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task<GetRoleResponse> GetRoleAsync(GetRoleRequest request, CancellationToken cancellationToken) =>
        CallAsync<GetRoleResponse>(request, cancellationToken);

    public Task<ListRolesResponse> ListRolesAsync(ListRolesRequest request, CancellationToken cancellationToken) =>
        CallAsync<ListRolesResponse>(request, cancellationToken);

    public Task DeleteRoleAsync(DeleteRoleRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task UpdateRoleAsync(UpdateRoleRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task UpdateAssumeRolePolicyAsync(UpdateAssumeRolePolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task PutRolePolicyAsync(PutRolePolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task<GetRolePolicyResponse> GetRolePolicyAsync(GetRolePolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<GetRolePolicyResponse>(request, cancellationToken);

    public Task<ListRolePoliciesResponse> ListRolePoliciesAsync(ListRolePoliciesRequest request, CancellationToken cancellationToken) =>
        CallAsync<ListRolePoliciesResponse>(request, cancellationToken);

    public Task DeleteRolePolicyAsync(DeleteRolePolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task<ListAttachedRolePoliciesResponse> ListAttachedRolePoliciesAsync(ListAttachedRolePoliciesRequest request, CancellationToken cancellationToken) =>
        CallAsync<ListAttachedRolePoliciesResponse>(request, cancellationToken);

    public Task AttachRolePolicyAsync(AttachRolePolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task DetachRolePolicyAsync(DetachRolePolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task PutRolePermissionsBoundaryAsync(PutRolePermissionsBoundaryRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task<GetPolicyResponse> CreatePolicyAsync(CreatePolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<GetPolicyResponse>(request, cancellationToken);

    public Task<GetPolicyResponse> GetPolicyAsync(GetPolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<GetPolicyResponse>(request, cancellationToken);

    public Task DeletePolicyAsync(DeletePolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task CreatePolicyVersionAsync(CreatePolicyVersionRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task<GetPolicyVersionResponse> GetPolicyVersionAsync(GetPolicyVersionRequest request, CancellationToken cancellationToken) =>
        CallAsync<GetPolicyVersionResponse>(request, cancellationToken);

    public Task<ListPolicyVersionsResponse> ListPolicyVersionsAsync(ListPolicyVersionsRequest request, CancellationToken cancellationToken) =>
        CallAsync<ListPolicyVersionsResponse>(request, cancellationToken);

    public Task DeletePolicyVersionAsync(DeletePolicyVersionRequest request, CancellationToken cancellationToken) =>
        CallAsync<DoneResponse>(request, cancellationToken);

    public Task<SimulatePrincipalPolicyResponse> SimulatePrincipalPolicyAsync(SimulatePrincipalPolicyRequest request, CancellationToken cancellationToken) =>
        CallAsync<SimulatePrincipalPolicyResponse>(request, cancellationToken);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new IamEndpointResolver());
        pipeline.AddHandlerAfter<Marshaller>(new IamAuthResolver());
        pipeline.AddHandlerAfter<RetryHandler>(new IamAttempts());
    }

    private Task<T> CallAsync<T>(IamRequest request, CancellationToken cancellationToken)
        where T : IamResponse, new()
    {
        var options = new InvokeOptions { RequestMarshaller = IamRequest.Marshaller.Instance, ResponseUnmarshaller = IamUnmarshaller<T>.Instance };
        return InvokeAsync<T>(request, options, cancellationToken);
    }
}
