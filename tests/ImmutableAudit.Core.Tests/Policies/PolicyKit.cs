using System.Text;
using System.Text.Json;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Policies;

/// <summary>
/// Short ways to write policies in tests. A statement is <c>Allow s3:GetObject,s3:ListBucket b/logs/* to user if {…}</c>:
/// effect, actions (a leading ! for NotAction), resources (a leading ! for NotResource; s3's ARN prefix is added), and
/// a ~ stands for a comma within a name; and optionally principals (a leading ! for NotPrincipal) and a condition. Statements stand one a line or behind semicolons.
/// </summary>
internal static class PolicyKit
{
    public const string Account = "111122223333";
    public const string Stranger = "999999999999";
    public const string UserArn = $"arn:aws:iam::{Account}:user/mia";
    public const string RoleArn = $"arn:aws:iam::{Account}:role/audit/reader";
    public const string SessionArn = $"arn:aws:sts::{Account}:assumed-role/reader/s1";

    private static readonly Dictionary<string, string> _principals = new()
    {
        ["*"] = "*",
        ["user"] = UserArn,
        ["other"] = $"arn:aws:iam::{Account}:user/noah",
        ["role"] = RoleArn,
        ["session"] = SessionArn,
        ["othersession"] = $"arn:aws:sts::{Account}:assumed-role/reader/s2",
        ["account"] = $"arn:aws:iam::{Account}:root",
        ["number"] = Account,
        ["federated"] = $"arn:aws:sts::{Account}:federated-user/fed",
        ["stranger"] = $"arn:aws:iam::{Stranger}:user/eve",
        ["strangers"] = $"arn:aws:iam::{Stranger}:root",
    };

    public static RequestPrincipal Who(string name) => name switch
    {
        "user" => RequestPrincipal.User(UserArn),
        "role" => RequestPrincipal.Role(RoleArn),
        "session" => RequestPrincipal.Role(RoleArn, "s1"),
        "root" => RequestPrincipal.Root(Account),
        "federated" => RequestPrincipal.FederatedUser(UserArn, "fed"),
        "stranger" => RequestPrincipal.User($"arn:aws:iam::{Stranger}:user/eve"),
        "strangeroot" => RequestPrincipal.Root(Stranger),
        "anonymous" => RequestPrincipal.Anonymous,
        _ => throw new ArgumentException(name),
    };

    public static PolicyDocument Identity(string statements, string name = "identity", string version = "2012-10-17") =>
        PolicyDocument.Parse(Json(statements, version), PolicyUse.Identity, name);

    public static PolicyDocument Bucket(string statements, string name = "bucket policy") =>
        PolicyDocument.Parse(Json(statements, "2012-10-17"), PolicyUse.Resource, name);

    public static string Json(string statements, string version = "2012-10-17") =>
        $$"""{"Version":"{{version}}","Statement":[{{string.Join(',', statements.Split(['\n', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Statement))}}]}""";

    public static ReviewedLog TheLog(string location = "s3://audit-bucket/prod", string? key = null) =>
        new() { Location = LogLocation.Parse(location), Account = Account, KeyArn = key };

    public static ConditionKeys Keys(string text, ConditionKeys? start = null)
    {
        var keys = start ?? ConditionKeys.Complete;
        foreach (var one in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = one.IndexOf('=', StringComparison.Ordinal);
            keys = at < 0 ? one.EndsWith('?') ? keys.WithUnknown(one[..^1]) : keys.WithAbsent(one)
                : keys.With(one[..at], one[(at + 1)..].Split(','));
        }

        return keys;
    }

    private static string Statement(string text)
    {
        string? condition = null, principals = null;
        if (text.IndexOf(" if ", StringComparison.Ordinal) is > 0 and var at)
            (condition, text) = (text[(at + 4)..], text[..at]);
        if (text.IndexOf(" to ", StringComparison.Ordinal) is > 0 and var to)
            (principals, text) = (text[(to + 4)..], text[..to]);
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var json = new StringBuilder($$"""{"Effect":"{{parts[0]}}",{{Element("Action", parts[1], action => action)}},{{Element("Resource", parts[2], Arn)}}""");
        if (principals is not null)
        {
            var not = principals.StartsWith('!');
            var names = principals.TrimStart('!').Split(',');
            json.Append(names is ["*"]
                ? $",\"{(not ? "Not" : "")}Principal\":\"*\""
                : $",\"{(not ? "Not" : "")}Principal\":{{\"AWS\":{JsonSerializer.Serialize(names.Select(name => _principals.GetValueOrDefault(name, name)))}}}");
        }

        if (condition is not null)
            json.Append(",\"Condition\":").Append(condition);
        return json.Append('}').ToString();
    }

    private static string Element(string name, string list, Func<string, string> map) =>
        $"\"{(list.StartsWith('!') ? "Not" : "")}{name}\":{JsonSerializer.Serialize(list.TrimStart('!').Split(',').Select(one => map(one.Replace('~', ','))))}";

    private static string Arn(string resource) => resource == "*" || resource.StartsWith("arn:", StringComparison.Ordinal) ? resource : "arn:aws:s3:::" + resource;
}
