using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

/// <summary>There is one way to write a seal, and every byte of it is checked or signed.</summary>
public sealed class SealTests : IDisposable
{
    private const string Origin = FixedNote.Name;
    private static readonly Digest[] Hashes = [.. Enumerable.Range(1, 3).Select(i => new Digest(Enumerable.Repeat((byte)(i * 77), 32).ToArray()))];
    private readonly TestKey _key = TestKey.OfPem(FixedNote.Pem);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(41, 2)]
    [InlineData(16_383, 1)]
    [InlineData(16_384, 16_384)]
    public void A_seal_reads_back(long first, int count)
    {
        var frontier = Enumerable.Repeat(Hashes[0], System.Numerics.BitOperations.PopCount((ulong)first)).ToArray();
        var line = Line(first, count, frontier);
        var seal = Seal.TryParse(line);
        Assert.NotNull(seal);
        Assert.Equal(first, seal.First);
        Assert.Equal(count, seal.Count);
        Assert.Equal(frontier, seal.Frontier.ToArray());
        Assert.Equal(first + count, seal.Checkpoint.Size);
        Assert.Equal(Origin, seal.Checkpoint.Origin);
        Assert.True(seal.IsVerifiedBy(_key.Named(Origin)));
        Assert.True(seal.IsVerifiedBy(_key.Named(Origin)));
        Assert.False(seal.IsVerifiedBy(_key.Named("another")));
        using var other = new TestKey();
        Assert.False(seal.IsVerifiedBy(other.Named(Origin)));
    }

    [Fact]
    public void Every_altered_bit_is_refused_or_changes_what_the_segment_must_prove()
    {
        var line = Line(41, 2, Hashes);
        var good = Seal.TryParse(line)!;
        var key = _key.Named(Origin);
        for (var bit = 0; bit < line.Length * 8; bit++)
        {
            var altered = (byte[])line.Clone();
            altered[bit / 8] ^= (byte)(1 << bit % 8);
            if (Seal.TryParse(altered) is not { } seal)
                continue;
            // First, count and frontier aren't signed themselves: the fold to the signed root proves them.
            var unproven = seal.First != good.First || seal.Count != good.Count || !seal.Frontier.SameAs(good.Frontier);
            Assert.True(unproven || !seal.IsVerifiedBy(key), $"bit {bit}: {Encoding.UTF8.GetString(altered)}");
            Assert.True(seal.IsVerifiedBy(key) == (seal.Note == good.Note));
        }
    }

    [Fact]
    public void Every_byte_removed_doubled_or_added_is_refused()
    {
        var line = Line(41, 2, Hashes);
        for (var at = 0; at <= line.Length; at++)
        {
            if (at < line.Length)
            {
                Refused([.. line[..at], .. line[(at + 1)..]], at);
                Refused([.. line[..at], line[at], .. line[at..]], at);
                Refused(line[..at], at);
            }

            foreach (byte added in " \t\n\\\"0"u8)
                Refused([.. line[..at], added, .. line[at..]], at);
        }

        // Refused at once, or by the signature, or by the fold that has to prove the numbers.
        void Refused(byte[] altered, int at)
        {
            if (!altered.AsSpan().SequenceEqual(line) && Seal.TryParse(altered) is { } seal)
                Assert.True(seal.First != 41 || seal.Count != 2 || !seal.IsVerifiedBy(_key.Named(Origin)), $"{at}: {Encoding.UTF8.GetString(altered)}");
        }
    }

    [Fact]
    public void Other_spellings_are_refused()
    {
        var good = Encoding.UTF8.GetString(Line(41, 2, Hashes));
        string[] spellings =
        [
            Replace("\\n", "\\u000a"),
            Replace("\\n", "\\u000A"),
            Replace("\u2014", "\\u2014"),
            Replace("/", "\\/"),
            Replace("test", "\\u0074est"),
            Replace("{\"seal\":1,", "{ \"seal\":1,"),
            Replace("\"seal\":1,", "\"seal\":1, "),
            Replace(":41", ": 41"),
            Replace("\"first\":41,\"count\":2", "\"count\":2,\"first\":41"),
            Replace("\"seal\":1,\"first\":41", "\"first\":41,\"seal\":1"),
            Replace("{\"seal\":1", "{\"seal\":2"),
            Replace("{\"seal\":1", "{\"seal\":01"),
            Replace("{\"seal\":1", "{\"seal\":true"),
            Replace("\"first\":41", "\"first\":041"),
            Replace("\"first\":41", "\"first\":41.0"),
            Replace("\"first\":41", "\"first\":+41"),
            Replace("\"first\":41", "\"first\":\"41\""),
            Replace("\"first\":41", "\"first\":1000000000000000041"),
            Replace("\"count\":2", "\"count\":02"),
            Replace("\"count\":2", "\"count\":2e0"),
            Replace("\"count\":2", "\"count\":0"),
            Replace("\"count\":2", "\"count\":-2"),
            Replace("\"count\":2", "\"count\":16385"),
            Replace("\"count\":2", "\"count\":4294967298"),
            Replace("\"frontier\":[", "\"frontier\":[,"),
            Replace("],\"checkpoint\"", ",],\"checkpoint\""),
            Replace("=\",\"", "=\" ,\""),
            Replace("=\",\"", "\",\""),
            Replace("=\",\"", "=\"\""),
            Replace("\"}", "\",\"x\":1}"),
            Replace("\"}", "\"} "),
            good + "\n",
            good + good,
            "\uFEFF" + good,
            good.ToUpperInvariant(),
        ];
        Assert.All(spellings, spelling => Assert.Null(Seal.TryParse(Encoding.UTF8.GetBytes(spelling))));
        Assert.NotNull(Seal.TryParse(Encoding.UTF8.GetBytes(good)));

        string Replace(string what, string by)
        {
            var at = good.LastIndexOf(what, StringComparison.Ordinal);
            Assert.True(at >= 0, what);
            return good[..at] + by + good[(at + what.Length)..];
        }
    }

    [Fact]
    public void A_frontier_that_does_not_fit_the_number_before_is_refused()
    {
        for (var count = 0; count < 6; count++)
            Assert.Equal(count == 3, Seal.TryParse(Line(41, 2, [.. Enumerable.Repeat(Hashes[0], count)])) is not null);
        Assert.Null(Seal.TryParse(Line(0, 1, [Hashes[0]])));
        Assert.Null(Seal.TryParse(Line(41, 2, [.. Enumerable.Repeat(Hashes[0], 1000)])));
    }

    [Fact]
    public void The_checkpoint_has_exactly_one_canonical_signature_by_a_key_of_the_origin()
    {
        var text = new Checkpoint(Origin, 43, Hashes[0]).ToText();
        var note = _key.Note(text, Origin);
        var line = note[(text.Length + 1)..];
        var der = SignedNote.TryParse(note)!.Signatures[0].Signature.ToArray();
        Assert.NotNull(WithNote(note));
        Assert.Null(WithNote(note + line));
        Assert.Null(WithNote(note + FixedNote.Line(der, "another")));
        Assert.Null(WithNote(text));
        Assert.Null(WithNote(text + "\n"));
        Assert.Null(WithNote(text + "\n\n"));
        Assert.Null(WithNote(_key.Note(text, "another")));
        Assert.Null(WithNote(_key.Note(text + "extension\n", Origin)));
        Assert.Null(WithNote(_key.Note(text + "\n", Origin)));
        Assert.Null(WithNote(_key.Note(text.Replace("\n43\n", "\n043\n", StringComparison.Ordinal), Origin)));
        Assert.Null(WithNote(_key.Note(AdminRecord.NoteText(Origin, AdminRecord.LogClosed, 0), Origin)));
        Assert.Null(WithNote(text + "\n" + FixedNote.Line([.. der, 0])));
        Assert.Null(WithNote(text + "\n" + FixedNote.Line(Convert.FromBase64String(FixedNote.HighS))));
        Assert.NotNull(WithNote(text + "\n" + FixedNote.Line(Convert.FromBase64String(FixedNote.LowS)))); // false, and found when verified
        Assert.Null(WithNote(text + "\n" + FixedNote.Line([])));
        Assert.Null(WithNote(_key.Note("quo\"te\n43\n" + Hashes[0].ToBase64() + "\n", "quo\"te")));
        Assert.Null(WithNote(_key.Note("back\\slash\n43\n" + Hashes[0].ToBase64() + "\n", "back\\slash")));

        static Seal? WithNote(string note) => Seal.TryParse(Seal.Write(41, 2, Hashes, note).AsSpan()[..^1]);
    }

    [Fact]
    public void What_is_not_utf8_or_too_long_is_refused()
    {
        var line = Line(41, 2, Hashes);
        var dash = line.AsSpan().IndexOf("\u2014"u8);
        Assert.Null(Seal.TryParse([.. line[..dash], 0xE2, 0x80, .. line[(dash + 3)..]]));
        Assert.Null(Seal.TryParse([.. line[..dash], 0xED, 0xA0, 0x80, .. line[(dash + 3)..]]));
        Assert.Null(Seal.TryParse(new byte[100_000]));
        Assert.Null(Seal.TryParse([]));
    }

    public void Dispose() => _key.Dispose();

    private byte[] Line(long first, int count, Digest[] frontier) =>
        Seal.Write(first, count, frontier, _key.Note(new Checkpoint(Origin, first + count, Hashes[1]).ToText(), Origin))[..^1];
}
