using System.Text.Json;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Import;

namespace ImmutableAudit.Samples;

/// <summary>Where the quickstart's events come from.</summary>
internal static class SampleEvents
{
    /// <summary>The sample that ships with the project: one JSON object a line, its members named as those of <see cref="AuditEvent"/>.</summary>
    public static IEnumerable<AuditEvent> Shipped()
    {
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "access-events.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var e = document.RootElement;
            yield return new AuditEvent
            {
                Time = e.GetProperty("Time").GetDateTimeOffset(),
                ActorType = Text(e, "ActorType"),
                ActorId = Text(e, "ActorId"),
                ActorName = Text(e, "ActorName"),
                Ip = Text(e, "Ip"),
                Session = Text(e, "Session"),
                Action = Text(e, "Action") ?? "",
                ResourceType = Text(e, "ResourceType"),
                ResourceId = Text(e, "ResourceId"),
                ResourceName = Text(e, "ResourceName"),
                Outcome = Enum.Parse<AuditOutcome>(Text(e, "Outcome") ?? nameof(AuditOutcome.Unknown)),
                Reason = Text(e, "Reason"),
                Host = Text(e, "Host"),
                App = Text(e, "App"),
                Data = e.TryGetProperty("Data", out var data) ? EventData.From(data) : null,
            };
        }
    }

    /// <summary>Real CloudTrail files. What can't be read is told and left out.</summary>
    public static async Task<List<AuditEvent>> FromCloudTrailAsync(string path)
    {
        var events = new List<AuditEvent>();
        await foreach (var entry in CloudTrailReader.ReadPathAsync(path))
        {
            if (entry.Event is { } read)
                events.Add(read);
            else
                Console.WriteLine($"   left out: {entry.Error!.Message}");
        }

        return events;
    }

    private static string? Text(JsonElement e, string name) => e.TryGetProperty(name, out var value) ? value.GetString() : null;
}
