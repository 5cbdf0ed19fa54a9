using System.IO.Compression;
using System.Text;

namespace ImmutableAudit.Samples;

/// <summary>
/// Somebody who may write to the directory and knows the format, but has no key. Works on copies, so that each attempt
/// begins with the log as it was.
/// </summary>
internal static class Intruder
{
    public static string CopyOf(string log, string name)
    {
        var copy = Path.Combine(Path.GetDirectoryName(log)!, name);
        Directory.CreateDirectory(Path.Combine(copy, "segments"));
        foreach (var file in Segments(log))
            File.Copy(file, Path.Combine(copy, "segments", Path.GetFileName(file)));
        return copy;
    }

    /// <summary>The files of a log's segments, oldest first: their names sort the other way.</summary>
    public static string[] Segments(string log) =>
        [.. Directory.GetFiles(Path.Combine(log, "segments")).OrderDescending(StringComparer.Ordinal)];

    /// <summary>Changes one character of a record and compresses its segment anew, with a right CRC.</summary>
    /// <returns>The file, and the record's line before and after.</returns>
    public static (string File, string Was, string Is, int At) ChangeOneCharacter(string log, long sequence)
    {
        foreach (var file in Segments(log))
        {
            var lines = Decompress(file).Split('\n');
            var index = Array.FindIndex(lines, line => line.StartsWith($"{{\"seq\":{sequence},", StringComparison.Ordinal));
            if (index < 0)
                continue;
            var was = lines[index];
            var at = PlaceToChange(was);
            var changed = was.ToCharArray();
            changed[at] = changed[at] == 'x' ? 'y' : 'x';
            lines[index] = new string(changed);
            Compress(file, string.Join('\n', lines));
            return (file, was, lines[index], at);
        }

        throw new InvalidOperationException($"Record {sequence} isn't in '{log}'.");
    }

    /// <summary>Flips one bit in the middle of a file as it lies on the disk.</summary>
    public static void FlipOneBit(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    // The last character of who did it, or of what was done where nobody is named.
    private static int PlaceToChange(string line)
    {
        foreach (var member in (string[])["\"id\":\"", "\"action\":\""])
        {
            var from = member[1] == 'i' ? line.IndexOf("\"actor\":{", StringComparison.Ordinal) : 0;
            var value = from < 0 ? -1 : line.IndexOf(member, from, StringComparison.Ordinal);
            if (value >= 0)
                return line.IndexOf('"', value + member.Length) - 1;
        }

        throw new InvalidOperationException("Every record has an action.");
    }

    private static string Decompress(string file)
    {
        using var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var text = new StreamReader(gzip, Encoding.UTF8);
        return text.ReadToEnd();
    }

    private static void Compress(string file, string text)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        // He knows the format, so he writes the one header that it allows.
        var bytes = stored.ToArray();
        bytes[8] = 0;
        bytes[9] = 0xFF;
        File.WriteAllBytes(file, bytes);
    }
}
