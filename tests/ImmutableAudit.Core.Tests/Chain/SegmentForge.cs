using System.IO.Compression;
using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

/// <summary>What a forged record says; the forge adds number, link and times.</summary>
/// <param name="Action">The action.</param>
/// <param name="Data">The data as JSON; null for none.</param>
/// <param name="Line">The whole line instead.</param>
/// <param name="Twist">What becomes of the finished line before it is hashed, linked and sealed.</param>
internal sealed record ForgedRecord(string Action = "s3:GetObject", string? Data = null, string? Line = null, Func<string, string>? Twist = null);

/// <summary>A segment that was made by hand.</summary>
internal sealed record ForgedSegment(long First, byte[] Stored, string[] Lines)
{
    public string Key => SegmentName.Format(First);
}

/// <summary>
/// Builds segments from lines without the product's own builder, right or wrong, and keeps the place in the log: what
/// a stranger with these keys could write.
/// </summary>
internal sealed class SegmentForge : IDisposable
{
    private readonly MerkleHasher _hasher = new();
    private int _ids;

    public SegmentForge(string origin) => Origin = origin;

    public string Origin { get; }

    public long Size { get; set; }

    public Digest LastLeaf { get; set; }

    public Digest LastSegment { get; set; }

    public long KeysAt { get; set; } = -1;

    public CompactRange Frontier { get; set; } = new();

    /// <summary>When records claim to have been recorded.</summary>
    public DateTime Recorded { get; set; } = new(2026, 11, 21, 20, 38, 2, DateTimeKind.Utc);

    public SegmentForge Copy() => new(Origin)
    {
        Size = Size, LastLeaf = LastLeaf, LastSegment = LastSegment, KeysAt = KeysAt, Frontier = Frontier.Clone(), Recorded = Recorded, _ids = _ids,
    };

    public static string NewOrigin(string name = "test/forged") => Genesis.NewOrigin(name);

    public void Dispose() => _hasher.Dispose();

    /// <summary>A genesis with keys of which each has one role or both.</summary>
    public ForgedSegment Create(TestKey seal, params (KeyRole Role, TestKey Key)[] others)
    {
        var keys = new List<GenesisKey> { new(others.Length == 0 ? KeyRole.Seal | KeyRole.Admin : KeyRole.Seal, seal.Named(Origin)) };
        keys.AddRange(others.Select(other => new GenesisKey(other.Role, other.Key.Named(Origin))));
        var data = Encoding.UTF8.GetString(new Genesis(Origin, keys, null, 300, null).ToJson());
        return Segment(seal, new ForgedRecord(LogFormat.LogCreated, data));
    }

    /// <summary>A segment that follows here, and the step forward to behind it.</summary>
    public ForgedSegment Segment(TestKey seal, params ForgedRecord[] records)
    {
        var lines = new List<string>();
        var before = Frontier.Clone();
        long first = Size, keysBefore = KeysAt;
        foreach (var record in records)
        {
            var line = record.Line ?? MakeLine(record, Size == first, keysBefore);
            line = record.Twist?.Invoke(line) ?? line;
            lines.Add(line);
            LastLeaf = _hasher.Leaf(Bytes(line));
            Frontier.Append(LastLeaf, _hasher);
            if (record.Action is LogFormat.LogCreated or AdminRecord.KeyAdded or AdminRecord.KeyRetired or AdminRecord.KeyCompromised)
                KeysAt = Size;
            Size++;
        }

        var segment = Sealed(seal, first, lines, before);
        LastSegment = _hasher.Plain(segment.Stored);
        return segment;
    }

    /// <summary>An admin record signed for its place; the place can be given wrongly.</summary>
    public ForgedRecord Admin(TestKey admin, string action, (string Name, string Value)[] arguments, long? place = null, string? origin = null)
    {
        var text = AdminRecord.NoteText(origin ?? Origin, action, place ?? KeysAt, [.. arguments.Select(argument => argument.Value)]);
        return AdminWithNote(action, arguments, admin.Note(text, Origin));
    }

    public static ForgedRecord AdminWithNote(string action, (string Name, string Value)[] arguments, string? note)
    {
        var members = arguments.Select(argument => $"\"{argument.Name}\":{Text(argument.Value)}");
        if (note is not null)
            members = members.Append($"\"note\":{Text(note)}");
        return new ForgedRecord(action, "{" + string.Join(',', members) + "}");
    }

    /// <summary>Lines under a seal that folds them, by whatever key and for whatever place.</summary>
    public ForgedSegment Sealed(TestKey seal, long first, IReadOnlyList<string> lines, CompactRange before)
    {
        var range = before.Clone();
        foreach (var line in lines)
            range.Append(_hasher.Leaf(Bytes(line)), _hasher);
        var note = seal.Note(new Checkpoint(Origin, first + lines.Count, range.Root(_hasher)).ToText(), Origin);
        return WithSeal(first, lines, Encoding.UTF8.GetString(Seal.Write(first, lines.Count, before.ToArray(), note)));
    }

    public static ForgedSegment WithSeal(long first, IReadOnlyList<string> lines, string sealLine) =>
        new(first, Gzip(Bytes(string.Concat(lines.Select(line => line + "\n")) + sealLine)), [.. lines]);

    /// <summary>A text as UTF-8, in which a U+DCFF that stands alone is the byte FF: so that a text can hold what isn't UTF-8.</summary>
    public static byte[] Bytes(string text)
    {
        var parts = text.Split('\uDCFF');
        return [.. Encoding.UTF8.GetBytes(parts[0]), .. parts.Skip(1).SelectMany(part => Encoding.UTF8.GetBytes(part).Prepend((byte)0xFF))];
    }

    public string MakeLine(ForgedRecord record, bool first, long keysBefore)
    {
        var head = $"{{\"seq\":{Size},\"prev\":\"{LastLeaf}\"";
        if (first)
            head += $",\"segment\":\"{LastSegment}\"" + (Size > 0 ? $",\"keys\":{keysBefore}" : "");
        var id = new Guid(_ids++, 1, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 9);
        return head + $",\"recorded\":\"{LogTime.ToText(Recorded.Ticks)}\",\"id\":\"{id}\",\"time\":\"2026-11-21T20:38:00.1234567Z\",\"action\":{Text(record.Action)}"
            + (record.Data is null ? "}" : $",\"data\":{record.Data}}}");
    }

    /// <summary>The text of a stored object.</summary>
    public static byte[] Gunzip(ReadOnlySpan<byte> stored)
    {
        using var gzip = new GZipStream(new MemoryStream(stored.ToArray()), CompressionMode.Decompress);
        var text = new MemoryStream();
        gzip.CopyTo(text);
        return text.ToArray();
    }

    /// <summary>One gzip member with the format's header.</summary>
    public static byte[] Gzip(ReadOnlySpan<byte> text, CompressionLevel level = CompressionLevel.Fastest)
    {
        var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, level, leaveOpen: true))
            gzip.Write(text);
        var bytes = stored.ToArray();
        GzipMember.Header.CopyTo(bytes);
        return bytes;
    }

    /// <summary>A text as JSON, escaped as little as can be.</summary>
    public static string Text(string value) =>
        "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
