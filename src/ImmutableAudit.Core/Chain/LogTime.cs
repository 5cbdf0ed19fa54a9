using System.Buffers.Text;

namespace ImmutableAudit.Chain;

/// <summary>The one way to write a time in a log: <c>YYYY-MM-DDThh:mm:ss.fffffffZ</c>, UTC, 100 ns, 28 bytes.</summary>
internal static class LogTime
{
    public const int Length = 28;

    public static void Write(DateTime utc, Span<byte> destination)
    {
        // 'O' writes the kind Utc as Z with seven digits: exactly the format.
        if (!Utf8Formatter.TryFormat(DateTime.SpecifyKind(utc, DateTimeKind.Utc), destination, out var written, new('O')) || written != Length)
            throw new InvalidOperationException("A time didn't format as 28 bytes.");
    }

    public static string ToText(long ticks)
    {
        Span<byte> text = stackalloc byte[Length];
        Write(new DateTime(ticks, DateTimeKind.Utc), text);
        return System.Text.Encoding.ASCII.GetString(text);
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length != Length || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':'
            || text[19] != '.' || text[27] != 'Z')
            return false;
        int year = Two(text, 0) * 100 + Two(text, 2), month = Two(text, 5), day = Two(text, 8);
        int hour = Two(text, 11), minute = Two(text, 14), second = Two(text, 17);
        int high = Two(text, 20), middle = Two(text, 22), low = Two(text, 24);
        var last = text[26] - '0';
        if ((year | month | day | hour | minute | second | high | middle | low | last) < 0 || last > 9
            || year < 1 || month is < 1 or > 12 || hour > 23 || minute > 59 || second > 59
            || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        var fraction = ((high * 100 + middle) * 100 + low) * 10 + last;
        ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks + fraction;
        return true;
    }

    // Two digits, or a negative number large enough to stay negative in the sums above.
    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        int tens = text[at] - '0', ones = text[at + 1] - '0';
        return (uint)tens > 9 || (uint)ones > 9 ? int.MinValue / 128 : tens * 10 + ones;
    }
}
