namespace ImmutableAudit.Aws;

/// <summary>How far into the future a lock may reach.</summary>
internal static class LockLimits
{
    // AWS: at most 100 years. Elsewhere: Ceph keeps these dates in 32 bits and turned a COMPLIANCE lock until 2125 into
    // one until 1989, that is, none. Since no endpoint tells, nobody but AWS gets a date near where 32 bits end (2106).
    private const int LongestYearsOnAws = 100;
    private const int LastYearElsewhere = 2105;

    /// <summary>Refuses a moment that the place can't keep.</summary>
    public static void Check(AwsPlace place, DateTimeOffset until, string target)
    {
        var now = DateTimeOffset.UtcNow;
        if (until <= now)
        {
            throw new AuditException(AuditErrors.RetentionInvalid,
                $"A lock until {until.UtcDateTime:u} is in the past. Give a moment in the future.", target);
        }

        if (place.IsAws && until > now.AddYears(LongestYearsOnAws))
        {
            throw new AuditException(AuditErrors.RetentionInvalid,
                $"A lock until {until.UtcDateTime:u} is longer than the {LongestYearsOnAws} years that S3 allows.", target);
        }

        if (!place.IsAws && until.UtcDateTime.Year > LastYearElsewhere)
        {
            throw new AuditException(AuditErrors.RetentionInvalid,
                $"A lock until {until.UtcDateTime:u} isn't asked of {place.Name}: some S3-compatible servers keep such dates in 32 bits, "
                + $"which end in 2106, and turn later ones into dates long past. Give one until the end of {LastYearElsewhere}.", target);
        }
    }

    /// <summary>Stores keep whole seconds or milliseconds and cut off the rest: a lock must not come out shorter than asked.</summary>
    public static DateTime WholeSecondsUp(DateTime moment)
    {
        var rest = moment.Ticks % TimeSpan.TicksPerSecond;
        return rest == 0 ? moment : moment.AddTicks(TimeSpan.TicksPerSecond - rest);
    }
}
