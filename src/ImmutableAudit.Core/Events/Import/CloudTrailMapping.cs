using System.Globalization;
using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// What each part of a CloudTrail event becomes. The whole event is kept in <c>data</c> besides, so nothing is lost by
/// the choices made here: as it is, or where a record can't hold it so, as text in <c>data.original</c>.
/// </summary>
internal static class CloudTrailMapping
{
    // What errorCode says of a request that wasn't allowed, in whatever service's words (EC2 puts "Client." before).
    private static readonly string[] DeniedCodes =
    [
        "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "UnauthorizedOperation", "UnauthorizedAccess",
        "UnauthorizedException", "NotAuthorized", "NotAuthorizedException", "AuthorizationError", "AuthFailure", "Forbidden",
        "ForbiddenException",
    ];

    // Which parameter names what was acted on, where the event has no resources. The first that is there counts.
    private static readonly (string Parameter, string Type)[] ResourceParameters =
    [
        ("functionName", "Function"), ("secretId", "Secret"), ("keyId", "Key"), ("tableName", "Table"), ("roleArn", "Role"),
        ("roleName", "Role"), ("userName", "User"), ("groupName", "Group"), ("policyArn", "Policy"), ("instanceId", "Instance"),
        ("dBInstanceIdentifier", "Database"), ("dBSnapshotIdentifier", "Snapshot"), ("vpcId", "Network"), ("logGroupName", "LogGroup"),
        ("topicArn", "Topic"), ("queueUrl", "Queue"), ("resourceArn", "Resource"), ("resourceId", "Resource"),
    ];

    /// <summary>Makes an event of one entry.</summary>
    /// <exception cref="FormatException">Something that every CloudTrail event has is missing.</exception>
    /// <exception cref="AuditException"><c>EventInvalid</c>: it can't be a record's data.</exception>
    /// <exception cref="InvalidOperationException">A text isn't valid Unicode.</exception>
    public static MappedEvent ToEvent(JsonElement root)
    {
        var identity = root.Member("userIdentity");
        var error = root.Text("errorCode");
        var (resourceType, resource) = Resource(root);
        var made = new AuditEvent
        {
            Action = Service(root.Required("eventSource")) + ":" + root.Required("eventName"),
            Time = Time(root.Required("eventTime")),
            ActorType = identity.Text("type"),
            ActorId = identity.Text("arn") ?? identity.Text("principalId") ?? identity.Text("userName")
                ?? identity.Text("invokedBy") ?? identity.Text("accountId"),
            ActorName = identity.Text("userName") ?? identity.Member("sessionContext").Member("sessionIssuer").Text("userName"),
            Ip = root.Text("sourceIPAddress"),
            Session = identity.Text("accessKeyId"),
            ResourceType = resourceType,
            ResourceId = resource,
            Outcome = Outcome(root, error),
            Reason = error is null ? null : root.Text("errorMessage") is { } message ? $"{error}: {message}" : error,
            App = root.Text("userAgent"),
            Data = KeptData.Of(root),
        };
        return new MappedEvent(made, root.Text("eventID") is { Length: > 0 } id ? [id] : null);
    }

    private static string Service(string source)
    {
        const string suffix = ".amazonaws.com";
        return source.EndsWith(suffix, StringComparison.Ordinal) ? source[..^suffix.Length] : source;
    }

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new FormatException($"its eventTime '{text}' isn't a time.");

    private static AuditOutcome Outcome(JsonElement root, string? error)
    {
        if (error is not null)
        {
            var code = error[(error.LastIndexOf('.') + 1)..];
            return DeniedCodes.Contains(code, StringComparer.OrdinalIgnoreCase) ? AuditOutcome.Denied : AuditOutcome.Failure;
        }

        // A failed sign-in to the console has no errorCode; its answer says so.
        return root.Member("responseElements").Text("ConsoleLogin") == "Failure" ? AuditOutcome.Failure : AuditOutcome.Success;
    }

    private static (string? Type, string? Id) Resource(JsonElement root)
    {
        // As people write it, for objects and buckets of S3.
        var parameters = root.Member("requestParameters");
        if (parameters.Text("bucketName") is { Length: > 0 } bucket)
            return parameters.Text("key") is { Length: > 0 } key ? ("Object", $"s3://{bucket}/{key}") : ("Bucket", $"s3://{bucket}");

        if (root.Member("resources") is { ValueKind: JsonValueKind.Array } resources)
        {
            foreach (var resource in resources.EnumerateArray())
            {
                if (resource.Text("ARN") is { } arn)
                    return (resource.Text("type"), arn);
            }
        }

        foreach (var (parameter, type) in ResourceParameters)
        {
            if (parameters.Text(parameter) is { } id)
                return (type, id);
        }

        return (null, null);
    }
}
