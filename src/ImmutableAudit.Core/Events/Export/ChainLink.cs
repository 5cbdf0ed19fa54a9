namespace ImmutableAudit.Events.Export;

/// <summary>A record's link to the one before it.</summary>
internal static class ChainLink
{
    private const string Member = ",\"prev\":\"";
    private const int HashLength = 64;

    /// <summary>The leaf hash of the record before, in hex; null for the first record.</summary>
    public static string? PreviousOf(AuditRecord record)
    {
        if (record.Sequence == 0)
            return null;
        // The format has it second, behind digits alone, and without escapes.
        var at = record.Json.IndexOf(Member, StringComparison.Ordinal) + Member.Length;
        return record.Json.Substring(at, HashLength);
    }
}
