using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ImmutableAudit.Evidence;

namespace ImmutableAudit.Core.Tests.Evidence;

/// <summary>Zips that are made to mislead or to exhaust who unpacks them are refused before anything is unpacked.</summary>
public sealed class HostileZipTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("records/../../evil.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("records\\1.json")]
    [InlineData("C:evil.txt")]
    [InlineData("records/")]
    [InlineData("records//1.json")]
    [InlineData("./README.txt")]
    [InlineData("records/1.json.")]
    [InlineData("a\0b")]
    [InlineData("grün.txt")]
    [InlineData("readme.TXT")]
    [InlineData("README.txt")]
    public void Names_that_lead_elsewhere_or_are_there_twice(string name) => Refuses(Good((name, "x"u8.ToArray())), "name may not be");

    [Fact]
    public void Good_zips_are_read_also_those_of_the_base_library()
    {
        var content = Encoding.ASCII.GetBytes(new string('a', 5000) + "b");
        Assert.Equal(content, Open(Good(("big.txt", content))).Read("big.txt"));
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, true))
        {
            using var entry = zip.CreateEntry("records/1.json").Open();
            entry.Write(content);
        }

        Assert.Equal(content, Open(memory.ToArray()).Read("records/1.json"));
    }

    [Fact]
    public void Whatever_lies_before_between_or_behind()
    {
        var good = Good();
        Refuses([.. good, 0], "follows it");
        Refuses([0, .. good], "directory isn't where");
        Refuses(good[..^1], "cut off");
        Refuses([], "isn't a zip");
        Refuses(new byte[22], "isn't a zip");
        var comment = (byte[])[.. good, (byte)'x'];
        comment[^3] = 1;
        Refuses(comment, "");
        // A gap behind the files, the directory moved.
        var begin = Begin(good);
        byte[] gap = [.. good[..begin], 1, 2, 3, .. good[begin..]];
        BinaryPrimitives.WriteInt32LittleEndian(gap.AsSpan(gap.Length - 6), begin + 3);
        Refuses(gap, "between its files");
    }

    [Fact]
    public void Encrypted_or_packed_otherwise()
    {
        Refuses(Patched(8, 1), "encrypted");
        Refuses(Patched(8, 8), "packed in another way");
        Refuses(Patched(10, 12), "packed in another way");
        Refuses(Patched(30, 1), "");
        Refuses(Patched(32, 1), "comment");
        Refuses(Patched(42, 1), "right behind");
        // Another thing at its place than in the directory.
        var twofold = Good();
        twofold[30] = (byte)'X';
        Refuses(twofold, "another at its place");
    }

    [Fact]
    public void Bombs()
    {
        // What unpacks to more than is said, and to less.
        foreach (var said in new[] { 10, 4999, 5001 })
        {
            var bomb = Good(("bomb.txt", new byte[5000]));
            BothPlaces(bomb, "bomb.txt", 22, said);
            Assert.Equal(AuditErrors.EvidenceInvalid, Assert.Throws<AuditException>(() => Open(bomb).Read("bomb.txt")).ErrorId);
        }

        var large = Good(("bomb.txt", new byte[5000]));
        BothPlaces(large, "bomb.txt", 22, ZipFormat.MaxFileBytes + 1);
        Refuses(large, "no file of a package has");
        Refuses(Patched(24, 255, 255, 255, 255), "no file of a package has");
        var many = Enumerable.Range(0, ZipFormat.MaxEntries + 1);
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, true))
        {
            foreach (var i in many)
                zip.CreateEntry($"records/{i}.json", CompressionLevel.NoCompression);
        }

        Refuses(memory.ToArray(), "");
    }

    [Fact]
    public void Every_byte_of_a_zip_is_read_as_it_was_or_refused()
    {
        var good = Good(("a.txt", Encoding.ASCII.GetBytes(new string('a', 300))), ("b.txt", "plain"u8.ToArray()));
        for (var at = 0; at < good.Length; at++)
        {
            var changed = (byte[])good.Clone();
            changed[at] ^= 1;
            try
            {
                var zip = Open(changed);
                foreach (var name in zip.Names)
                    zip.Read(name);
            }
            catch (AuditException e)
            {
                Assert.Equal(AuditErrors.EvidenceInvalid, e.ErrorId);
            }
        }

        for (var length = 0; length < good.Length; length++)
            Assert.Throws<AuditException>(() => Open(good[..length]));
    }

    private static byte[] Good(params (string Name, byte[] Content)[] more)
    {
        using var memory = new MemoryStream();
        using var zip = new ZipWriter(memory);
        zip.Add("README.txt", "hello"u8);
        foreach (var (name, content) in more)
            zip.Add(name, content);
        zip.Finish();
        var bytes = memory.ToArray();
        return bytes;
    }

    private static int Begin(byte[] zip) => BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(zip.Length - 6));

    // Changes the first entry of the directory.
    private static byte[] Patched(int at, params byte[] values)
    {
        var zip = Good();
        values.CopyTo(zip, Begin(zip) + at);
        return zip;
    }

    private static void BothPlaces(byte[] zip, string name, int at, int value)
    {
        var local = zip.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name)) - ZipFormat.LocalLength;
        var entry = zip.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(name)) - ZipFormat.EntryLength;
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(local + at), value);
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(entry + at + 2), value);
    }

    private ZipReader Open(byte[] zip) => ZipReader.Open(new MemoryStream(zip), _path);

    private void Refuses(byte[] zip, string why)
    {
        var error = Assert.Throws<AuditException>(() => Open(zip));
        Assert.Equal(AuditErrors.EvidenceInvalid, error.ErrorId);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }
}
