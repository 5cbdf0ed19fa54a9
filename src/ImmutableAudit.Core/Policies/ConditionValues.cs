using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ImmutableAudit.Policies;

/// <summary>
/// Compares a request's value with a policy's. A policy's value that can't be read as what the operator compares is
/// unknown, since AWS doesn't say what becomes of it; a request's value that can't be read doesn't match.
/// </summary>
internal static class ConditionValues
{
    private static readonly string[] _dates =
    [
        "yyyy", "yyyy-MM", "yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK",
        "yyyyMMddTHHmmssK",
    ];

    /// <summary>Whether the request's value matches the policy's pattern.</summary>
    public static Truth Compare(Comparison comparison, string value, string pattern) => comparison switch
    {
        Comparison.StringEquals => Matches(pattern, value, false),
        Comparison.StringEqualsIgnoreCase => Matches(pattern, value, true),
        Comparison.StringLike => Matches(pattern, value, false),
        Comparison.Bool => Matches(pattern, value, true),
        Comparison.ArnLike => CompareArns(value, pattern),
        Comparison.Binary => CompareBinary(value, pattern),
        Comparison.IpAddress => CompareAddresses(value, pattern),
        >= Comparison.NumericEquals and <= Comparison.NumericGreaterOrEqual =>
            Order(comparison - Comparison.NumericEquals, Number(value), Number(pattern)),
        >= Comparison.DateEquals and <= Comparison.DateGreaterOrEqual =>
            Order(comparison - Comparison.DateEquals, Date(value), Date(pattern)),
        _ => Truth.Unknown,
    };

    private static Truth Matches(string pattern, string value, bool ignoreCase) =>
        Wildcards.IsMatch(pattern, value, ignoreCase).ToTruth();

    // Part by part; a pattern with fewer parts that would match as a text isn't described.
    private static Truth CompareArns(string value, string pattern) =>
        ArnPattern.MatchesPartByPart(pattern, value) ? Truth.True
        : pattern.Count(c => c == ':') < 5 && Wildcards.IsMatch(pattern, value) ? Truth.Unknown
        : Truth.False;

    private static Truth CompareBinary(string value, string pattern)
    {
        var expected = new byte[pattern.Length];
        if (!Convert.TryFromBase64String(pattern, expected, out var length))
            return Truth.Unknown;
        var actual = new byte[value.Length];
        return (Convert.TryFromBase64String(value, actual, out var seen)
            && actual.AsSpan(0, seen).SequenceEqual(expected.AsSpan(0, length))).ToTruth();
    }

    private static Truth CompareAddresses(string value, string pattern)
    {
        var slash = pattern.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? pattern : pattern[..slash], out var network))
            return Truth.Unknown;
        var bytes = network.GetAddressBytes();
        var bits = bytes.Length * 8;
        if (slash >= 0 && (!int.TryParse(pattern.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > bytes.Length * 8))
            return Truth.Unknown;
        if (!IPAddress.TryParse(value, out var address))
            return Truth.False;
        if (address.IsIPv4MappedToIPv6 && network.AddressFamily == AddressFamily.InterNetwork)
            address = address.MapToIPv4();
        var given = address.GetAddressBytes();
        if (given.Length != bytes.Length)
            return Truth.False;
        for (var i = 0; i < bits; i++)
        {
            var mask = 0x80 >> (i % 8);
            if ((bytes[i / 8] & mask) != (given[i / 8] & mask))
                return Truth.False;
        }

        return Truth.True;
    }

    // The five orders stand in the same sequence among the numbers' operators and the dates'.
    private static Truth Order<T>(int order, T? value, T? bound)
        where T : struct, IComparable<T>
    {
        if (bound is not { } limit)
            return Truth.Unknown;
        if (value is not { } given)
            return Truth.False;
        var sign = given.CompareTo(limit);
        return (order switch { 0 => sign == 0, 1 => sign < 0, 2 => sign <= 0, 3 => sign > 0, _ => sign >= 0 }).ToTruth();
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    // Four digits are a year; anything longer that is only digits is seconds since 1970.
    private static decimal? Date(string text)
    {
        if (DateTimeOffset.TryParseExact(text, _dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return date.UtcTicks / (decimal)TimeSpan.TicksPerSecond - 62_135_596_800m;
        return Number(text);
    }
}
