using System.Globalization;

namespace ImmutableAudit.Chain;

/// <summary>
/// The keys of segments: <c>segments/&lt;complement&gt;-&lt;n&gt;.jsonl.gz</c> with the complement 999999999999999999 − n in
/// 18 digits, so that keys in ascending order have sequence numbers in descending order: one LIST finds the newest
/// segment, and one LIST finds the segment that holds any record. Only exact names count.
/// </summary>
public static class SegmentName
{
    /// <summary>What every segment's key begins with.</summary>
    public const string Prefix = "segments/";

    private const string Suffix = ".jsonl.gz";

    /// <summary>The key of the segment that begins with a record.</summary>
    /// <param name="first">The sequence number of its first record.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 0 or above 18 digits.</exception>
    public static string Format(long first) =>
        string.Create(CultureInfo.InvariantCulture, $"{Before(first)}-{first}{Suffix}");

    /// <summary>
    /// A string that sorts right before the key of <paramref name="sequence"/>: listing what is greater begins with
    /// the newest segment whose first record isn't newer than that.
    /// </summary>
    /// <param name="sequence">A sequence number.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 0 or above 18 digits.</exception>
    public static string Before(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, LogFormat.MaxSequence);
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}{LogFormat.MaxSequence - sequence:D18}");
    }

    /// <summary>Reads a segment's key.</summary>
    /// <param name="key">A key.</param>
    /// <param name="first">The sequence number of its first record.</param>
    /// <returns>False for every name but the exact one.</returns>
    public static bool TryParse(string key, out long first)
    {
        ArgumentNullException.ThrowIfNull(key);
        first = 0;
        const int digits = 18;
        var start = Prefix.Length + digits + 1;
        if (key.Length < start + 1 + Suffix.Length || key.Length > start + digits + Suffix.Length)
            return false;
        return long.TryParse(key.AsSpan(start, key.Length - start - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && key == Format(first);
    }
}
