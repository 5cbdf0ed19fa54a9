using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Bench;

/// <summary>What every record passes on its way in and out, each beside the base library's general way to do the same.</summary>
[MemoryDiagnoser]
public class HotPaths : IDisposable
{
    private readonly MerkleHasher _hasher = new();
    private readonly RecordScanner _scanner = new();
    private readonly ByteBuffer _buffer = new();
    private readonly CompactRange _range = new();
    private readonly AuditEvent _event = ReplayedEvents.Make(1)[0];
    private byte[] _line = [];
    private byte[] _entry = [];
    private byte[] _text = [];
    private byte[] _stored = [];
    private UInt128 _id;

    [GlobalSetup]
    public void Setup()
    {
        _id = RecordId.Create(DateTime.UtcNow);
        EventWriter.Write(_buffer, _event, _id, DateTime.UtcNow);
        var head = $"{{\"seq\":41,\"prev\":\"{Digest.Zero}\",\"recorded\":\"2026-11-21T20:38:02.0000000Z\"";
        _line = [.. Encoding.ASCII.GetBytes(head), .. _buffer.Written];
        _entry = [0, .. _line];
        _text = [.. Enumerable.Range(0, 1000).SelectMany(_ => _line.Append((byte)'\n'))];
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest))
            gzip.Write(_text);
        _stored = stored.ToArray();
        GzipMember.Header.CopyTo(_stored);
    }

    [Benchmark(Description = "write an event")]
    public int WriteEvent()
    {
        _buffer.Length = 0;
        EventWriter.Write(_buffer, _event, _id, DateTime.UnixEpoch);
        return _buffer.Length;
    }

    [Benchmark(Description = "make an id")]
    public UInt128 MakeId() => RecordId.Create(DateTime.UnixEpoch);

    [Benchmark(Description = "make an id: Guid.CreateVersion7")]
    public Guid MakeGuid() => Guid.CreateVersion7();

    [Benchmark(Description = "scan a line strictly")]
    public bool ScanLine() => _scanner.Scan(_line, out _) is null;

    [Benchmark(Description = "scan a line loosely: Utf8JsonReader")]
    public int ReadLoosely()
    {
        var reader = new Utf8JsonReader(_line);
        var tokens = 0;
        while (reader.Read())
            tokens++;
        return tokens;
    }

    [Benchmark(Description = "leaf hash")]
    public Digest Leaf() => _hasher.LeafInPlace(_entry);

    [Benchmark(Description = "leaf hash: SHA256.HashData")]
    public int LeafByHashData() => SHA256.HashData(_entry, stackalloc byte[32]);

    [Benchmark(Description = "append a leaf to the compact range")]
    public long Append()
    {
        _range.Append(Digest.Zero, _hasher);
        return _range.Size;
    }

    [Benchmark(Description = "CRC-32 of 1,000 lines")]
    public uint Crc() => Crc32.Compute(_text);

    [Benchmark(Description = "decompress 1,000 lines and check")]
    public bool Decompress() => GzipMember.Holds(_stored, _text);

    public void Dispose()
    {
        _hasher.Dispose();
        GC.SuppressFinalize(this);
    }
}
