using ImmutableAudit.Summaries;
using Xunit.Abstractions;

namespace ImmutableAudit.Core.Tests.Search;

/// <summary>Names and patterns.</summary>
public sealed class TermSetTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(65)]
    [InlineData(1000)]
    [InlineData(16_000)]
    public void A_filter_denies_no_name_that_it_has_and_few_others_pass(int count)
    {
        var set = TermSet.Of([.. Enumerable.Range(0, count).Select(i => $"s3://payroll/{i}")], 4711);
        Assert.False(set.IsListed);
        Assert.All(Enumerable.Range(0, count), i => Assert.True(set.MayHold($"s3://payroll/{i}")));
        var passed = Enumerable.Range(0, 100_000).Count(i => set.MayHold($"s3://other/{i}"));
        output.WriteLine($"{count} names: {passed / 1000.0:F2} % of others pass");
        Assert.InRange(passed, 50, 1000);
    }

    [Theory]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "abcd", false)]
    [InlineData("a?c", "ac", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[a-c]x", "dx", false)]
    [InlineData("`*x", "*x", true)]
    [InlineData("`*x", "yx", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("", "", true)]
    [InlineData("]", "]", true)]
    [InlineData("[]a]", "]", true)]
    public void Patterns_are_PowerShells(string pattern, string name, bool matches) => Assert.Equal(matches, new NamePattern(pattern, false).Matches(name));

    [Fact]
    public void A_pattern_that_never_closes_is_refused() => Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => new NamePattern("a[bc", false)).ErrorId);

    [Theory]
    [InlineData("s3://payroll/2026", "s3://payroll/")]
    [InlineData("nothing", null)]
    [InlineData("a:b:c:d:e:f:g:h:i:j:k:l:m:n:o:p:q:r", "a:b:c:d:e:f:g:h:i:j:k:l:m:n:o:p:")]
    public void Beginnings_end_at_a_delimiter(string lead, string? prefix) => Assert.Equal(prefix, SegmentTerms.PrefixOf(lead));
}
