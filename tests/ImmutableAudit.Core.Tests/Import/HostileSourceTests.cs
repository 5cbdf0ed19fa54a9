using System.Text;
using ImmutableAudit.Events.Import;

namespace ImmutableAudit.Core.Tests.Import;

/// <summary>Sources that were made to do harm, or came to it.</summary>
public class HostileSourceTests
{
    private const string GoodLine = "2026-03-13 03:12:26 GET /good 200\n";
    private const string Head = "#Fields: date time cs-method cs-uri-stem sc-status\n";

    [Fact]
    public async Task Entities_are_never_expanded_and_cost_their_event()
    {
        var good = Samples.WindowsLogon(4624, 1, "0x8020000000000000");
        var laughs = string.Concat(Enumerable.Range(1, 9).Select(i => $"<!ENTITY l{i} \"{string.Concat(Enumerable.Repeat($"&l{i - 1};", 10))}\">"));
        var text = $"<?xml version='1.0'?><!DOCTYPE Events [<!ENTITY l0 'ha'>{laughs}<!ENTITY xxe SYSTEM 'file:///etc/passwd'>]><Events>"
            + good.Replace("keller", "&xxe;", StringComparison.Ordinal) + good.Replace("keller", "&l9;", StringComparison.Ordinal) + good
            + "<Event><!DOCTYPE x><System/></Event></Events>";
        var entries = await SourceTexts.ReadAsync(text);
        Assert.Equal([false, false, true, false], entries.Select(entry => entry.Event is not null));
        Assert.DoesNotContain(entries, entry => entry.Error?.Message.Contains("root:", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Damaged_xml_costs_its_event_and_one_that_breaks_off_is_told()
    {
        var good = Samples.WindowsLogon(4624, 1, "0x8020000000000000");
        var deep = "<Event>" + string.Concat(Enumerable.Repeat("<a>", 20_000)) + "</Event>";
        var nested = "<Event><System/><UserData><x><Event>1</Event></x></UserData></Event>";
        var huge = "<Event>" + new string('x', 3_000_000) + "</Event>";
        var entries = await SourceTexts.ReadAsync(good + "\n<Event><b></Event>\n" + deep + nested + huge + "\n" + good + good[..300]);
        Assert.Equal([true, false, false, false, false, true, false], entries.Select(entry => entry.Event is not null));
        Assert.Equal([1, 2, 3, 3, 3, 4, 4], entries.Select(entry => entry.Position));
        Assert.Contains("1 MiB", entries[4].Error!.Message, StringComparison.Ordinal);
        Assert.Contains("breaks off", entries[6].Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SourceFormat.W3c)]
    [InlineData(SourceFormat.JsonLines)]
    [InlineData(SourceFormat.LinuxAudit)]
    [InlineData(SourceFormat.S3Access)]
    public async Task A_line_of_a_gigabyte_is_passed_over_without_being_held(SourceFormat format)
    {
        using var stream = new Endless("x", 1_000_000_000, "\n" + Head + GoodLine);
        var before = GC.GetTotalAllocatedBytes();
        var entries = new List<SourceEntry>();
        await foreach (var entry in EventSource.ReadAsync(stream, "source", new SourceOptions { Format = format }))
            entries.Add(entry);
        Assert.Contains("1 MiB", entries[0].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(1, entries[0].Position);
        Assert.Equal(format == SourceFormat.W3c ? 1 : 0, entries.Count(entry => entry.Event is not null));
        Assert.True(GC.GetTotalAllocatedBytes() - before < 200_000_000);
    }

    [Fact]
    public async Task A_bomb_is_refused()
    {
        using var bomb = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(bomb, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 400; i++)
                gzip.Write(zeros);
        }

        var entry = (await SourceTexts.ReadAsync(bomb.ToArray(), new SourceOptions { Format = SourceFormat.W3c }))[^1];
        Assert.Equal((-1, AuditErrors.FormatInvalid), (entry.Position, entry.Error!.ErrorId));
        Assert.Contains("500 times", entry.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_cut_of_a_compressed_file_is_told_and_what_came_before_is_kept()
    {
        var random = new Random(7);
        var text = Head + string.Concat(Enumerable.Range(0, 400).Select(i => $"2026-03-13 03:12:26 GET /{random.Next()} 200\n"));
        var packed = SourceTexts.Gzip(Encoding.ASCII.GetBytes(text));
        var whole = await SourceTexts.ReadAsync(packed, new SourceOptions { Format = SourceFormat.W3c });
        Assert.Equal(400, whole.Count);
        Assert.All(whole, entry => Assert.NotNull(entry.Event));
        for (var length = 2; length < packed.Length; length += length > packed.Length - 40 ? 1 : 97)
        {
            var entries = await SourceTexts.ReadAsync(packed[..length], new SourceOptions { Format = SourceFormat.W3c });
            Assert.True(entries.Count > 0 && entries[^1] is { Position: -1, Error.ErrorId: AuditErrors.FormatInvalid }, $"{length} of {packed.Length} bytes");
        }

        for (var i = 0; i < 200; i++)
        {
            var damaged = (byte[])packed.Clone();
            var at = random.Next(10, packed.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            var entries = await SourceTexts.ReadAsync(damaged, new SourceOptions { Format = SourceFormat.W3c });
            // A flip in the bits that the stream leaves unused changes nothing.
            Assert.True(entries[^1].Error is not null || entries.Select(entry => entry.Event).SequenceEqual(whole.Select(entry => entry.Event), new SameAction()), $"byte {at}");
        }
    }

    [Fact]
    public async Task Bytes_that_arent_utf8_lose_no_event()
    {
        byte[] bytes = [.. Encoding.ASCII.GetBytes(Head + "2026-03-13 03:12:26 GET /"), 0xE4, 0xFF, .. Encoding.ASCII.GetBytes(" 200\n" + GoodLine)];
        var entries = await SourceTexts.ReadAsync(bytes);
        Assert.Equal("/\uFFFD\uFFFD", entries[0].Event!.ResourceId);
        var raw = System.Text.Json.JsonDocument.Parse(entries[0].Event!.Data!.Utf8).RootElement.GetProperty("raw").GetBytesFromBase64();
        Assert.Equal(bytes[Head.Length..^(GoodLine.Length + 1)], raw);
        Assert.NotNull(entries[1].Event);
        // JSON in another encoding isn't JSON.
        byte[] json = [.. "{\"Time\":1773371546,\"Action\":\""u8, 0xFF, .. "\"}\n{\"Time\":1773371546,\"Action\":\"b\"}\n"u8];
        Assert.Equal([false, true], (await SourceTexts.ReadAsync(json)).Select(entry => entry.Event is not null));
    }

    [Fact]
    public async Task A_quote_that_is_never_closed_costs_its_line_however_much_follows()
    {
        var good = string.Concat(Enumerable.Repeat("2026-03-13,read\n", 150_000));
        var entries = await SourceTexts.ReadAsync("Time,Action\n" + good + "2026-03-13,\"x\n" + good + new string('y', 2_000_000) + "\n" + good);
        Assert.Equal([150_002, 300_003], entries.Where(entry => entry.Error is not null).Select(entry => entry.Position));
        Assert.Equal(450_000, entries.Count(entry => entry.Event is not null));
    }

    [Theory]
    [InlineData(SourceFormat.LinuxAudit, "type=SYSCALL msg=audit(x:1): a=b\ntype= msg=audit(): \ntype=X msg=audit(99999999999999999999:1): \nnode=x\n type=a msg=audit(1.1:1)\ntype=A msg=audit(1.0:1): a='b\n")]
    [InlineData(SourceFormat.S3Access, "\n \na b [c\n\" \"\n[\n\"\n")]
    [InlineData(SourceFormat.W3c, "#\n#Fields:\nx\n#Fields: date time cs-method\n1 2 3\n2026-13-01 25:00:00 GET\n")]
    [InlineData(SourceFormat.Ocsf, "{}\n{\"class_uid\":1e99}\n[1\n{\"class_uid\":6003,\"time\":99999999999999999}\n{\"class_uid\":6003,\"time\":1,\"actor\":7,\"metadata\":[],\"resources\":[3]}")]
    [InlineData(SourceFormat.WindowsEvent, "<Event/><Event><System/></Event><Event><System><EventID>x</EventID></System></Event></Event><Event")]
    [InlineData(SourceFormat.Csv, "Time,Action\n\"\"x,y\n,\n")]
    [InlineData(SourceFormat.CloudTrail, "{\"Records\":[{},[],null,{\"eventTime\":7}]}")]
    [InlineData(SourceFormat.LinuxAudit, "node=x msg=audit(1:2):\n")]
    [InlineData(SourceFormat.LinuxAudit, "node=x msg=audit(1:2): type=LOGIN\n")]
    [InlineData(SourceFormat.Csv, "Time,Action,\"a\"b\n2026-03-13,x,y\n")]
    public async Task Nonsense_is_told_and_never_throws(SourceFormat format, string text)
    {
        var random = new Random(11);
        foreach (var bytes in Enumerable.Range(0, 300).Select(i => Changed(Encoding.UTF8.GetBytes(text), random, i)))
        {
            var entries = await SourceTexts.ReadAsync(bytes, new SourceOptions { Format = format });
            Assert.All(entries, entry => Assert.True(entry.Event is not null ^ entry.Error is not null));
        }
    }

    private static byte[] Changed(byte[] bytes, Random random, int changes)
    {
        for (var i = 0; i < changes % 5; i++)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private sealed class SameAction : IEqualityComparer<ImmutableAudit.Events.AuditEvent?>
    {
        public bool Equals(ImmutableAudit.Events.AuditEvent? x, ImmutableAudit.Events.AuditEvent? y) => x?.ResourceId == y?.ResourceId;

        public int GetHashCode(ImmutableAudit.Events.AuditEvent? obj) => 0;
    }

    /// <summary>One letter again and again, and then a text.</summary>
    private sealed class Endless(string letter, long count, string end) : Stream
    {
        private readonly byte[] _end = Encoding.ASCII.GetBytes(end);
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var filled = (int)Math.Min(buffer.Length, Math.Max(0, count - _at));
            buffer.Span[..filled].Fill((byte)letter[0]);
            if (filled == 0)
            {
                filled = (int)Math.Min(buffer.Length, count + _end.Length - _at);
                _end.AsSpan((int)(_at - count), filled).CopyTo(buffer.Span);
            }

            _at += filled;
            return ValueTask.FromResult(filled);
        }

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
