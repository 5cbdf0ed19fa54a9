using System.Text.RegularExpressions;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Search;

namespace ImmutableAudit.Core.Tests.Search;

/// <summary>Random logs and queries, and the plain answer to compare with.</summary>
internal static class SearchKit
{
    public static readonly WriterOptions WithoutSummaries = new() { Summaries = false };

    public static AuditEvent Event(Random random, int i) => new()
    {
        Action = new[] { "s3:GetObject", "S3:PutObject", "kms:Decrypt", $"odd:Action{random.Next(200)}" }[random.Next(4)],
        Time = DateTimeOffset.UnixEpoch.AddMinutes(i + random.Next(300)),
        ActorType = "User",
        ActorId = random.Next(8) == 0 ? null : random.Next(300) == 0 ? "Mallory" : $"alice{random.Next(i / 500 * 3 + 1)}",
        ActorName = random.Next(5) == 0 ? $"Ünïcode \"{random.Next(3)}\"" : null,
        ResourceId = random.Next(9) == 0 ? null : $"s3://{(random.Next(2) == 0 ? "payroll" : "Payroll")}/{i / 700}/{random.Next(5000)}.csv",
        ResourceName = random.Next(20) == 0 ? $"File{random.Next(10)}" : null,
        Outcome = new AuditOutcome?[] { AuditOutcome.Success, AuditOutcome.Denied, AuditOutcome.Failure, null }[random.Next(40) > 2 ? 0 : random.Next(4)],
        Reason = random.Next(400) == 0 ? "Because of Ä and \\ and [x]" : null,
    };

    public static async Task WriteAsync(TestLog log, Random random, int count, Func<int> inOneCommit, WriterOptions? options = null)
    {
        await using var writer = await log.WriterAsync(options);
        for (var done = 0; done < count;)
        {
            var batch = writer.NewBatch();
            for (var left = inOneCommit(); left > 0 && done < count && !batch.IsFull; left--, done++)
                batch.Add(Event(random, done));
            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }

        await writer.FinishTilesAsync();
        Assert.Null(writer.Summaries?.Trouble);
    }

    public static SearchQuery Query(Random random)
    {
        string[] actors = ["mallory", "ALICE3", "alice1*", "ünïcode*", "Ünïcode \"1\"", "*", "nobody", "a?ice[2-4]", "alice7"];
        string[] resources = ["s3://payroll/*", "s3://Payroll/2/*", "s3://payroll/1/12*", "*.csv", "File3", "file3", "s3://payroll/3/4711.csv", "s3://none/*", "s3:*"];
        string[] actions = ["s3:getobject", "KMS:*", "odd:action7", "odd:Action1?", "none"];
        var from = DateTimeOffset.UnixEpoch.AddMinutes(random.Next(4000));
        return new SearchQuery
        {
            Actors = Pick(random, actors),
            Resources = Pick(random, resources),
            Actions = Pick(random, actions),
            Outcomes = random.Next(4) == 0 ? [AuditOutcome.Denied, AuditOutcome.Failure] : [],
            After = random.Next(3) == 0 ? from : null,
            Before = random.Next(3) == 0 ? from.AddMinutes(random.Next(1500)) : null,
            Text = random.Next(8) == 0 ? new[] { "because of", "\"ALICE1\"", "Mallory", "Ä" }[random.Next(4)] : null,
            OldestFirst = random.Next(2) == 0,
            Most = random.Next(4) == 0 ? random.Next(1, 30) : null,
        };
    }

    public static async Task<(List<long> Found, SearchReport Report)> FindAsync(AuditLog log, SearchQuery query)
    {
        var search = log.Search(query);
        var found = new List<long>();
        await foreach (var record in search.ReadAsync())
        {
            Assert.True(record.Verified);
            found.Add(record.Sequence);
        }

        return (found, search.Report);
    }

    /// <summary>The answer by reading everything and regular expressions.</summary>
    public static List<long> Naive(List<AuditRecord> all, SearchQuery query)
    {
        var found = all.Where(record =>
            (query.Actors.Count == 0 || query.Actors.Any(name => Is(record.ActorId, name, true) || Is(record.ActorName, name, true)))
            && (query.Resources.Count == 0 || query.Resources.Any(name => Is(record.ResourceId, name, false) || Is(record.ResourceName, name, false)))
            && (query.Actions.Count == 0 || query.Actions.Any(name => Is(record.Action, name, true)))
            && (query.Outcomes.Count == 0 || (record.Outcome is { } outcome && query.Outcomes.Contains(outcome)))
            && (query.After is null || record.Time >= query.After) && (query.Before is null || record.Time < query.Before)
            && (query.Text is null || Lower(record.Json).Contains(Lower(query.Text), StringComparison.Ordinal))).Select(record => record.Sequence);
        if (!query.OldestFirst)
            found = found.Reverse();
        return [.. found.Take((int)(query.Most ?? int.MaxValue))];
    }

    public static async Task<List<AuditRecord>> AllAsync(AuditLog log)
    {
        var all = new List<AuditRecord>();
        await foreach (var record in log.ReadAsync(0, long.MaxValue))
            all.Add(record);
        return all;
    }

    public static string[] Summaries(TestLog log) => Directory.Exists(Path.Combine(log.Directory, "index"))
        ? [.. Directory.GetFiles(Path.Combine(log.Directory, "index"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
        : [];

    private static string[] Pick(Random random, string[] from) =>
        random.Next(2) == 0 ? [] : random.Next(4) == 0 ? [from[random.Next(from.Length)], from[random.Next(from.Length)]] : [from[random.Next(from.Length)]];

    private static bool Is(string? value, string name, bool ignoreCase)
    {
        if (value is null)
            return false;
        var pattern = Regex.Escape(name).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal).Replace("\\[2-4]", "[2-4]", StringComparison.Ordinal);
        return ignoreCase ? Regex.IsMatch(Lower(value), $"^{Lower(pattern)}$") : Regex.IsMatch(value, $"^{pattern}$");
    }

    private static string Lower(string text) => string.Concat(text.Select(c => c is >= 'A' and <= 'Z' ? (char)(c + 32) : c));
}
