using System.Globalization;
using System.Xml.Linq;
using Amazon.Runtime;

namespace ImmutableAudit.Aws.Identity;

/// <summary>An answer of IAM's Query API.</summary>
internal abstract class IamResponse : AmazonWebServiceResponse
{
    /// <summary>Takes what the answer's result element holds.</summary>
    public abstract void Read(XElement result);
}

/// <summary>An answer that says no more than that it was done.</summary>
internal sealed class DoneResponse : IamResponse
{
    public override void Read(XElement result)
    {
    }
}

/// <summary>One page of a list.</summary>
internal abstract class PagedResponse : IamResponse
{
    public bool IsTruncated { get; private set; }

    public string? Marker { get; private set; }

    public override void Read(XElement result)
    {
        IsTruncated = string.Equals(result.Text("IsTruncated"), "true", StringComparison.OrdinalIgnoreCase);
        Marker = result.Text("Marker");
    }
}

internal sealed record Role(
    string RoleName, string Path, string Arn, DateTime? CreateDate, int? MaxSessionDuration, string? AssumeRolePolicyDocument,
    string? PermissionsBoundaryArn)
{
    public static Role From(XElement e) => new(
        e.Needed("RoleName"), e.Text("Path") ?? "/", e.Needed("Arn"), e.Time("CreateDate"),
        int.TryParse(e.Text("MaxSessionDuration"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
        e.Text("AssumeRolePolicyDocument"), e.Child("PermissionsBoundary")?.Text("PermissionsBoundaryArn"));
}

internal sealed record PolicyVersion(string VersionId, bool IsDefaultVersion, DateTime? CreateDate, string? Document)
{
    public static PolicyVersion From(XElement e) => new(
        e.Needed("VersionId"), string.Equals(e.Text("IsDefaultVersion"), "true", StringComparison.OrdinalIgnoreCase),
        e.Time("CreateDate"), e.Text("Document"));
}

internal sealed record Policy(string Arn, string DefaultVersionId)
{
    public static Policy From(XElement e) => new(e.Needed("Arn"), e.Needed("DefaultVersionId"));
}

internal sealed record EvaluationResult(string EvalActionName, string EvalResourceName, string EvalDecision, IReadOnlyList<string> MissingContextValues)
{
    public static EvaluationResult From(XElement e) => new(
        e.Needed("EvalActionName"), e.Text("EvalResourceName") ?? "*", e.Needed("EvalDecision"),
        [.. e.Members("MissingContextValues").Select(m => m.Value)]);
}

internal sealed class GetRoleResponse : IamResponse
{
    public Role Role { get; private set; } = null!;

    // Servers differ in what stands around the role.
    public override void Read(XElement result) => Role = Role.From(result.Deep("Role") ?? result);
}

internal sealed class ListRolesResponse : PagedResponse
{
    public IReadOnlyList<Role> Roles { get; private set; } = [];

    public override void Read(XElement result)
    {
        base.Read(result);
        Roles = [.. result.Members("Roles").Select(Role.From)];
    }
}

internal sealed class GetRolePolicyResponse : IamResponse
{
    public string PolicyDocument { get; private set; } = "";

    public override void Read(XElement result) => PolicyDocument = result.Needed("PolicyDocument");
}

internal sealed class ListRolePoliciesResponse : PagedResponse
{
    public IReadOnlyList<string> PolicyNames { get; private set; } = [];

    public override void Read(XElement result)
    {
        base.Read(result);
        PolicyNames = [.. result.Members("PolicyNames").Select(m => m.Value)];
    }
}

internal sealed class ListAttachedRolePoliciesResponse : PagedResponse
{
    public IReadOnlyList<string> AttachedPolicyArns { get; private set; } = [];

    public override void Read(XElement result)
    {
        base.Read(result);
        AttachedPolicyArns = [.. result.Members("AttachedPolicies").Select(m => m.Needed("PolicyArn"))];
    }
}

/// <summary>The answer to CreatePolicy and to GetPolicy.</summary>
internal sealed class GetPolicyResponse : IamResponse
{
    public Policy Policy { get; private set; } = null!;

    public override void Read(XElement result) => Policy = Policy.From(result.Child("Policy") ?? result);
}

internal sealed class GetPolicyVersionResponse : IamResponse
{
    public PolicyVersion PolicyVersion { get; private set; } = null!;

    public override void Read(XElement result) => PolicyVersion = PolicyVersion.From(result.Child("PolicyVersion") ?? result);
}

internal sealed class ListPolicyVersionsResponse : PagedResponse
{
    public IReadOnlyList<PolicyVersion> Versions { get; private set; } = [];

    public override void Read(XElement result)
    {
        base.Read(result);
        Versions = [.. result.Members("Versions").Select(PolicyVersion.From)];
    }
}

internal sealed class SimulatePrincipalPolicyResponse : PagedResponse
{
    public IReadOnlyList<EvaluationResult> EvaluationResults { get; private set; } = [];

    public override void Read(XElement result)
    {
        base.Read(result);
        EvaluationResults = [.. result.Members("EvaluationResults").Select(EvaluationResult.From)];
    }
}
