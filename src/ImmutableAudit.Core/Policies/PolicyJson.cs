using System.Buffers;
using System.Text.Json;

namespace ImmutableAudit.Policies;

/// <summary>The pieces of JSON that every element of a policy is made of.</summary>
internal static class PolicyJson
{
    /// <summary>What a service's prefix may hold in an action.</summary>
    public static readonly SearchValues<char> ServiceCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-*?");

    /// <summary>What an action's name may hold.</summary>
    public static readonly SearchValues<char> ActionCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*?");

    /// <summary>A string, or a list of at least one.</summary>
    public static List<string> Texts(JsonElement value, string element, string where, PolicyErrors errors)
    {
        var list = new List<string>();
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
                list.Add(Text(item, element, where, errors));
        }
        else
        {
            list.Add(Text(value, element, where, errors));
        }

        // An empty list would match nothing, and an empty NotAction everything: nobody means that.
        return list.Count > 0 ? list : throw errors.At(where, $"{element} is an empty list");
    }

    /// <summary>A text with its variables.</summary>
    public static PolicyText ReadText(string text, bool wildcards, bool variables, string where, PolicyErrors errors)
    {
        try
        {
            return PolicyText.Parse(text, wildcards, variables);
        }
        catch (FormatException e)
        {
            throw errors.At(where, $"'{text}': {e.Message}", e);
        }
    }

    private static string Text(JsonElement value, string element, string where, PolicyErrors errors)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw errors.At(where, $"{element} holds {value.ValueKind} where a string belongs");
        var text = value.GetString()!;
        return Wildcards.HoldsReserved(text) ? throw errors.At(where, $"{element} holds a character that Unicode keeps out of texts") : text;
    }
}
