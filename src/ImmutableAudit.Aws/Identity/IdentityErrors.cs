using Amazon.Runtime;

namespace ImmutableAudit.Aws.Identity;

/// <summary>What the refusals of IAM and STS mean, where they mean something else than those of S3.</summary>
internal static class IdentityErrors
{
    /// <summary>The error's id and message; null where what is said of every refusal is enough.</summary>
    public static (string Id, string Message)? Explain(AmazonServiceException e, AwsCall call, string said)
    {
        var place = call.Connection.Place.Name;
        if (AwsErrorCodes.IsUnknownCall(e))
        {
            return (AuditErrors.IdentityCallUnsupported,
                $"{place} doesn't have {call.Action}: {said}. Do that step with the endpoint's own tools, or leave it out.");
        }

        if (e.ErrorCode is "MalformedPolicyDocument" or "MalformedPolicyDocumentException")
        {
            return (AuditErrors.PolicyInvalid,
                $"{place} doesn't take the policy document for {call.Action} on {call.Target}: {said}. "
                + "It may name an action, a condition or a variable that this endpoint doesn't know.");
        }

        if (AwsErrorCodes.IsNoEntity(e))
            return (AuditErrors.RoleNotFound, $"{place} doesn't have what {call.Action} on {call.Target} needs: {said}. Check the name.");
        if (call.Action == "sts:AssumeRole" && AwsErrorCodes.IsDenied(e))
        {
            return (AuditErrors.AccessDenied,
                $"{place} doesn't let these credentials assume {call.Target}: {said}. Its trust policy must name them (with the external id, "
                + $"if it asks for one). {AwsErrors.Allow(call)}");
        }

        return null;
    }
}
