namespace ImmutableAudit.Chain;

/// <summary>The caller's part of a record's line as our writer writes it: everything behind <c>recorded</c>.</summary>
internal static class RecordBody
{
    private static ReadOnlySpan<byte> Recorded => "\"recorded\":\""u8;

    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> line)
    {
        // The first place where it stands is the member: before it there are only numbers and hex.
        var at = line.IndexOf(Recorded);
        return line[(at + Recorded.Length + LogTime.Length + 1)..];
    }
}
