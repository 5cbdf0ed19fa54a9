using System.Text.Json;

namespace ImmutableAudit.Policies;

/// <summary>Reads one statement of a policy.</summary>
internal sealed class StatementReader(PolicyUse use, bool variables, PolicyErrors errors)
{
    public PolicyStatement Read(JsonElement json, int index)
    {
        var where = $"statement {index}";
        if (json.ValueKind != JsonValueKind.Object)
            throw errors.At(where, "it isn't an object");
        string? sid = null;
        if (json.TryGetProperty("Sid", out var given))
        {
            if (given.ValueKind != JsonValueKind.String)
                throw errors.At(where, "Sid isn't a string");
            sid = given.GetString()!;
            where += $" (Sid '{sid}')";
        }

        PolicyEffect? effect = null;
        var actions = (List: (IReadOnlyList<string>?)null, Not: false);
        var resources = (List: (IReadOnlyList<PolicyText>?)null, Not: false);
        PolicyPrincipals? principals = null;
        IReadOnlyList<PolicyCondition> conditions = [];
        foreach (var member in json.EnumerateObject())
        {
            switch (member.Name)
            {
                case "Sid":
                    break;
                case "Effect":
                    effect = ReadEffect(member.Value, where);
                    break;
                case "Action" or "NotAction":
                    if (actions.List is not null)
                        throw errors.At(where, "it has both Action and NotAction");
                    actions = (ReadActions(member, where), member.Name == "NotAction");
                    break;
                case "Resource" or "NotResource":
                    if (resources.List is not null)
                        throw errors.At(where, "it has both Resource and NotResource");
                    resources = (ReadResources(member, where), member.Name == "NotResource");
                    break;
                case "Principal" or "NotPrincipal":
                    if (use == PolicyUse.Identity)
                        throw errors.At(where, $"{member.Name} has no place in a policy that is attached to an identity");
                    if (principals is not null)
                        throw errors.At(where, "it has both Principal and NotPrincipal");
                    principals = ReadPrincipals(member, where);
                    break;
                case "Condition":
                    conditions = new ConditionReader(variables, errors).Read(member.Value, where);
                    break;
                default:
                    throw errors.At(where, $"'{member.Name}' isn't an element of a statement (names are case-sensitive)");
            }
        }

        if (use == PolicyUse.Trust && resources.List is not null)
            throw errors.At(where, "a trust policy has no Resource: the role itself is meant");
        if (use != PolicyUse.Trust && resources.List is null)
            throw errors.At(where, "it has neither Resource nor NotResource");
        if (use != PolicyUse.Identity && principals is null)
            throw errors.At(where, "it has neither Principal nor NotPrincipal");
        return new PolicyStatement
        {
            Index = index,
            Sid = sid,
            Effect = effect ?? throw errors.At(where, "it has no Effect"),
            Actions = actions.List ?? throw errors.At(where, "it has neither Action nor NotAction"),
            IsNotAction = actions.Not,
            ActionPatterns = [.. actions.List.Select(Wildcards.Compile)],
            Resources = resources.List ?? [PolicyText.Parse("*", wildcards: true, variables: false)],
            IsNotResource = resources.Not,
            Principals = principals,
            Conditions = conditions,
        };
    }

    private PolicyEffect ReadEffect(JsonElement value, string where) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is var text && text is "Allow" or "Deny"
            ? text == "Allow" ? PolicyEffect.Allow : PolicyEffect.Deny
            : throw errors.At(where, $"Effect is {value.GetRawText()}; it is \"Allow\" or \"Deny\", in this case");

    private List<string> ReadActions(JsonProperty member, string where)
    {
        var list = PolicyJson.Texts(member.Value, member.Name, where, errors);
        foreach (var action in list)
        {
            var colon = action.IndexOf(':', StringComparison.Ordinal);
            var wellFormed = action == "*" || (colon > 0 && colon < action.Length - 1
                && action.AsSpan(0, colon).IndexOfAnyExcept(PolicyJson.ServiceCharacters) < 0
                && action.AsSpan(colon + 1).IndexOfAnyExcept(PolicyJson.ActionCharacters) < 0);
            if (!wellFormed)
                throw errors.At(where, $"'{action}' in {member.Name} isn't an action, which is '*' or a service, a colon and a name");
        }

        return list;
    }

    private List<PolicyText> ReadResources(JsonProperty member, string where)
    {
        var list = PolicyJson.Texts(member.Value, member.Name, where, errors);
        foreach (var resource in list)
        {
            if (resource != "*" && !resource.StartsWith("arn:", StringComparison.Ordinal))
                throw errors.At(where, $"'{resource}' in {member.Name} is neither '*' nor an ARN");
        }

        return [.. list.Select(text => PolicyJson.ReadText(text, wildcards: true, variables, where, errors))];
    }

    private PolicyPrincipals ReadPrincipals(JsonProperty member, string where)
    {
        var not = member.Name == "NotPrincipal";
        if (member.Value.ValueKind == JsonValueKind.String)
        {
            return member.Value.GetString() == "*"
                ? new PolicyPrincipals(not, [new PrincipalEntry(PrincipalKind.Aws, "*")])
                : throw errors.At(where, $"{member.Name} is a string other than \"*\"");
        }

        if (member.Value.ValueKind != JsonValueKind.Object)
            throw errors.At(where, $"{member.Name} is neither \"*\" nor an object");
        var entries = new List<PrincipalEntry>();
        foreach (var type in member.Value.EnumerateObject())
        {
            var kind = type.Name switch
            {
                "AWS" => PrincipalKind.Aws,
                "Service" => PrincipalKind.Service,
                "Federated" => PrincipalKind.Federated,
                "CanonicalUser" => PrincipalKind.CanonicalUser,
                _ => throw errors.At(where, $"'{type.Name}' in {member.Name} isn't AWS, Service, Federated or CanonicalUser"),
            };
            entries.AddRange(PolicyJson.Texts(type.Value, member.Name, where, errors).Select(text => new PrincipalEntry(kind, text)));
        }

        return entries.Count > 0 ? new PolicyPrincipals(not, entries) : throw errors.At(where, $"{member.Name} names nobody");
    }
}
