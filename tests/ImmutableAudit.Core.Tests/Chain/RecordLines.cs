namespace ImmutableAudit.Core.Tests;

/// <summary>Record lines to start from.</summary>
internal static class RecordLines
{
    public const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";

    public const string Hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    public const string Id = "01932f0e-8f3a-7c31-9a4b-0c1d2e3f4a5b";

    public const string Time = "2026-11-21T20:38:00.1234567Z";

    public const string Recorded = "2026-11-21T20:38:02.0000000Z";

    public const string Head = "{\"seq\":41,\"prev\":\"" + Hash + "\"";

    /// <summary>The required members behind seq and prev.</summary>
    public const string Rest = ",\"recorded\":\"" + Recorded + "\",\"id\":\"" + Id + "\",\"time\":\"" + Time + "\",\"action\":\"s3:GetObject\"";

    /// <summary>The shortest record of all members that must be there.</summary>
    public const string Least = Head + Rest + "}";

    /// <summary>A record with every member.</summary>
    public const string Full = Head + ",\"segment\":\"" + Zeros + "\",\"keys\":0" + Rest
        + ",\"actor\":{\"type\":\"User\",\"id\":\"alice\",\"name\":null,\"ip\":\"10.0.0.7\",\"session\":\"s\",\"more\":[1]}"
        + ",\"resource\":{\"type\":\"Object\",\"id\":\"s3://payroll/2026.csv\"},\"outcome\":\"Success\",\"reason\":null"
        + ",\"source\":{\"host\":\"h\",\"app\":\"a\"},\"data\":{\"a\":1},\"x_more\":true}";

    /// <summary>The least record with members behind it, which begin with a comma.</summary>
    public static string With(string members) => Head + Rest + members + "}";

    /// <summary>The least record with another spelling of one part.</summary>
    public static string Replacing(string part, string by)
    {
        Assert.Contains(part, Least, StringComparison.Ordinal);
        return Least.Replace(part, by, StringComparison.Ordinal);
    }
}
