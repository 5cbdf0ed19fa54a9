using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Documentation;

/// <summary>The log in docs/example-log, whose hashes docs/log-format.md shows. Its key is gone: these bytes stay valid for ever.</summary>
public class ExampleLogTests
{
    private static string Folder => Path.Combine(SharedData.Repository, "docs", "example-log");

    [Fact]
    public async Task The_documented_example_verifies_to_the_documented_hashes()
    {
        await using var store = new DirectoryStore(LogLocation.Parse(Folder));
        var report = await ChainVerifier.VerifyAsync(store, null, default);
        Assert.Empty(report.Findings);
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal((4, 3), (report.Records, report.Segments));
        Assert.Equal("docs/example/351814e9b02ded34481a44be8cf91f28", report.Origin);
        Assert.Equal("613336763fa95b9b5e510508ae2b1e1880c4b61948f633875c569a97ca21b216", report.GenesisHash);
        Assert.Equal("3glKx8CDDAeksBC4bWWYhCvgwbCkcknleFUqU+4+43Y=", report.Root);
    }

    [Fact]
    public async Task The_specification_shows_the_examples_own_bytes()
    {
        var specification = await File.ReadAllTextAsync(Path.Combine(SharedData.Repository, "docs", "log-format.md"));
        await using var store = new DirectoryStore(LogLocation.Parse(Folder));
        var log = await Log.AuditLog.OpenAsync(store, default);
        await foreach (var record in log.ReadAsync(1, 2))
            Assert.Contains(record.Json, specification, StringComparison.Ordinal);
    }
}
