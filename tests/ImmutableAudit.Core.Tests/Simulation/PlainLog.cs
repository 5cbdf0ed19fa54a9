using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>One record as <see cref="PlainLog"/> reads it.</summary>
internal sealed record PlainRecord(long Sequence, string Previous, string? Segment, Guid Id, string? Event, string LeafHash);

/// <summary>
/// The log in a simulated store, read by the format's rule (of each position's versions, the first valid one counts)
/// in the plainest way, with the base library alone: shares no code with what it checks.
/// </summary>
internal sealed class PlainLog : IDisposable
{
    // Runs that begin with the same long log share its bytes.
    private static readonly ConditionalWeakTable<byte[], StrongBox<Segment?>> Parsed = [];
    private readonly Dictionary<(int Start, int Length), byte[]> _subtrees = [];
    private readonly List<byte[]> _leaves = [];
    private readonly List<ECDsa> _keys = [];
    private string _last = new('0', 64);
    private string _lastSegment = new('0', 64);

    /// <param name="keys">The keys that writers seal with. Which of them may where isn't looked at: no writer here uses one that may not.</param>
    public PlainLog(IEnumerable<MemoryKey> keys)
    {
        foreach (var key in keys)
        {
            var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(key.PublicKey.Span, out _);
            _keys.Add(ecdsa);
        }
    }

    /// <summary>The records, in order.</summary>
    public List<PlainRecord> Records { get; } = [];

    /// <summary>For each position, the version that counts.</summary>
    public Dictionary<string, ServerVersion> Counting { get; } = [];

    /// <summary>Reads on from where it ended when last read. Versions that count are never removed, so what was read stays.</summary>
    public PlainLog Read(SimulatedServer server)
    {
        while (true)
        {
            var key = KeyOf(Records.Count);
            var (found, segment) = server.Versions(key).Select(version => (version, Take(version))).FirstOrDefault(pair => pair.Item2 is not null);
            if (segment is null)
                return this;
            Counting.Add(key, found);
            foreach (var (record, leaf) in segment.Records)
            {
                Records.Add(record);
                _leaves.Add(leaf);
            }

            _last = Records[^1].LeafHash;
            _lastSegment = segment.Digest;
        }
    }

    public void Dispose() => _keys.ForEach(key => key.Dispose());

    public static string KeyOf(long first) => $"segments/{999_999_999_999_999_999 - first:D18}-{first}.jsonl.gz";

    private Segment? Take(ServerVersion version)
    {
        if (version.IsMarker || version.IsReplica || version.ETag.Contains('-', StringComparison.Ordinal)
            || version.Readable != ReadStatus.Ok || version.Size > 17 << 20)
            return null;
        var segment = Parsed.GetValue(version.Content, content => new StrongBox<Segment?>(Parse(content))).Value;
        return segment is not null && Fits(segment) ? segment : null;
    }

    private bool Fits(Segment segment)
    {
        var previous = _last;
        var next = (long)Records.Count;
        foreach (var (record, _) in segment.Records)
        {
            if (record.Sequence != next || record.Previous != previous || (record.Segment is not null) != (next == Records.Count))
                return false;
            next++;
            previous = record.LeafHash;
        }

        if (segment.Records[0].Record.Segment != _lastSegment || segment.Size != next)
            return false;
        var root = Convert.ToBase64String(Root([.. _leaves, .. segment.Records.Select(record => record.Leaf)], 0));
        return segment.Root == root && _keys.Exists(key => key.VerifyData(segment.Signed, segment.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static Segment? Parse(byte[] content)
    {
        try
        {
            using var text = new MemoryStream();
            using (var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress))
                gzip.CopyTo(text);
            var lines = Encoding.UTF8.GetString(text.ToArray()).Split('\n');
            if (lines[^1].Length != 0 || lines.Length < 3)
                return null;
            var records = lines[..^2].Select(Record).ToList();
            using var seal = JsonDocument.Parse(lines[^2]);
            var note = seal.RootElement.GetProperty("checkpoint").GetString()!.Split("\n\n");
            var checkpoint = note[0].Split('\n');
            var signature = Convert.FromBase64String(note[1].TrimEnd('\n').Split(' ')[2])[4..];
            return new Segment(
                records, long.Parse(checkpoint[1], System.Globalization.CultureInfo.InvariantCulture), checkpoint[2],
                Encoding.UTF8.GetBytes(note[0] + "\n"), signature, Convert.ToHexStringLower(SHA256.HashData(content)));
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or KeyNotFoundException or FormatException or InvalidOperationException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static (PlainRecord Record, byte[] Leaf) Record(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var leaf = SHA256.HashData([0, .. Encoding.UTF8.GetBytes(line)]);
        var name = root.TryGetProperty("data", out var data) && data.TryGetProperty("event", out var given) ? given.GetString() : null;
        var record = new PlainRecord(
            root.GetProperty("seq").GetInt64(), root.GetProperty("prev").GetString()!,
            root.TryGetProperty("segment", out var segment) ? segment.GetString() : null,
            root.GetProperty("id").GetGuid(), name, Convert.ToHexStringLower(leaf));
        return (record, leaf);
    }

    // RFC 6962 §2.1, as it stands there; large subtrees that can't change any more are remembered.
    private byte[] Root(ReadOnlySpan<byte[]> leaves, int start)
    {
        if (leaves.Length == 1)
            return leaves[0];
        var settled = leaves.Length >= 64 && int.IsPow2(leaves.Length) && start + leaves.Length <= _leaves.Count;
        if (settled && _subtrees.TryGetValue((start, leaves.Length), out var known))
            return known;
        var left = 1;
        while (left * 2 < leaves.Length)
            left *= 2;
        var root = SHA256.HashData([1, .. Root(leaves[..left], start), .. Root(leaves[left..], start + left)]);
        if (settled)
            _subtrees[(start, leaves.Length)] = root;
        return root;
    }

    private sealed record Segment(
        List<(PlainRecord Record, byte[] Leaf)> Records, long Size, string Root, byte[] Signed, byte[] Signature, string Digest);
}
