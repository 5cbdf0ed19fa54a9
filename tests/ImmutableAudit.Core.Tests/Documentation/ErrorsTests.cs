using System.Reflection;

namespace ImmutableAudit.Core.Tests.Documentation;

public class ErrorsTests
{
    [Fact]
    public async Task Every_error_id_says_in_the_documentation_what_to_do()
    {
        var rows = (await File.ReadAllLinesAsync(Path.Combine(SharedData.Repository, "docs", "errors.md")))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);
        var ids = typeof(AuditErrors).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);
        Assert.Empty(ids.Except(rows));
    }
}
