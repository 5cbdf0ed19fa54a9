using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>What the beginning of a JSON source shows.</summary>
internal static class JsonHead
{
    /// <summary>Whether its first line that isn't blank is an object of its own, or cut off behind what can be seen.</summary>
    public static bool IsLines(ReadOnlySpan<byte> head)
    {
        head = head.TrimStart(" \t\r\n"u8);
        if (!head.StartsWith("{"u8))
            return !head.StartsWith("["u8);
        var end = head.IndexOf((byte)'\n');
        if (end < 0)
            return true;
        try
        {
            var json = new Utf8JsonReader(head[..end], new JsonReaderOptions { MaxDepth = 1000 });
            while (json.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            // The object goes on over lines, unless the line has an object's end and is only damaged.
            return head[..end].TrimEnd("\r \t"u8).EndsWith("}"u8);
        }
    }

    /// <summary>The names of the members of the first object, as far as they can be seen; null where there is no JSON object.</summary>
    public static HashSet<string>? Members(ReadOnlySpan<byte> head)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var json = new Utf8JsonReader(head, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 1000 }));
            if (!json.Read())
                return null;
            if (json.TokenType == JsonTokenType.StartArray && !json.Read() || json.TokenType != JsonTokenType.StartObject)
                return json.TokenType == JsonTokenType.EndArray ? names : null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                names.Add(json.GetString()!);
                if (!json.Read() || !json.TrySkip())
                    break;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What was seen up to there is what it shows; reading it tells what is wrong.
            return names.Count > 0 ? names : null;
        }

        return names;
    }
}
