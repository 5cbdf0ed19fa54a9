using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Core.Tests.Timestamps;

public class TimestampNameTests
{
    [Theory]
    [InlineData("timestamps/1-0123456789abcdef.tsr", 1)]
    [InlineData("timestamps/999999999999999999-0123456789abcdef.tsr", 999_999_999_999_999_999)]
    public void Names_are_read(string name, long size)
    {
        Assert.True(TimestampName.TryParse(name, out var read));
        Assert.Equal(size, read);
    }

    [Theory]
    [InlineData("timestamps/0-0123456789abcdef.tsr")]
    [InlineData("timestamps/01-0123456789abcdef.tsr")]
    [InlineData("timestamps/+1-0123456789abcdef.tsr")]
    [InlineData("timestamps/-1-0123456789abcdef.tsr")]
    [InlineData("timestamps/1-0123456789ABCDEF.tsr")]
    [InlineData("timestamps/1-0123456789abcde.tsr")]
    [InlineData("timestamps/1-0123456789abcdef.tsq")]
    [InlineData("timestamps/1-0123456789abcdef.tsr.tsr")]
    [InlineData("timestamps/a/1-0123456789abcdef.tsr")]
    [InlineData("timestamps/1000000000000000000-0123456789abcdef.tsr")]
    [InlineData("timestamps/.tsr")]
    [InlineData("timestamps/")]
    [InlineData("segments/1-0123456789abcdef.tsr")]
    public void Others_are_not(string name) => Assert.False(TimestampName.TryParse(name, out _));

    [Fact]
    public void A_name_holds_the_hash_of_its_token() =>
        Assert.Equal("timestamps/7-e3b0c44298fc1c14.tsr", TimestampName.Format(7, []));
}
