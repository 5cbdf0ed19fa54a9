using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

/// <summary>
/// Every reader of bytes that others wrote, fed with damaged ones: no exception but those that are documented, and no
/// more memory than is said. Runs a fixed number of rounds; with IMMUTABLEAUDIT_FUZZ_SECONDS for as long as that, each
/// reader, with other seeds.
/// </summary>
public sealed class HostileInputTests : IDisposable
{
    private const int Rounds = 2500;
    private readonly TestKey _key = TestKey.OfPem(FixedNote.Pem);
    private readonly SegmentForge _forge = new(FixedNote.Name);
    private readonly SegmentParser _parser = new();
    private readonly RecordScanner _scanner = new();

    [Fact]
    public void Segments_as_stored() => Attack(Segments().Select(segment => segment.Stored), bytes => Parse(bytes));

    [Fact]
    public void Segments_text_compressed_again() => Attack(Segments().Select(segment => SegmentForge.Gunzip(segment.Stored)), text => Parse(SegmentForge.Gzip(text)));

    [Fact]
    public void Segments_whose_lines_are_linked_and_sealed()
    {
        // Damage that the links and the seal agree with gets further in.
        var state = ChainState.Empty;
        var segments = Segments();
        Attack(segments.SelectMany(segment => segment.Lines).Select(Encoding.UTF8.GetBytes), line =>
        {
            if (line.Length == 0 || line.Contains((byte)'\n'))
                return;
            string text;
            try
            {
                text = new UTF8Encoding(false, true).GetString(line);
            }
            catch (DecoderFallbackException)
            {
                return;
            }

            using var forge = new SegmentForge(FixedNote.Name);
            var sealedLine = forge.Sealed(_key, 0, [text], forge.Frontier);
            if (_parser.Parse(sealedLine.Stored, 0, SegmentParts.Text, out _) is { } segment)
            {
                state.Accept(segment, out _);
                AuditRecord.FromVerified(segment.Line(0), segment.LastLeaf, "origin", "key", null);
            }
        }, 0.3);
    }

    [Fact]
    public void Seals() => Attack(Segments().Select(segment => SegmentForge.Gunzip(segment.Stored)[(segment.Lines.Sum(line => Encoding.UTF8.GetByteCount(line) + 1))..^1]), line =>
    {
        if (Seal.TryParse(line) is { } seal)
        {
            seal.IsVerifiedBy(_key.Named(FixedNote.Name));
            Assert.Equal(line, Seal.Write(seal.First, seal.Count, seal.Frontier.ToArray(), seal.Note)[..^1]);
        }
    });

    [Fact]
    public void Notes_keys_and_checkpoints()
    {
        var known = new[] { VerifierKey.Parse(FixedNote.Vkey) };
        Attack([Encoding.UTF8.GetBytes(FixedNote.Note), Encoding.UTF8.GetBytes(FixedNote.Note + FixedNote.SignatureLine)], bytes =>
        {
            var note = SignedNote.TryParse(Encoding.UTF8.GetString(bytes));
            note?.VerifiedBy(known);
        });
        Attack([Encoding.UTF8.GetBytes(FixedNote.Text)], bytes =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            if (Checkpoint.TryParse(text) is { } checkpoint)
                Assert.Equal(text, checkpoint.ToText());
        });
        Attack([Encoding.UTF8.GetBytes(FixedNote.Vkey)], bytes =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            using var key = VerifierKey.TryParse(text);
            if (key is not null)
                Assert.Equal(text, key.ToString());
        });
        Attack([Convert.FromBase64String(FixedNote.LowS), Convert.FromBase64String(FixedNote.HighS)], bytes =>
        {
            if (EcdsaSignature.IsCanonical(bytes))
                Assert.Equal(bytes, EcdsaSignature.Normalise(bytes));
            known[0].Verify("text"u8, bytes);
        });
        Attack([Convert.FromBase64String(FixedNote.Spki), Convert.FromBase64String(FixedNote.SpkiExplicitCurve), Convert.FromBase64String(FixedNote.SpkiCompressed)], bytes =>
            Documented(() => VerifierKey.Create("name", bytes).Dispose(), AuditErrors.KeyInvalid));
    }

    [Fact]
    public void Trust_policies_and_files_of_keys()
    {
        var policy = $"# whom we trust\nlog {FixedNote.Vkey} https://example.com\nwitness w example.com/w+a1b2c3d4+{Convert.ToBase64String(new byte[33])}\ngroup g 1 w\nquorum none\n";
        Attack([Encoding.UTF8.GetBytes($"log {FixedNote.Vkey}\nquorum none\n"), Encoding.UTF8.GetBytes(policy), Encoding.UTF8.GetBytes($"# keys\n{FixedNote.Vkey}\n")], bytes =>
        {
            Documented(() => TrustPolicy.Parse(bytes), AuditErrors.FormatInvalid);
            Documented(() => Assert.NotEmpty(TrustedKeyFile.Parse(bytes)), AuditErrors.FormatInvalid, AuditErrors.QuorumUnsupported);
        });
    }

    [Fact]
    public void Genesis_and_admin_data()
    {
        var datas = Segments().SelectMany(segment => _parser.Parse(segment.Stored, segment.First, SegmentParts.None, out _)!.Reserved).ToList();
        Assert.True(datas.Count > 3);
        var actions = datas.Select(data => data.Action).Distinct().ToList();
        Attack(datas.Select(data => data.Data), bytes =>
        {
            Genesis.TryParse(bytes);
            // Only data that a scanned line held comes this far.
            if (_scanner.ScanData(bytes) is null)
            {
                foreach (var action in actions)
                    AdminRecord.TryParse(7, action, bytes)?.IsSignedBy([_key.Named(FixedNote.Name)], FixedNote.Name, 0);
            }
        });
    }

    [Fact]
    public void Event_data()
    {
        var random = new RandomJson(5);
        Attack(Enumerable.Range(0, 50).Select(_ => Encoding.UTF8.GetBytes(random.Object(1, 5))), bytes => Documented(
            () =>
            {
                var data = EventData.Parse(bytes);
                Assert.Null(_scanner.ScanData(data.Utf8.Span));
                using var before = JsonDocument.Parse(bytes);
                using var after = JsonDocument.Parse(data.Utf8);
                Assert.True(JsonElement.DeepEquals(before.RootElement, after.RootElement));
            },
            AuditErrors.EventInvalid));
    }

    [Fact]
    public void Names_times_and_numbers()
    {
        Attack([Encoding.ASCII.GetBytes(AlterableLog.KeyOf(41)), Encoding.ASCII.GetBytes(AlterableLog.KeyOf(0))], bytes =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            if (SegmentName.TryParse(text, out var first))
                Assert.Equal(text, SegmentName.Format(first));
        });
        Attack([Encoding.ASCII.GetBytes(RecordLines.Time)], bytes =>
        {
            if (LogTime.TryParse(bytes, out var ticks))
                Assert.Equal(Encoding.ASCII.GetString(bytes), LogTime.ToText(ticks));
        });
        Attack([Encoding.ASCII.GetBytes(RecordLines.Id)], bytes =>
        {
            if (RecordId.TryParse(bytes, out var id))
                Assert.Equal(Encoding.ASCII.GetString(bytes), RecordId.ToGuid(id).ToString());
        });
        Attack([Encoding.ASCII.GetBytes(RecordLines.Hash)], bytes =>
        {
            if (Merkle.Digest.TryParse(bytes, out var digest))
                Assert.Equal(Encoding.ASCII.GetString(bytes), digest.ToString());
        });
    }

    public void Dispose()
    {
        _key.Dispose();
        _forge.Dispose();
        _parser.Dispose();
    }

    private void Parse(byte[] stored)
    {
        if (_parser.Parse(stored, 0, SegmentParts.Text | SegmentParts.Leaves, out var defect) is { } segment)
            ChainState.Empty.Accept(segment, out _);
        else
            Assert.NotEmpty(defect!.Message);
        _parser.Parse(stored, 1, SegmentParts.None, out _);
    }

    private static void Documented(Action action, params string[] errorIds)
    {
        try
        {
            action();
        }
        catch (AuditException e) when (errorIds.Contains(e.ErrorId))
        {
            // As documented.
        }
    }

    // A genesis and segments behind it with records of every kind.
    private List<ForgedSegment> Segments()
    {
        using var forge = new SegmentForge(FixedNote.Name);
        var vkey = VerifierKey.Create(FixedNote.Name, TestKey.OfScalar(7).PublicKey.Span).ToString();
        return
        [
            forge.Create(_key),
            forge.Segment(_key, new(), new(Data: "{\"a\":[1,{\"b\":\"\\u00e9\"}],\"c\":null}"), new("é😀")),
            forge.Segment(_key, forge.Admin(_key, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", vkey)])),
            forge.Segment(_key, forge.Admin(_key, AdminRecord.KeyCompromised, [("vkey", vkey), ("since", RecordLines.Time)])),
            forge.Segment(_key, forge.Admin(_key, AdminRecord.LogMoved, [("from", "s3://x"), ("size", "5"), ("root", RecordLines.Hash)])),
            forge.Segment(_key, forge.Admin(_key, AdminRecord.LogClosed, [])),
        ];
    }

    private static void Attack(IEnumerable<byte[]> inputs, Action<byte[]> read, double share = 1)
    {
        var samples = inputs.ToList();
        foreach (var sample in samples)
            read(sample);
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("IMMUTABLEAUDIT_FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        var seed = seconds > 0 ? Environment.TickCount : 17;
        var mutating = new RandomJson(seed);
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        for (var round = 0; seconds > 0 ? clock.Elapsed.TotalSeconds < seconds : round < Rounds * share; round++)
        {
            var bytes = samples[random.Next(samples.Count)];
            for (var i = random.Next(4); i >= 0; i--)
                bytes = bytes.Length == 0 || random.Next(12) == 0 ? Spliced(samples[random.Next(samples.Count)], bytes, random) : mutating.Mutated(bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(bytes);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, round {round}: {Convert.ToBase64String(bytes)}", e);
            }

            // A segment's text twice, with what is made of it.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5L * LogFormat.MaxSegmentBytes);
        }
    }

    private static byte[] Spliced(byte[] one, byte[] two, Random random) => [.. one[..random.Next(one.Length + 1)], .. two[random.Next(two.Length + 1)..]];
}
