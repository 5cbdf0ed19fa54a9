using System.Globalization;
using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>What each part of an OCSF event becomes. The whole event is kept in the data besides.</summary>
internal static class OcsfMapping
{
    // Producers may leave the names out, since the numbers say them.
    private static readonly Dictionary<long, string> Classes = new()
    {
        [1001] = "File System Activity", [1007] = "Process Activity", [2004] = "Detection Finding", [3001] = "Account Change", [3002] = "Authentication",
        [3003] = "Authorize Session", [3004] = "Entity Management", [3005] = "User Access Management", [3006] = "Group Management",
        [4001] = "Network Activity", [4002] = "HTTP Activity", [4003] = "DNS Activity", [4006] = "SMB Activity", [4007] = "SSH Activity",
        [6001] = "Web Resources Activity", [6002] = "Application Lifecycle", [6003] = "API Activity", [6005] = "Datastore Activity",
        [6006] = "File Hosting Activity",
    };

    private static readonly Dictionary<long, string[]> Activities = new()
    {
        [3002] = ["Unknown", "Logon", "Logoff", "Authentication Ticket", "Service Ticket Request"],
        [6003] = ["Unknown", "Create", "Read", "Update", "Delete"],
        [6005] = ["Unknown", "Read", "Update", "Connect", "Query", "Write", "Create", "Delete", "List", "Encrypt", "Decrypt"],
    };

    // What an event acts on, where it lists no resources; the first that is there.
    private static readonly (string Member, string Type)[] Objects =
    [
        ("databucket", "Bucket"), ("table", "Table"), ("database", "Database"), ("file", "File"), ("process", "Process"), ("web_resource", "WebResource"),
        ("entity", "Entity"), ("group", "Group"), ("service", "Service"), ("dst_endpoint", "Endpoint"),
    ];

    /// <summary>Makes an event.</summary>
    /// <exception cref="FormatException">Something that every OCSF event has is missing.</exception>
    public static MappedEvent ToEvent(JsonElement root)
    {
        var number = root.Number("class_uid") ?? throw new FormatException("it has no class_uid.");
        var time = root.Number("time") ?? throw new FormatException("it has no time in milliseconds.");
        var metadata = root.Member("metadata");
        var actor = root.Member("actor");
        // Who logs on is the event's user; whoever does something is the actor's.
        var user = actor.Member("user") ?? root.Member("user");
        var (resourceType, resource, resourceName) = Resource(root);
        var made = new AuditEvent
        {
            Time = SourceTime.OfMilliseconds(time, "time"),
            Action = Action(root, number),
            ActorType = user.Text("type") ?? (user is null && actor.Member("process") is not null ? "Process" : null),
            ActorId = user.Text("uid") ?? user.Text("uid_alt") ?? user.Text("name") ?? user.Text("email_addr") ?? actor.Member("process").Text("name") ?? actor.Text("invoked_by"),
            ActorName = user.Text("name"),
            Ip = root.Member("src_endpoint").Text("ip"),
            Session = (actor.Member("session") ?? root.Member("session")).Text("uid"),
            ResourceType = resourceType,
            ResourceId = resource,
            ResourceName = resourceName,
            Outcome = OutcomeOf(root),
            Reason = root.Text("status_detail") ?? root.Text("status_code"),
            Host = root.Member("device").Text("hostname") ?? root.Member("dst_endpoint").Text("hostname"),
            App = metadata.Member("product").Text("name"),
            Data = KeptData.Of(root),
        };
        var product = metadata.Member("product");
        // With the product and the time, since nothing says that two products' ids never meet.
        string[]? id = metadata.Text("uid") is { Length: > 0 } uid
            ? [product.Text("vendor_name") ?? "", product.Text("name") ?? "", uid, time.ToString(CultureInfo.InvariantCulture)] : null;
        return new MappedEvent(made, id);
    }

    private static string Action(JsonElement root, long number)
    {
        var api = root.Member("api");
        if (api.Text("operation") is { Length: > 0 } operation)
        {
            const string suffix = ".amazonaws.com";
            var service = api.Member("service").Text("name");
            return service is null ? operation : $"{(service.EndsWith(suffix, StringComparison.Ordinal) ? service[..^suffix.Length] : service)}:{operation}";
        }

        var activity = root.Number("activity_id") ?? 0;
        var known = Activities.GetValueOrDefault(number);
        var name = root.Text("activity_name") ?? (known is not null && activity >= 0 && activity < known.Length ? known[activity] : null);
        return string.Create(CultureInfo.InvariantCulture,
            $"{root.Text("class_name") ?? Classes.GetValueOrDefault(number) ?? "ocsf"}:{name ?? (Classes.ContainsKey(number) || root.Text("class_name") is not null ? $"{activity}" : $"{number}.{activity}")}");
    }

    private static AuditOutcome? OutcomeOf(JsonElement root)
    {
        // What a control did to it goes before how the attempt is called.
        if (root.Number("action_id") == 2)
            return AuditOutcome.Denied;
        return root.Number("status_id") switch
        {
            null => null,
            1 => AuditOutcome.Success,
            2 => AuditOutcome.Failure,
            _ => AuditOutcome.Unknown,
        };
    }

    private static (string? Type, string? Id, string? Name) Resource(JsonElement root)
    {
        if (root.Member("resources") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 && Named(list[0]) is { } first)
            return (list[0].Text("type"), first, list[0].Text("name"));
        foreach (var (member, type) in Objects)
        {
            if (root.Member(member) is { } found && Named(found) is { } id)
                return (found.Text("type") ?? type, id, found.Text("name"));
        }

        // An account that was changed; of a logon the user is who did it.
        return root.Member("actor").Member("user") is not null && root.Member("user") is { } user && Named(user) is { } account
            ? ("User", account, user.Text("name")) : (null, null, null);
    }

    private static string? Named(JsonElement thing) =>
        thing.Text("uid") ?? thing.Text("path") ?? thing.Text("url_string") ?? thing.Text("name") ?? thing.Text("hostname") ?? thing.Text("ip");
}
