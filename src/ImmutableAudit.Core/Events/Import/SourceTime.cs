using System.Globalization;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Times as sources write them. Only what can be read in one way: dates that begin with the year, and numbers counted
/// from 1970. A time without an offset is UTC.
/// </summary>
internal static class SourceTime
{
    // Years 1973 to 5138 in each unit, so that the number of digits tells the unit.
    private const long FirstMilliseconds = 100_000_000_000;
    private const long FirstMicroseconds = FirstMilliseconds * 1000;
    private const long FirstNanoseconds = FirstMicroseconds * 1000;
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces;

    /// <summary>Reads a time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="format">How it is written, as .NET's custom format; null for the ways above.</param>
    /// <param name="name">What the source calls it.</param>
    /// <exception cref="FormatException">It isn't one.</exception>
    public static DateTimeOffset Parse(string text, string? format, string name)
    {
        if (format is not null)
        {
            return DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, Utc, out var exact)
                ? exact
                : throw new FormatException($"its {name} '{text}' isn't a time of the form {format}.");
        }

        if (OfNumber(text) is { } counted)
            return counted;
        return BeginsWithYear(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time)
            ? time
            : throw new FormatException($"its {name} '{text}' isn't a time that can be read in one way only: not a date that begins with the year, nor seconds or milliseconds since 1970.");
    }

    public static DateTimeOffset OfMilliseconds(long milliseconds, string name) =>
        milliseconds is > -62_135_596_800_000 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : throw new FormatException($"its {name} {milliseconds} isn't a time.");

    private static DateTimeOffset? OfNumber(string text)
    {
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue)
            return null;
        var ticks = number switch
        {
            >= FirstNanoseconds => number / 100,
            >= FirstMicroseconds => number * 10,
            >= FirstMilliseconds => number * TimeSpan.TicksPerMillisecond,
            _ => number * TimeSpan.TicksPerSecond,
        };
        return ticks <= DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks ? DateTimeOffset.UnixEpoch.AddTicks((long)ticks) : null;
    }

    // .NET would read 03/04/2026 as the 4th of March, and half of the world means the 3rd of April.
    private static bool BeginsWithYear(string text) =>
        text.Length >= 8 && text.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0 && text[4] is '-' or '/' or '.';
}
