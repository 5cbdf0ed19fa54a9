namespace ImmutableAudit.Access;

/// <summary>
/// Who may take a role. AWS describes such policies in
/// <see href="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html"/>.
/// </summary>
public sealed record TrustPlan
{
    /// <summary>Accounts (12 digits) and ARNs of users and roles. An account lets in whom it itself allows to take the role.</summary>
    public required IReadOnlyList<string> Principals { get; init; }

    /// <summary>What must be said when taking the role; null for nothing. Ask for it from an auditor in another company.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Whether the role is given only to those who signed in with a second factor.</summary>
    public bool RequireMfa { get; init; }

    /// <summary>The trust policy.</summary>
    /// <param name="partition">The partition, for accounts that are given by number.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>, <c>RangeInvalid</c> or <c>PolicyInvalid</c>.</exception>
    public string ToDocument(string partition = "aws")
    {
        ArgumentNullException.ThrowIfNull(Principals);
        if (Principals.Count == 0)
            throw new AuditException(AuditErrors.RangeInvalid, "A role that nobody may take is of no use. Name at least one account, user or role.");
        RoleChecks.ExternalId(ExternalId);
        var principals = Principals.Select(one => RoleChecks.Principal(one, partition)).Distinct(StringComparer.Ordinal).ToList();
        var conditions = new List<Condition>();
        if (ExternalId is not null)
            conditions.Add(new("StringEquals", "sts:ExternalId", ExternalId));
        // Requests with long-term access keys don't have the key at all. BoolIfExists would hold there, and let in
        // exactly those who never showed a second factor.
        if (RequireMfa)
            conditions.Add(new("Bool", "aws:MultiFactorAuthPresent", "true"));
        return PolicyOutput.Document(json =>
        {
            json.WriteStartObject();
            json.WriteString("Version", Policies.PolicyDocument.VersionWithVariables);
            json.WriteStartArray("Statement");
            json.WriteStartObject();
            json.WriteString("Effect", "Allow");
            json.WriteStartObject("Principal");
            PolicyOutput.Texts(json, "AWS", principals);
            json.WriteEndObject();
            json.WriteString("Action", "sts:AssumeRole");
            PolicyOutput.Conditions(json, conditions);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
