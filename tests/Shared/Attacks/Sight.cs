using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>One thing that a verification has to find: what, how bad, and what it names.</summary>
internal readonly record struct Sight(FindingKind Kind, FindingSeverity Severity, long? Sequence, long? Last, string? Key, string? Version)
{
    public static Sight Failure(FindingKind kind, long? sequence, string? key = null, string? version = null, long? last = null) =>
        new(kind, FindingSeverity.Failure, sequence, last, key, version);

    public static Sight Unknown(FindingKind kind, long? sequence, string? key = null, string? version = null, long? last = null) =>
        new(kind, FindingSeverity.Unknown, sequence, last, key, version);

    public static Sight Warning(FindingKind kind, long? sequence, string? key = null, string? version = null, long? last = null) =>
        new(kind, FindingSeverity.Warning, sequence, last, key, version);

    public static Sight Information(FindingKind kind) => new(kind, FindingSeverity.Information, null, null, null, null);

    /// <summary>The report finds exactly this and nothing else, and its result is that of the worst.</summary>
    public static void Only(ChainReport report, params Sight[] expected)
    {
        var seen = report.Findings.Select(finding => new Sight(finding.Kind, finding.Severity, finding.Sequence, finding.LastSequence, finding.ObjectKey, finding.VersionId));
        var same = Ordered(expected).SequenceEqual(Ordered(seen));
        Assert.True(same, $"Expected:\n{string.Join('\n', Ordered(expected))}\nFound:\n{string.Join('\n', Ordered(seen))}\n{string.Join('\n', report.Findings)}");
        var worst = expected.Length == 0 ? FindingSeverity.Information : expected.Max(sight => sight.Severity);
        Assert.Equal(worst switch { FindingSeverity.Failure => ChainResult.Failed, FindingSeverity.Unknown => ChainResult.Unknown, _ => ChainResult.Passed }, report.Result);
    }

    private static IEnumerable<string> Ordered(IEnumerable<Sight> sights) => sights.Select(sight => sight.ToString()).Order(StringComparer.Ordinal);
}
