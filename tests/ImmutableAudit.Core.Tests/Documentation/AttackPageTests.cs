using System.Text.RegularExpressions;

namespace ImmutableAudit.Core.Tests.Documentation;

/// <summary>docs/attacks.md against the tests' own sources: half of them are in another assembly, which this one can't load.</summary>
public sealed partial class AttackPageTests
{
    [Fact]
    public async Task Every_attack_has_a_row_and_every_row_an_attack_made_where_it_says()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SharedData.Repository, "docs", "attacks.md"));
        var rows = Row().Matches(page).Select(row => $"{row.Groups["test"].Value} {row.Groups["where"].Value}").ToList();
        var tests = new List<string>();
        foreach (var folder in new[] { "Shared/Attacks", "ImmutableAudit.Core.Tests/Attacks", "ImmutableAudit.Aws.Tests/Attacks" })
        {
            foreach (var file in Directory.GetFiles(Path.Combine(SharedData.Repository, "tests", folder), "*.cs"))
            {
                var source = await File.ReadAllTextAsync(file);
                tests.AddRange(Test().Matches(source).Select(test => $"{Path.GetFileNameWithoutExtension(file)}.{test.Groups["name"].Value} {Where(test.Groups["kind"].Value)}"));
            }
        }

        Assert.True(tests.Count > 60);
        Assert.Equal(tests.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    private static string Where(string kind) => kind switch
    {
        "Theory, OnEveryStore" => "all",
        "BothServersTheory" => "both",
        "RgwFact" => "Ceph",
        "MotoFact" => "moto",
        "Fact" => "directory",
        _ => "?",
    };

    [GeneratedRegex(@"^\|[^|\n]+\| (?<where>[^|\n]+) \|[^|\n]+\| `(?<test>[A-Za-z]+\.\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\[(?<kind>[^\[\]\n]*(?:Fact|Theory)[^\[\]\n]*)\]\s+(?:\[InlineData[^\n]*\s+)*public (?:async )?Task (?<name>\w+)\(")]
    private static partial Regex Test();
}
