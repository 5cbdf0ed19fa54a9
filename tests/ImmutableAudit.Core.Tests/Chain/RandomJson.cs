using System.Globalization;
using System.Text;

namespace ImmutableAudit.Core.Tests;

/// <summary>Random lines, good ones and ones that were damaged in the ways that people and programs damage them.</summary>
internal sealed class RandomJson(int seed)
{
    private static readonly string[] Names =
        ["a", "A", "b", "é", "É", "\\u0061", "\\u0041", "id", "ID", "ip", "type", "x_a", "name", "", "long name of a member", "Long name of a member", "\\ud83d\\ude00", "😀", "\\\"", "host"];

    private static readonly string[] Scalars =
        ["0", "-1", "1.5", "1e9", "-0.0E-3", "true", "false", "null", "\"\"", "\"text\"", "\"\\n\\u00e9é\"", "\"😀\"", "\"\\ud83d\\ude00\"", "\"\\\\\"", "[]", "{}"];

    private static readonly string[] Inserts =
        [" ", "\t", "\n", "\r", "\0", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "1", "-", ".", "e", "\\u0041", "\\ud800", "\\udc00", "\u007f", "é", "null", "\"a\":1,", ",\"x_a\":1", ",\"time\":1", "\uFEFF"];

    private readonly Random _random = new(seed);

    public string Line()
    {
        var line = new StringBuilder(RecordLines.Head);
        var members = new List<string>
        {
            $"\"recorded\":\"{Time()}\"",
            $"\"id\":\"{RandomId()}\"",
            $"\"time\":\"{Time()}\"",
            $"\"action\":{(_random.Next(3) == 0 ? "\"\\u0061\\/é\"" : "\"s3:GetObject\"")}",
        };
        if (_random.Next(4) == 0)
            members.Add($"\"segment\":\"{RecordLines.Hash}\"");
        if (_random.Next(4) == 0)
            members.Add("\"keys\":" + _random.Next(1000).ToString(CultureInfo.InvariantCulture));
        foreach (var name in new[] { "actor", "resource", "source", "data" })
        {
            if (_random.Next(3) == 0)
                members.Add($"\"{name}\":{(_random.Next(5) == 0 ? "null" : Object(2, 3))}");
        }

        if (_random.Next(3) == 0)
            members.Add("\"outcome\":" + Pick(["null", "\"Success\"", "\"Failure\"", "\"Denied\"", "\"Unknown\""]));
        if (_random.Next(3) == 0)
            members.Add("\"reason\":" + Pick(["null", "\"why\"", "\"\""]));
        for (var i = _random.Next(3); i > 0; i--)
            members.Add($"\"x_{Pick(Names)}\":{Value(2, 3)}");
        if (_random.Next(2) == 0)
            _random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(members));
        foreach (var member in members)
            line.Append(',').Append(member);
        return line.Append('}').ToString();
    }

    public string Object(int depth, int members)
    {
        var text = Enumerable.Range(0, _random.Next(members + 1)).Select(_ => $"\"{Pick(Names)}\":{Value(depth + 1, members)}");
        return "{" + string.Join(',', text) + "}";
    }

    /// <summary>The same bytes with one to three things changed.</summary>
    public byte[] Mutated(byte[] bytes)
    {
        var line = bytes.ToList();
        for (var i = _random.Next(3); i >= 0; i--)
        {
            var at = _random.Next(line.Count + 1);
            switch (_random.Next(7))
            {
                case 0 when at < line.Count:
                    line[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1 when at < line.Count:
                    line.RemoveRange(at, _random.Next(1, Math.Min(12, line.Count - at) + 1));
                    break;
                case 2:
                    line.InsertRange(at, Encoding.UTF8.GetBytes(Pick(Inserts)));
                    break;
                case 3 when line.Count > 0:
                    var from = _random.Next(line.Count);
                    line.InsertRange(at, line.GetRange(from, _random.Next(1, Math.Min(60, line.Count - from) + 1)));
                    break;
                case 4 when at < line.Count:
                    line[at] = (byte)_random.Next(256);
                    break;
                case 5 when at < line.Count && line[at] is >= (byte)'a' and <= (byte)'z':
                    line[at] -= 0x20;
                    break;
                case 6 when at < line.Count && char.IsAsciiLetterOrDigit((char)line[at]):
                    var escape = Encoding.ASCII.GetBytes($"\\u{(int)line[at]:x4}");
                    line.RemoveAt(at);
                    line.InsertRange(at, escape);
                    break;
            }
        }

        return [.. line];
    }

    private string Value(int depth, int members) => depth < 6 && _random.Next(3) == 0
        ? _random.Next(2) == 0
            ? Object(depth, members)
            : "[" + string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth + 1, members))) + "]"
        : Pick(Scalars);

    private string Pick(string[] from) => from[_random.Next(from.Length)];

    private string Time() => new DateTime(_random.NextInt64(DateTime.MaxValue.Ticks), DateTimeKind.Utc).ToString("O");

    private string RandomId()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }
}
