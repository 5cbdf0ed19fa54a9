using System.Globalization;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>A bucket's default lock: a mode, and a period in days or in years, as S3 keeps it.</summary>
internal readonly record struct LockPeriod(RetentionMode Mode, int? Days, int? Years)
{
    // S3 counts years by the calendar; for comparing with days 365 is enough.
    private const int DaysOfYear = 365;
    private const int MostYears = 100;

    public int TotalDays => Days ?? ((Years ?? 0) * DaysOfYear);

    /// <summary>Reads what was asked for.</summary>
    /// <exception cref="AuditException"><c>RetentionInvalid</c>.</exception>
    public static LockPeriod Of(BucketPlan plan, AwsPlace place)
    {
        if (plan.RetentionDays is null == plan.RetentionYears is null)
        {
            throw Invalid(plan.RetentionDays is null
                ? "No retention was given" : "A retention was given in days and in years", plan);
        }

        if ((plan.RetentionDays ?? plan.RetentionYears) < 1)
            throw Invalid("A retention must be at least one day", plan);
        if (plan.RetentionDays > MostYears * DaysOfYear || plan.RetentionYears > MostYears)
            throw Invalid($"A retention of more than {MostYears} years isn't possible", plan);

        var period = new LockPeriod(plan.Mode, plan.RetentionDays, plan.RetentionYears);
        var now = DateTimeOffset.UtcNow;
        if (!place.IsAws)
            LockLimits.Check(place, period.Years is { } years ? now.AddYears(years) : now.AddDays(period.TotalDays), plan.Name);
        return period;
    }

    /// <summary>The longer period with the stronger mode: nothing that is in place is ever weakened.</summary>
    public static LockPeriod Strongest(LockPeriod asked, LockPeriod inPlace)
    {
        var longer = inPlace.TotalDays > asked.TotalDays ? inPlace : asked;
        var mode = asked.Mode == RetentionMode.Compliance || inPlace.Mode == RetentionMode.Compliance ? RetentionMode.Compliance : RetentionMode.Governance;
        return longer with { Mode = mode };
    }

    public bool IsAsStrongAs(LockPeriod other) => Mode == other.Mode && TotalDays == other.TotalDays;

    public override string ToString()
    {
        var number = Days ?? Years ?? 0;
        var unit = Days is null ? "year" : "day";
        return string.Create(CultureInfo.InvariantCulture, $"{Mode.ToString().ToUpperInvariant()}, {number} {unit}{(number == 1 ? "" : "s")}");
    }

    private static AuditException Invalid(string why, BucketPlan plan) => new(AuditErrors.RetentionInvalid,
        $"{why}. Give -Retention as days (for example 30d) or as years (for example 7y), up to {MostYears} years.", plan.Name);
}
