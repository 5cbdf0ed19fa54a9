namespace ImmutableAudit.Policies;

/// <summary>The kinds of principals that make requests.</summary>
public enum RequesterKind
{
    /// <summary>Nobody: a request without a signature.</summary>
    Anonymous,

    /// <summary>An account's root user.</summary>
    Root,

    /// <summary>An IAM user.</summary>
    User,

    /// <summary>A session of a role. Whoever uses a role is one of its sessions.</summary>
    RoleSession,

    /// <summary>A session that an IAM user made with GetFederationToken.</summary>
    FederatedUser,
}

/// <summary>Who makes a request.</summary>
public sealed record RequestPrincipal
{
    private RequestPrincipal(RequesterKind kind) => Kind = kind;

    /// <summary>The kind.</summary>
    public RequesterKind Kind { get; }

    /// <summary>A request without a signature.</summary>
    public static RequestPrincipal Anonymous { get; } = new(RequesterKind.Anonymous);

    /// <summary>The account; empty where the ARN has none (some S3-compatible stores), null for anonymous.</summary>
    public string? Account { get; private init; }

    /// <summary>The ARN of the user, role or root; for a federated user, of the IAM user behind it. Null for anonymous.</summary>
    public string? Arn { get; private init; }

    /// <summary>The ARN of the session; null where there is none, or where the session's name isn't known.</summary>
    public string? SessionArn { get; private init; }

    /// <summary>The account's canonical id as S3 knows it; null if it isn't known.</summary>
    public string? CanonicalId { get; init; }

    /// <summary>The unique id (<c>AIDA…</c>, <c>AROA…</c>) of the user or role; null if it isn't known.</summary>
    public string? UniqueId { get; init; }

    /// <summary>An IAM user.</summary>
    /// <param name="userArn">Its ARN.</param>
    public static RequestPrincipal User(string userArn)
    {
        var arn = IamArn(userArn, "user/");
        return new RequestPrincipal(RequesterKind.User) { Arn = userArn, Account = arn.Account };
    }

    /// <summary>A session of a role.</summary>
    /// <param name="roleArn">The role's ARN.</param>
    /// <param name="sessionName">The session's name; null for any, since whoever takes the role chooses it.</param>
    public static RequestPrincipal Role(string roleArn, string? sessionName = null)
    {
        var arn = IamArn(roleArn, "role/");
        return new RequestPrincipal(RequesterKind.RoleSession)
        {
            Arn = roleArn,
            Account = arn.Account,
            SessionArn = sessionName is null ? null : $"arn:{arn.Partition}:sts::{arn.Account}:assumed-role/{arn.Name}/{sessionName}",
        };
    }

    /// <summary>A session that an IAM user made with GetFederationToken.</summary>
    /// <param name="userArn">The IAM user's ARN.</param>
    /// <param name="name">The name that the session was given.</param>
    public static RequestPrincipal FederatedUser(string userArn, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var arn = IamArn(userArn, "user/");
        return new RequestPrincipal(RequesterKind.FederatedUser)
        {
            Arn = userArn,
            Account = arn.Account,
            SessionArn = $"arn:{arn.Partition}:sts::{arn.Account}:federated-user/{name}",
        };
    }

    /// <summary>An account's root user.</summary>
    /// <param name="account">The account's id.</param>
    /// <param name="partition">The partition.</param>
    public static RequestPrincipal Root(string account, string partition = "aws")
    {
        ArgumentException.ThrowIfNullOrEmpty(account);
        return new RequestPrincipal(RequesterKind.Root) { Arn = $"arn:{partition}:iam::{account}:root", Account = account };
    }

    /// <summary>The partition of its ARN; <c>aws</c> for anonymous.</summary>
    public string Partition => Arn is null ? "aws" : Arn.Split(':')[1];

    /// <summary>The friendly name: of the user, role or root, without path.</summary>
    public string Name => Arn is null ? "" : Arn[(Math.Max(Arn.LastIndexOf('/'), Arn.LastIndexOf(':')) + 1)..];

    /// <summary>The ARN, or what there is in its place.</summary>
    public override string ToString() => SessionArn ?? Arn ?? "anonymous";

    /// <summary>What the request's keys hold by reason of who makes it. What depends on how it is made isn't here.</summary>
    internal Dictionary<string, KeyValue> DerivedKeys()
    {
        var keys = new Dictionary<string, KeyValue>(StringComparer.OrdinalIgnoreCase);
        void Put(string key, string? value) => keys[key] = value is null
            ? new KeyValue(KeyState.Absent, [])
            : new KeyValue(KeyState.Known, [value]);

        // For a role's session the key holds the role's ARN, not the session's; for a federated user the session's.
        Put("aws:PrincipalArn", Kind == RequesterKind.FederatedUser ? SessionArn : Arn);
        Put("aws:PrincipalAccount", string.IsNullOrEmpty(Account) ? null : Account);
        Put("aws:username", Kind == RequesterKind.User ? Name : null);
        Put("aws:PrincipalType", Kind switch
        {
            RequesterKind.Anonymous => "Anonymous",
            RequesterKind.Root => "Account",
            RequesterKind.User => "User",
            RequesterKind.RoleSession => "AssumedRole",
            _ => "FederatedUser",
        });
        Put("aws:PrincipalServiceName", null);
        Put("aws:PrincipalServiceNamesList", null);
        if (Kind != RequesterKind.Anonymous)
            Put("aws:PrincipalIsAWSService", "false");
        keys["aws:userid"] = Kind switch
        {
            RequesterKind.Root => new KeyValue(KeyState.Known, [Account!]),
            RequesterKind.User when UniqueId is not null => new KeyValue(KeyState.Known, [UniqueId]),
            _ => new KeyValue(KeyState.Unknown, []),
        };
        return keys;
    }

    private static (string Partition, string Account, string Name) IamArn(string text, string type)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(':', 6);
        if (parts.Length != 6 || parts[0] != "arn" || parts[1].Length == 0 || parts[2] != "iam" || parts[3].Length != 0
            || !parts[5].StartsWith(type, StringComparison.Ordinal) || parts[5].EndsWith('/') || text.AsSpan().ContainsAny('*', '?'))
            throw new AuditException(AuditErrors.FormatInvalid, $"'{text}' isn't the ARN of a {type.TrimEnd('/')}: arn:aws:iam::<account>:{type}<name>.", text);
        return (parts[1], parts[4], parts[5][(parts[5].LastIndexOf('/') + 1)..]);
    }
}
