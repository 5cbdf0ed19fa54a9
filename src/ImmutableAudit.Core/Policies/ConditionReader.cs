using System.Text.Json;

namespace ImmutableAudit.Policies;

/// <summary>Reads a <c>Condition</c> element.</summary>
internal sealed class ConditionReader(bool variables, PolicyErrors errors)
{
    private const string AllValues = "ForAllValues:", AnyValue = "ForAnyValue:", Existing = "IfExists";

    public List<PolicyCondition> Read(JsonElement json, string where)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw errors.At(where, "Condition isn't an object");
        var conditions = new List<PolicyCondition>();
        foreach (var block in json.EnumerateObject())
        {
            var (set, test, ifExists) = ReadOperator(block.Name, where);
            if (block.Value.ValueKind != JsonValueKind.Object)
                throw errors.At(where, $"the condition {block.Name} isn't an object of keys");
            foreach (var key in block.Value.EnumerateObject())
            {
                if (key.Name.Length == 0)
                    throw errors.At(where, $"the condition {block.Name} has a key without a name");
                conditions.Add(new PolicyCondition
                {
                    Operator = block.Name,
                    Key = key.Name,
                    Set = set,
                    IfExists = ifExists,
                    Test = test,
                    Texts = [.. Values(key, where).Select(value => PolicyJson.ReadText(value, test.TakesWildcards, variables && test.TakesVariables, where, errors))],
                });
            }
        }

        return conditions;
    }

    private (ConditionSet Set, ConditionOperator Test, bool IfExists) ReadOperator(string name, string where)
    {
        var rest = name;
        var set = ConditionSet.None;
        if (rest.StartsWith(AllValues, StringComparison.OrdinalIgnoreCase))
            (set, rest) = (ConditionSet.ForAllValues, rest[AllValues.Length..]);
        else if (rest.StartsWith(AnyValue, StringComparison.OrdinalIgnoreCase))
            (set, rest) = (ConditionSet.ForAnyValue, rest[AnyValue.Length..]);
        var ifExists = rest.EndsWith(Existing, StringComparison.OrdinalIgnoreCase);
        if (ifExists)
            rest = rest[..^Existing.Length];
        if (!ConditionOperator.TryFind(rest, out var test))
            throw errors.At(where, $"'{name}' isn't a condition operator");
        if (test.Comparison == Comparison.Null && (ifExists || set != ConditionSet.None))
            throw errors.At(where, $"'{name}': Null takes neither IfExists nor a set qualifier");
        return (set, test, ifExists);
    }

    // AWS takes numbers and booleans for the strings that they are written as.
    private List<string> Values(JsonProperty key, string where)
    {
        var list = key.Value.ValueKind == JsonValueKind.Array ? key.Value.EnumerateArray().ToList() : [key.Value];
        return [.. list.Select(value => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()! is var text && !Wildcards.HoldsReserved(text)
                ? text
                : throw errors.At(where, $"the condition key {key.Name} has a value with a character that Unicode keeps out of texts"),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => throw errors.At(where, $"the condition key {key.Name} has a value that is neither a string, a number nor a boolean"),
        })];
    }
}
