using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
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
    /// <exception cref="JsonException">It isn't JSON.</exception>
    /// <exception cref="InvalidOperationException">A text isn't valid Unicode.</exception>
    public static AuditEvent ToEvent(ReadOnlyMemory<byte> entry)
    {
        using var document = JsonDocument.Parse(entry);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new FormatException("it isn't an object.");
        var identity = Member(root, "userIdentity");
        var error = Text(root, "errorCode");
        var (resourceType, resource) = Resource(root);
        return new AuditEvent
        {
            Action = Service(Required(root, "eventSource")) + ":" + Required(root, "eventName"),
            Time = Time(Required(root, "eventTime")),
            ActorType = Text(identity, "type"),
            ActorId = Text(identity, "arn") ?? Text(identity, "principalId") ?? Text(identity, "userName")
                ?? Text(identity, "invokedBy") ?? Text(identity, "accountId"),
            ActorName = Text(identity, "userName") ?? Text(Member(Member(identity, "sessionContext"), "sessionIssuer"), "userName"),
            Ip = Text(root, "sourceIPAddress"),
            Session = Text(identity, "accessKeyId"),
            ResourceType = resourceType,
            ResourceId = resource,
            Outcome = Outcome(root, error),
            Reason = error is null ? null : Text(root, "errorMessage") is { } message ? $"{error}: {message}" : error,
            App = Text(root, "userAgent"),
            Data = Keep(root),
        };
    }

    // Some real events can't stand in a record as they are: S3's PutBucketTagging has "Tagging" beside "tagging", and
    // readers differ on what names that are equal but for case mean. Those are kept as text.
    private static EventData Keep(JsonElement root)
    {
        try
        {
            return EventData.From(root);
        }
        catch (AuditException)
        {
            return EventData.From([new("original", Compact(root))]);
        }
    }

    private static string Compact(JsonElement root)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            root.WriteTo(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
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
        return Text(Member(root, "responseElements"), "ConsoleLogin") == "Failure" ? AuditOutcome.Failure : AuditOutcome.Success;
    }

    private static (string? Type, string? Id) Resource(JsonElement root)
    {
        // As people write it, for objects and buckets of S3.
        var parameters = Member(root, "requestParameters");
        if (Text(parameters, "bucketName") is { Length: > 0 } bucket)
            return Text(parameters, "key") is { Length: > 0 } key ? ("Object", $"s3://{bucket}/{key}") : ("Bucket", $"s3://{bucket}");

        if (Member(root, "resources") is { ValueKind: JsonValueKind.Array } resources)
        {
            foreach (var resource in resources.EnumerateArray())
            {
                if (Text(resource, "ARN") is { } arn)
                    return (Text(resource, "type"), arn);
            }
        }

        foreach (var (parameter, type) in ResourceParameters)
        {
            if (Text(parameters, parameter) is { } id)
                return (type, id);
        }

        return (null, null);
    }

    private static string Required(JsonElement root, string name) =>
        Text(root, name) is { Length: > 0 } text ? text : throw new FormatException($"it has no {name}.");

    private static JsonElement? Member(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
