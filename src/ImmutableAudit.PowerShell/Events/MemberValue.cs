using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>Reads the values of members that have a type of their own. What doesn't fit is an error, never a guess.</summary>
internal static class MemberValue
{
    /// <summary>A text; null where the value is null or empty, as a cell of a table is.</summary>
    public static string? Text(string name, object? value)
    {
        switch (PlainValue.Unwrap(value))
        {
            case null:
                return null;
            case string text:
                return text.Length == 0 ? null : text;
            case JsonElement json:
                return json.ValueKind switch
                {
                    JsonValueKind.String => Text(name, json.GetString()),
                    JsonValueKind.Null => null,
                    JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => json.GetRawText(),
                    _ => throw NotText(name),
                };
            case DateTime time:
                return time.ToString("O", CultureInfo.InvariantCulture);
            case DateTimeOffset time:
                return time.ToString("O", CultureInfo.InvariantCulture);
            case PSObject or IDictionary or IEnumerable:
                throw NotText(name);
            case var other:
                return Text(name, Convert.ToString(other, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A moment. Where a text or DateTime doesn't say its offset, it is the local time of this machine.</summary>
    public static DateTimeOffset? Time(string name, object? value)
    {
        var given = PlainValue.Unwrap(value);
        if (given is JsonElement { ValueKind: JsonValueKind.String } json)
            given = json.GetString();
        switch (given)
        {
            case null or "" or JsonElement { ValueKind: JsonValueKind.Null }:
                return null;
            case DateTimeOffset time:
                return time;
            case DateTime time:
                return new DateTimeOffset(time.ToUniversalTime());
            case string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time):
                return time;
            default:
                throw new AuditException(AuditErrors.EventInvalid, $"'{given}' isn't a time that {name} can be. Give a DateTime or a text such as 2026-11-21T20:38:00Z.", given);
        }
    }

    /// <summary>An outcome, by name.</summary>
    public static AuditOutcome? Outcome(string name, object? value)
    {
        if (PlainValue.Unwrap(value) is AuditOutcome outcome)
            return outcome;
        return Text(name, value) switch
        {
            null => null,
            var text when text.Equals(nameof(AuditOutcome.Success), StringComparison.OrdinalIgnoreCase) => AuditOutcome.Success,
            var text when text.Equals(nameof(AuditOutcome.Failure), StringComparison.OrdinalIgnoreCase) => AuditOutcome.Failure,
            var text when text.Equals(nameof(AuditOutcome.Denied), StringComparison.OrdinalIgnoreCase) => AuditOutcome.Denied,
            var text when text.Equals(nameof(AuditOutcome.Unknown), StringComparison.OrdinalIgnoreCase) => AuditOutcome.Unknown,
            var text => throw new AuditException(AuditErrors.EventInvalid, $"'{text}' isn't an outcome. {name} is Success, Failure, Denied or Unknown; rename the property to keep it as data.", text),
        };
    }

    private static AuditException NotText(string name) =>
        new(AuditErrors.EventInvalid, $"{name} is a list or an object, and has to be a text. Put it into Data, or select the part that is meant.", name);
}
