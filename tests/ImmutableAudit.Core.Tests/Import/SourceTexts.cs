using System.IO.Compression;
using System.Text;
using ImmutableAudit.Events.Import;

namespace ImmutableAudit.Core.Tests.Import;

/// <summary>Reads texts as sources.</summary>
internal static class SourceTexts
{
    public static Task<List<SourceEntry>> ReadAsync(string text, SourceOptions? options = null) => ReadAsync(Encoding.UTF8.GetBytes(text), options);

    public static async Task<List<SourceEntry>> ReadAsync(byte[] bytes, SourceOptions? options = null, int portion = int.MaxValue)
    {
        using var stream = new Portions(bytes, portion);
        var all = new List<SourceEntry>();
        await foreach (var entry in EventSource.ReadAsync(stream, "source", options))
            all.Add(entry);
        return all;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return stored.ToArray();
    }

    /// <summary>Hands its bytes out in small portions, as a network does.</summary>
    private sealed class Portions(byte[] bytes, int portion) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, portion)], cancellationToken);
    }
}
