using System.Buffers.Binary;
using System.IO.Compression;
using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Alone in the process, so that what is allocated meanwhile is the verifier's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "what is measured alone";
}

/// <summary>Little objects that would be huge once decompressed: found, and not decompressed beyond what a segment may hold.</summary>
[Collection(Alone.Name)]
public sealed class BombAttacks
{
    private const long Gigabyte = 1 << 30;

    // A segment's text, a buffer of its size to name a record, and room for everything else that a verification does.
    private const long Bound = 5L * LogFormat.MaxSegmentBytes;

    [Theory, OnEveryStore]
    public Task A_decompression_bomb_that_says_how_large_it_is(string place) => FoundAsync(place, Bomb("", unchecked((uint)Gigabyte)));

    [Theory, OnEveryStore]
    public Task A_decompression_bomb_that_claims_to_be_small(string place) => FoundAsync(place, Bomb("", 1000));

    [Theory, OnEveryStore]
    public Task A_decompression_bomb_that_claims_the_most_there_may_be(string place) => FoundAsync(place, Bomb("", LogFormat.MaxSegmentBytes));

    [Theory, OnEveryStore]
    public Task A_line_of_a_gigabyte(string place) => FoundAsync(place, Bomb("{\"seq\":6,\"prev\":\"", LogFormat.MaxSegmentBytes));

    private static async Task FoundAsync(string place, byte[] bomb)
    {
        Assert.InRange(bomb.Length, Gigabyte / 1100, Gigabyte / 200);
        await using var log = await AttackedLogs.WriteAsync(place);
        var version = await log.ReplaceAsync(log.Key(2), bomb);
        var before = GC.GetTotalAllocatedBytes(true);
        var report = await log.VerifyAsync();
        var allocated = GC.GetTotalAllocatedBytes(true) - before;
        Sight.Only(report, Sight.Failure(FindingKind.SegmentInvalid, 6, log.Key(2), version));
        Assert.InRange(allocated, 0, Bound);
    }

    /// <summary>A gzip member of this beginning and a gigabyte of one letter behind it, with no line feed.</summary>
    private static byte[] Bomb(string beginning, uint claimedLength)
    {
        var stored = new MemoryStream();
        stored.Write(GzipMember.Header);
        Piece(System.Text.Encoding.UTF8.GetBytes(beginning));
        // Each piece ends on a byte and refers to nothing before it, so one can stand a thousand times.
        var from = (int)stored.Length;
        var letters = new byte[1 << 20];
        Array.Fill(letters, (byte)'a');
        Piece(letters);
        var piece = stored.ToArray()[from..];
        for (var i = 1; i < Gigabyte >> 20; i++)
            stored.Write(piece);
        stored.Write([3, 0]); // an empty last block
        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], claimedLength);
        stored.Write(trailer);
        return stored.ToArray();

        void Piece(byte[] text)
        {
            var compressed = new MemoryStream();
            using var deflate = new DeflateStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true);
            deflate.Write(text);
            deflate.Flush();
            stored.Write(compressed.ToArray());
        }
    }
}
