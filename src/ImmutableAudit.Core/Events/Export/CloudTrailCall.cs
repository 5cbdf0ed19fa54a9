using System.Text.Json;

namespace ImmutableAudit.Events.Export;

/// <summary>What a record's data says where it is an entry of AWS CloudTrail, as the import keeps it.</summary>
/// <param name="Service">The service's name in DNS, for example <c>s3.amazonaws.com</c>.</param>
/// <param name="Operation">What was called.</param>
/// <param name="RequestId">The request's id; null where the entry has none.</param>
/// <param name="ErrorCode">The error that was answered; null where there was none.</param>
/// <param name="ErrorMessage">What was said of it.</param>
internal sealed record CloudTrailCall(string Service, string Operation, string? RequestId, string? ErrorCode, string? ErrorMessage)
{
    /// <summary>Reads a record's data; null where it isn't CloudTrail's.</summary>
    public static CloudTrailCall? TryRead(AuditRecord record)
    {
        // Most logs hold none: looking for a word is cheaper than parsing.
        if (record.Data is null || !record.Data.Contains("eventSource", StringComparison.Ordinal) || !record.Action.Contains(':', StringComparison.Ordinal))
            return null;
        using var document = JsonDocument.Parse(record.Data);
        if (From(document.RootElement) is { } call)
            return call;
        // Entries that can't stand in a record are kept as text.
        if (Text(document.RootElement, "original") is not { } original)
            return null;
        try
        {
            using var kept = JsonDocument.Parse(original);
            return From(kept.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static CloudTrailCall? From(JsonElement entry) =>
        Text(entry, "eventSource") is { } service && Text(entry, "eventName") is { } operation
            ? new CloudTrailCall(service, operation, Text(entry, "requestID"), Text(entry, "errorCode"), Text(entry, "errorMessage"))
            : null;

    private static string? Text(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text ? text : null;
}
