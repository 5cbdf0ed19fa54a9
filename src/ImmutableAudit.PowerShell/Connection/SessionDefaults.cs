using System.Management.Automation;
using System.Reflection;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// The session's defaults that AWS's own modules set: <c>$StoredAWSCredentials</c> and <c>$StoredAWSRegion</c>. Their
/// types come of another copy of the AWS SDK, so nothing is cast: members are found by their names.
/// </summary>
internal static class SessionDefaults
{
    private const BindingFlags AnyInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    public static string? Region(SessionState session) => Unwrap(session.PSVariable.GetValue("StoredAWSRegion")) switch
    {
        null => null,
        string text => string.IsNullOrWhiteSpace(text) ? null : text,
        var region => Member(region, "SystemName") as string,
    };

    /// <summary>Asks for the credentials at each use, since the session's own may be renewed by then; null where there are none.</summary>
    public static Func<CloudCredentials>? Credentials(SessionState session) =>
        Unwrap(session.PSVariable.GetValue("StoredAWSCredentials")) is { } stored ? () => Read(stored) : null;

    private static CloudCredentials Read(object stored)
    {
        try
        {
            var holder = stored;
            // AWS's module keeps the credentials inside an object of its own.
            for (var depth = 0; depth < 3 && holder is not null; depth++)
            {
                var values = holder.GetType().GetMethod("GetCredentials", Type.EmptyTypes)?.Invoke(holder, null) ?? holder;
                if (Member(values, "AccessKey") is string accessKey && Member(values, "SecretKey") is string secretKey)
                    return new CloudCredentials(accessKey, secretKey, Member(values, "Token") as string is { Length: > 0 } token ? token : null);
                holder = Member(holder, "Credentials");
            }
        }
        catch (TargetInvocationException e)
        {
            throw new AuditException(AuditErrors.CredentialsInvalid, $"$StoredAWSCredentials gave no credentials: {e.InnerException?.Message}", null, e.InnerException);
        }

        throw new AuditException(AuditErrors.CredentialsInvalid, $"$StoredAWSCredentials holds a {stored.GetType().Name}, which has no access key. Set it with Set-AWSCredential, or give -ProfileName or -Credential.");
    }

    // A note property first: scripts may bring an object of their own.
    private static object? Member(object holder, string name) => Unwrap(
        PSObject.AsPSObject(holder).Properties[name]?.Value ?? holder.GetType().GetProperty(name, AnyInstance)?.GetValue(holder));

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}
