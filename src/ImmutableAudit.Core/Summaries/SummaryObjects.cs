using System.Runtime.CompilerServices;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Summaries;

/// <summary>What became of reading a summary.</summary>
/// <param name="Summary">It, signed by a key that counts; null where it can't be used.</param>
/// <param name="Trouble">Why it can't; null where it simply isn't there.</param>
/// <param name="Bytes">Bytes fetched.</param>
internal readonly record struct SummaryRead(Summary? Summary, string? Trouble, long Bytes);

/// <summary>Summaries as a store holds them. What is current under a name is read; the signature decides whether it is believed.</summary>
internal static class SummaryObjects
{
    public static async ValueTask<SummaryRead> ReadAsync(IObjectStore store, SummaryId id, ChainState end, CancellationToken cancellationToken)
    {
        var read = await store.ReadAsync(new StoredVersion(id.Key, null, "", 0, default, false), LogFormat.MaxStoredBytes, cancellationToken).ConfigureAwait(false);
        switch (read.Status)
        {
            case ReadStatus.Gone:
                return default;
            case ReadStatus.Ok:
                var (bytes, summary) = (read.Content.Length, Summary.TryOpen(id, read.Content, end.Origin, end.Keys!, out var trouble));
                read.Release();
                return new SummaryRead(summary, summary is null ? trouble : null, bytes);
            default:
                return new SummaryRead(null, $"can't be read ({read.Reason ?? read.Status.ToString()})", 0);
        }
    }

    /// <summary>The names of a level that begin at <paramref name="from"/> or behind it and before <paramref name="before"/>, newest first. What lies under a delete marker isn't there.</summary>
    public static async IAsyncEnumerable<SummaryId> ListAsync(
        IObjectStore store, int level, long from, long before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? key = null;
        await foreach (var version in store.ListAsync(SummaryId.LevelPrefix(level), SummaryId.Before(level, before - 1), 1000, cancellationToken).ConfigureAwait(false))
        {
            var isNewest = version.Key != key;
            key = version.Key;
            if (!isNewest || version.IsDeleteMarker || SummaryId.TryParse(key) is not { } id)
                continue;
            if (id.First < from)
                yield break;
            yield return id;
        }
    }

    /// <summary>Where the parts that are there by name, one behind the other from the beginning of a block, end.</summary>
    public static async ValueTask<(List<SummaryId> Chain, long End)> ChainAsync(IObjectStore store, long block, long size, CancellationToken cancellationToken)
    {
        var ends = new Dictionary<long, SummaryId>();
        await foreach (var id in ListAsync(store, SummaryId.Part, block, Math.Min(block + SummaryId.BlockSize, size), cancellationToken).ConfigureAwait(false))
        {
            if (id.End <= size)
                ends[id.First] = id;
        }

        var chain = new List<SummaryId>();
        var end = block;
        while (ends.TryGetValue(end, out var next))
        {
            chain.Add(next);
            end = next.End;
        }

        return (chain, end);
    }
}
