using System.Security.Cryptography;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Core.Tests;

public sealed class Sha256HashTests
{
    // FIPS 180-4 example vectors (NIST CSRC, SHA256.pdf), and the empty message.
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void Knows_the_published_answers(string text, string expected)
    {
        foreach (var hash in Both())
        {
            using (hash)
            {
                hash.Append(System.Text.Encoding.ASCII.GetBytes(text));
                Assert.Equal(expected, hash.Finish().ToString());
            }
        }
    }

    [Fact]
    public void Agrees_with_the_base_library_on_every_length_whole_and_in_pieces()
    {
        var bytes = new byte[70_000];
        new Random(1).NextBytes(bytes);
        foreach (var hash in Both())
        {
            using (hash)
            {
                foreach (var length in Enumerable.Range(0, 300).Append(4_096).Append(65_535).Append(70_000))
                {
                    var text = bytes.AsSpan(0, length);
                    var expected = Convert.ToHexStringLower(SHA256.HashData(text));
                    hash.Append(text);
                    Assert.Equal(expected, hash.Finish().ToString());
                    hash.Append(text[..(length / 3)]);
                    hash.Append(text[(length / 3)..]);
                    Assert.Equal(expected, hash.Finish().ToString());
                }
            }
        }
    }

    [Fact]
    public void Each_thread_has_its_own()
    {
        Parallel.For(0, 16, worker =>
        {
            using var hash = Sha256Hash.Create();
            var bytes = new byte[500];
            for (var i = 0; i < 2_000; i++)
            {
                new Random(worker * 10_000 + i).NextBytes(bytes);
                hash.Append(bytes);
                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), hash.Finish().ToString());
            }
        });
    }

    [Fact]
    public void Refuses_to_be_used_after_its_end()
    {
        foreach (var hash in Both())
        {
            hash.Dispose();
            hash.Dispose();
            Assert.Throws<ObjectDisposedException>(() => hash.Append([1]));
        }
    }

    private static Sha256Hash[] Both() => [Sha256Hash.Create(), Sha256Hash.CreateFromBaseLibrary()];
}
