using System.Text;

namespace ImmutableAudit.Fuzz;

/// <summary>Changes inputs the ways that break readers. The seed decides what comes out.</summary>
/// <param name="seed">What decides.</param>
/// <param name="corpus">What to change: the first are good.</param>
/// <param name="good">How many of them are.</param>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> corpus, int good)
{
    private const int MostBytes = 256 * 1024;

    private static readonly string[] Numbers =
    [
        "0", "00", "-0", "-1", "1", "+1", "1.0", "1e0", "127", "128", "255", "256", "16383", "16384", "16385", "65535", "65536",
        "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "999999999999999999", "1000000000000000000", "1e999", "-1e-999", "٣", "１",
    ];

    // Overlong, a surrogate, beyond Unicode, cut off, alone; then what isn't wrong but odd.
    private static readonly byte[][] OddText =
    [
        [0xC0, 0x80], [0xC1, 0xBF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5], [0xE2, 0x82], [0x80], [0xFF], [0xFE, 0xFF],
        [0xEF, 0xBB, 0xBF], [0xE2, 0x80, 0xA8], [0xC2, 0x85], [0xC2, 0xA0], [0xE2, 0x84, 0xAA], [0xEF, 0xBF, 0xBE], [0], [0x7F],
    ];

    private readonly Random _random = new(seed);
    private readonly RandomJson _plain = new(seed);

    /// <summary>One of the corpus, mostly a good one, changed in one way or in a few.</summary>
    public byte[] Next()
    {
        var bytes = corpus[_random.Next(_random.Next(4) == 0 ? corpus.Count : good)];
        for (var i = _random.Next(2) == 0 ? 0 : _random.Next(4); i >= 0; i--)
        {
            var changed = Changed(bytes);
            if (changed.Length <= MostBytes)
                bytes = changed;
        }

        return bytes;
    }

    private byte[] Changed(byte[] bytes) => _random.Next(16) switch
    {
        0 => Spliced(bytes),
        1 => Digits(bytes),
        2 => Doubled(bytes),
        3 => Nested(bytes),
        4 => Inserted(bytes, Pick(OddText)),
        5 => bytes[.._random.Next(bytes.Length + 1)],
        6 => Lines(bytes),
        7 => Token(bytes),
        8 => Long(bytes),
        9 => LittleEndian(bytes),
        10 or 11 => Letter(bytes),
        _ => bytes.Length == 0 ? Pick(corpus) : _plain.Mutated(bytes),
    };

    private byte[] Spliced(byte[] bytes)
    {
        var other = Pick(corpus);
        return [.. other[.._random.Next(other.Length + 1)], .. bytes[_random.Next(bytes.Length + 1)..]];
    }

    // A number becomes one at a limit.
    private byte[] Digits(byte[] bytes)
    {
        var (from, to) = Run(bytes, b => char.IsAsciiDigit((char)b));
        return Replaced(bytes, from, to, Encoding.UTF8.GetBytes(_random.Next(20) == 0 ? new string('9', 400) : Pick(Numbers)));
    }

    // A member, an item or a word stands twice, perhaps in other letters.
    private byte[] Doubled(byte[] bytes)
    {
        var (from, to) = Run(bytes, b => b is not ((byte)',' or (byte)'{' or (byte)'}' or (byte)'\n' or (byte)' '));
        var part = bytes[from..to];
        if (_random.Next(3) == 0)
            part = [.. part.Select(b => char.IsAsciiLetter((char)b) ? (byte)(b ^ 0x20) : b)];
        byte separator = to < bytes.Length ? bytes[to] : (byte)',';
        return Inserted(bytes, [separator is (byte)'}' or (byte)'{' ? (byte)',' : separator, .. part], to);
    }

    private byte[] Nested(byte[] bytes)
    {
        var depth = _random.Next(10) == 0 ? _random.Next(20_000) : _random.Next(80);
        var (open, close) = _random.Next(3) switch { 0 => ("[", "]"), 1 => ("{\"a\":", "}"), _ => ("(", ")") };
        var (from, to) = Run(bytes, b => b is not ((byte)',' or (byte)'}' or (byte)':'));
        return
        [
            .. bytes[..from], .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(open, depth))), .. bytes[from..to],
            .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(close, depth - (_random.Next(4) == 0 ? Math.Min(depth, 1) : 0)))), .. bytes[to..],
        ];
    }

    // A line goes, stands twice, changes its place, or ends otherwise.
    private byte[] Lines(byte[] bytes)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split('\n').ToList();
        int one = _random.Next(lines.Count), other = _random.Next(lines.Count);
        switch (_random.Next(5))
        {
            case 0:
                lines.RemoveAt(one);
                break;
            case 1:
                lines.Insert(other, lines[one]);
                break;
            case 2:
                (lines[one], lines[other]) = (lines[other], lines[one]);
                break;
            case 3:
                lines[one] += "\r";
                break;
            default:
                lines.Insert(one, "");
                break;
        }

        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    // A word of one input in the place of a word of another.
    private byte[] Token(byte[] bytes)
    {
        var other = Pick(corpus);
        var (from, to) = Run(bytes, IsOfWord);
        var (start, end) = Run(other, IsOfWord);
        return Replaced(bytes, from, to, other[start..end]);
    }

    // The least change that there is: another letter or digit, which often leaves the input good.
    private byte[] Letter(byte[] bytes)
    {
        var (from, to) = Run(bytes, IsOfWord);
        if (from == to)
            return bytes;
        var copy = bytes.ToArray();
        var at = _random.Next(from, to);
        copy[at] = (byte)(char.IsAsciiDigit((char)copy[at]) ? '0' + _random.Next(10) : 'a' + _random.Next(26));
        return copy;
    }

    // Lengths around which limits lie.
    private byte[] Long(byte[] bytes)
    {
        if (_random.Next(4) > 0)
            return Inserted(bytes, Encoding.ASCII.GetBytes(new string((char)_random.Next(' ', 127), _random.Next(300))));
        var (from, to) = Run(bytes, IsOfWord);
        var part = from == to ? "a"u8.ToArray() : bytes[from..to];
        var times = (_random.Next(2) == 0 ? 65_600 - bytes.Length : _random.Next(120_000)) / part.Length;
        return Inserted(bytes, [.. Enumerable.Repeat(part, Math.Max(1, times)).SelectMany(one => one)], to);
    }

    // A length in a binary format.
    private byte[] LittleEndian(byte[] bytes)
    {
        if (bytes.Length < 4)
            return bytes;
        var at = _random.Next(bytes.Length - 3);
        var copy = bytes.ToArray();
        int[] lengths = [0, 1, -1, int.MaxValue, int.MinValue, bytes.Length, bytes.Length - at, bytes.Length - at - 4, _random.Next(256)];
        BitConverter.TryWriteBytes(copy.AsSpan(at), lengths[_random.Next(lengths.Length)]);
        return copy;
    }

    private (int From, int To) Run(byte[] bytes, Predicate<byte> belongs)
    {
        if (bytes.Length == 0)
            return (0, 0);
        var start = _random.Next(bytes.Length);
        var from = Array.FindIndex(bytes, start, belongs);
        if (from < 0)
            return (start, start);
        while (from > 0 && belongs(bytes[from - 1]))
            from--;
        var to = Array.FindIndex(bytes, from, b => !belongs(b));
        return (from, to < 0 ? bytes.Length : to);
    }

    private static bool IsOfWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b >= 0x80;

    private byte[] Inserted(byte[] bytes, byte[] what, int? at = null)
    {
        var place = at ?? _random.Next(bytes.Length + 1);
        return Replaced(bytes, place, place, what);
    }

    private static byte[] Replaced(byte[] bytes, int from, int to, byte[] by) => [.. bytes[..from], .. by, .. bytes[to..]];

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}
