using System.Net;
using System.Text.RegularExpressions;

namespace ImmutableAudit.Access;

/// <summary>Refuses what IAM would refuse, and what would open a role further than anybody meant.</summary>
internal static partial class RoleChecks
{
    private const string NameRule = "1 to 64 letters, digits and _+=,.@-";

    public static string Name(string name) => NamePattern().IsMatch(name)
        ? name
        : throw Wrong(AuditErrors.FormatInvalid, $"'{name}' can't be a role's name, which has {NameRule}.", name);

    public static void Session(int? seconds)
    {
        if (seconds is < 3600 or > 43200)
            throw Wrong(AuditErrors.RangeInvalid, $"A role's longest session is 3,600 to 43,200 seconds, and not {seconds:N0}.", seconds);
    }

    // The value isn't a secret, but it isn't shown either: people put secrets there.
    public static void ExternalId(string? id)
    {
        if (id is null)
            return;
        if (id.Length is < 2 or > 1224)
            throw Wrong(AuditErrors.RangeInvalid, $"An external id has 2 to 1,224 characters, and not {id.Length:N0}.", null);
        if (!ExternalIdPattern().IsMatch(id))
            throw Wrong(AuditErrors.FormatInvalid, "An external id has letters, digits and _+=,.@:/- only.", null);
    }

    /// <summary>A principal as a trust policy names it.</summary>
    public static string Principal(string text, string partition)
    {
        if (text.AsSpan().ContainsAny('*', '?'))
            throw Wrong(AuditErrors.PolicyInvalid, $"'{text}' would let in everybody who matches. Name accounts, users or roles one by one.", text);
        if (text.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".amazonaws.com.cn", StringComparison.OrdinalIgnoreCase))
            throw Wrong(AuditErrors.PolicyInvalid, $"'{text}' is a service, which could then act for others. Name accounts, users or roles.", text);
        // IAM gives the account's ARN back for its number; written so from the start, nothing seems to have changed.
        if (AccountPattern().IsMatch(text))
            return $"arn:{partition}:iam::{text}:root";
        return PrincipalPattern().IsMatch(text)
            ? text
            : throw Wrong(AuditErrors.FormatInvalid, $"'{text}' is neither an account's 12 digits nor the ARN of an account, a user or a role (arn:aws:iam::<account>:role/<name>).", text);
    }

    public static string Range(string text)
    {
        var whole = text.Contains('/', StringComparison.Ordinal) ? text : text + (text.Contains(':', StringComparison.Ordinal) ? "/128" : "/32");
        // Parsing takes "10" for an address, too, and cuts off the bits behind the length: neither was meant so.
        if (!IPNetwork.TryParse(whole, out var network)
            || !(whole.Contains(':', StringComparison.Ordinal) ? IPAddress.Parse(whole[..whole.IndexOf('/', StringComparison.Ordinal)]).Equals(network.BaseAddress) : whole == network.ToString()))
            throw Wrong(AuditErrors.FormatInvalid, $"'{text}' isn't a range of addresses such as 192.0.2.0/24 (no bits set behind the length).", text);
        // It would read like a limit and be none.
        return network.PrefixLength > 0
            ? network.ToString()
            : throw Wrong(AuditErrors.PolicyInvalid, $"'{text}' is every address. Leave the ranges out to let in every address.", text);
    }

    public static void Key(string? arn)
    {
        if (arn is not null && !KeyPattern().IsMatch(arn))
            throw Wrong(AuditErrors.FormatInvalid, $"'{arn}' isn't the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>.", arn);
    }

    public static void Administrator(string? arn)
    {
        if (arn is not null && (!PrincipalPattern().IsMatch(arn) || arn.EndsWith(":root", StringComparison.Ordinal)))
            throw Wrong(AuditErrors.FormatInvalid, $"'{arn}' isn't the ARN of one user or role: arn:aws:iam::<account>:role/<name>.", arn);
    }

    private static AuditException Wrong(string id, string message, object? target) => new(id, message, target);

    [GeneratedRegex(@"\A[A-Za-z0-9_+=,.@-]{1,64}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_+=,.@:/-]+\z")]
    private static partial Regex ExternalIdPattern();

    [GeneratedRegex(@"\A[0-9]{12}\z")]
    private static partial Regex AccountPattern();

    // Some S3-compatible stores have no account in their ARNs.
    [GeneratedRegex(@"\Aarn:aws[a-z-]*:iam::(?:[0-9]{12}:root|(?:[0-9]{12})?:(?:user|role)/(?:[!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,64})\z")]
    private static partial Regex PrincipalPattern();

    // An alias may be pointed at another key, so it doesn't do.
    [GeneratedRegex(@"\Aarn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+\z")]
    private static partial Regex KeyPattern();
}
