using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// How long a log's segments should be locked at least: until a moment, or for a period from when the store took each
/// of them. The store's own time of the version is the beginning, because the log's promise and the bucket's default
/// count from there too, and because running the same change again then asks for the same again.
/// </summary>
public sealed record RetentionChange
{
    /// <summary>The last moment of protection; give this, <see cref="Days"/> or <see cref="Years"/>.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Days from when the store took the version.</summary>
    public int? Days { get; init; }

    /// <summary>Calendar years from when the store took the version: never shorter than years of 365 days.</summary>
    public int? Years { get; init; }

    /// <summary>The mode asked for; null keeps each version's own, and gives the log's promised mode to one that has none.</summary>
    public RetentionMode? Mode { get; init; }

    internal void Check()
    {
        if ((Until is null ? 0 : 1) + (Days is null ? 0 : 1) + (Years is null ? 0 : 1) != 1)
            throw new AuditException(AuditErrors.RetentionInvalid, "A lock reaches until a moment, or for days, or for years: give exactly one.");
        if (Days is < 1 or > 36_525)
            throw new AuditException(AuditErrors.RetentionInvalid, $"A lock of {Days} days can't be: give 1 to 36,525.", Days);
        if (Years is < 1 or > 100)
            throw new AuditException(AuditErrors.RetentionInvalid, $"A lock of {Years} years can't be: give 1 to 100.", Years);
    }

    /// <summary>The moment for one version, in whole seconds, as stores keep them: never earlier than asked.</summary>
    internal DateTimeOffset UntilFor(StoredVersion version)
    {
        var moment = (Until ?? (Days is { } days ? version.LastModified.AddDays(days) : version.LastModified.AddYears(Years!.Value))).ToUniversalTime();
        var rest = moment.Ticks % TimeSpan.TicksPerSecond;
        return rest == 0 || moment.Ticks > DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerSecond ? moment : moment.AddTicks(TimeSpan.TicksPerSecond - rest);
    }
}
