using System.Text.RegularExpressions;
using ImmutableAudit.Policies;

namespace ImmutableAudit.Core.Tests.Policies;

public class PatternTests
{
    private static readonly string[] _texts = [.. AllTexts("ab:/", 5)];

    [Fact]
    public void The_matcher_agrees_with_a_slow_one()
    {
        var random = new Random(31);
        for (var round = 0; round < 4000; round++)
        {
            var pattern = RandomPattern(random, "abA*?*");
            var text = new string([.. Enumerable.Range(0, random.Next(9)).Select(_ => "abA"[random.Next(3)])]);
            var ignoreCase = random.Next(2) == 0;
            var slow = Regex.IsMatch(text, Slow(pattern, ".", ".*"), RegexOptions.Singleline | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));
            Assert.Equal(slow, Wildcards.IsMatch(Wildcards.Compile(pattern), text, ignoreCase));
        }
    }

    [Fact]
    public void Whether_two_patterns_have_a_text_in_common_agrees_with_trying_all_texts()
    {
        var random = new Random(32);
        var met = 0;
        for (var round = 0; round < 1200; round++)
        {
            var one = RandomPattern(random, "ab:*?");
            var other = RandomPattern(random, "ab/*?");
            var domain = PatternAutomaton.Whole(Wildcards.Compile(one));
            var pattern = PatternAutomaton.Whole(Wildcards.Compile(other));
            var both = _texts.Where(text => Wildcards.IsMatch(Wildcards.Compile(one), text)).ToList();
            // Patterns have at most five places, so if they meet at all, they meet in a text of few characters; longer
            // ones only make the brute force an under-estimate.
            var some = both.Any(text => Wildcards.IsMatch(Wildcards.Compile(other), text));
            var meets = PatternCells.Meets(domain, pattern);
            met += some ? 1 : 0;
            if (some || Length(one) + Length(other) <= 5)
                Assert.Equal(some, meets == Truth.True);
            var covers = PatternCells.Covers(domain, pattern);
            if (covers == Truth.True)
                Assert.All(both, text => Assert.True(Wildcards.IsMatch(Wildcards.Compile(other), text)));
            if (both.Exists(text => !Wildcards.IsMatch(Wildcards.Compile(other), text)))
                Assert.NotEqual(Truth.True, covers);
        }

        Assert.InRange(met, 100, 1100);
    }

    [Fact]
    public void Every_division_of_a_set_has_its_witness()
    {
        var random = new Random(33);
        for (var round = 0; round < 300; round++)
        {
            var patterns = Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Wildcards.Compile(RandomPattern(random, "ab*?/"))).ToList();
            var domain = PatternAutomaton.Whole(Wildcards.Compile(RandomPattern(random, "ab**?")));
            var witnesses = PatternCells.Witnesses(domain, [.. patterns.Select(PatternAutomaton.Whole)])!;
            var found = witnesses.Select(Verdict).ToHashSet();
            Assert.Equal(found.Count, witnesses.Count);
            Assert.All(witnesses, text => Assert.True(PatternCells.IsMatch(domain, text)));
            foreach (var text in _texts.Where(text => PatternCells.IsMatch(domain, text)))
                Assert.Contains(Verdict(text), found);

            string Verdict(string text) => string.Concat(patterns.Select(pattern => Wildcards.IsMatch(pattern, text) ? '1' : '0'));
        }
    }

    [Fact]
    public void The_parts_of_an_ARN_are_told_apart()
    {
        string[] arns = ["arn:aws:s3:::b", "arn:aws:s3:::b/a:c", "arn:aws:s3:r:1:b", "arn:aws:iam::1:role/x", "arn:aws:s3:::", "arn:aws:s3:r:1:a:b/c"];
        string[] patterns = ["arn:aws:s3:::*", "arn:*:s3:::b", "arn:aws:s3:*:*:b*", "arn:aws:s3:*", "*", "arn:aws:s3:::b/?:c", "arn:aws:*:::b", "arn:aws:s3:*b", "arn:aws:s3:?:1:*"];
        foreach (var (pattern, arn) in patterns.SelectMany(_ => arns, (pattern, arn) => (Wildcards.Compile(pattern), arn)))
        {
            Assert.Equal(ArnPattern.MatchesPartByPart(pattern, arn), PatternCells.IsMatch(PatternAutomaton.PartByPart(pattern), arn));
            Assert.Equal(Wildcards.IsMatch(pattern, arn), PatternCells.IsMatch(PatternAutomaton.Whole(pattern), arn));
        }
    }

    [Fact]
    public void Patterns_longer_than_a_word_are_stepped_rightly()
    {
        var random = new Random(35);
        for (var round = 0; round < 300; round++)
        {
            var literal = new string([.. Enumerable.Range(0, 50 + random.Next(120)).Select(_ => "ab"[random.Next(2)])]);
            var pattern = Wildcards.Compile(literal.Insert(random.Next(literal.Length), "*").Insert(random.Next(literal.Length), "?*"));
            var text = random.Next(2) == 0 ? literal.Insert(random.Next(literal.Length), "b") : literal + "ab";
            Assert.Equal(Wildcards.IsMatch(pattern, text), PatternCells.IsMatch(PatternAutomaton.Whole(pattern), text));
        }
    }

    private static int Length(string pattern) => pattern.Count(c => c != '*');

    private static string Slow(string pattern, string any, string star) =>
        $"^{string.Concat(pattern.Select(c => c switch { '*' => star, '?' => any, _ => Regex.Escape(c.ToString()) }))}\\z";

    private static string RandomPattern(Random random, string alphabet) =>
        new([.. Enumerable.Range(0, random.Next(6)).Select(_ => alphabet[random.Next(alphabet.Length)])]);

    private static IEnumerable<string> AllTexts(string alphabet, int length) =>
        length == 0 ? [""] : AllTexts(alphabet, length - 1).SelectMany(text => text.Length == length - 1 ? alphabet.Select(c => text + c).Prepend(text) : [text]);
}
