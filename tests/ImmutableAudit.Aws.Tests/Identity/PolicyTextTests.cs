using ImmutableAudit.Aws.Identity;

namespace ImmutableAudit.Aws.Tests.Identity;

public class PolicyTextTests
{
    [Theory]
    [InlineData(true, """{"a":[1,2]}""", """ { "a" : [1, 2] } """)]
    [InlineData(false, """{"a":1}""", """{"a":2}""")]
    [InlineData(false, """{"a":1}""", "nonsense")]
    [InlineData(false, """{"a":1e99999999999}""", """{"a":1e99999999998}""")]
    public void Documents_are_compared_by_what_they_say(bool same, string one, string other) => Assert.Equal(same, PolicyText.Same(one, other));
}
