using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Verification;

/// <summary>
/// One key under <c>segments/</c> with all its versions, and what its oldest version that can count turned out to be
/// when looked at by itself.
/// </summary>
/// <param name="Key">The key.</param>
/// <param name="First">The position that the key names; −1 where it isn't a segment's name.</param>
/// <param name="Versions">All versions and delete markers, newest first.</param>
internal sealed record Slot(string Key, long First, List<StoredVersion> Versions)
{
    /// <summary>The oldest version that isn't a delete marker; null if there is none.</summary>
    public StoredVersion? Oldest => Versions.FindLast(version => !version.IsDeleteMarker);

    public FetchStatus Status { get; init; }

    public ParsedSegment? Segment { get; init; }

    public SegmentDefect? Defect { get; init; }

    public RetentionSeen? Retention { get; init; }

    /// <summary>What the segment's records can be found by; null where that isn't asked.</summary>
    public SegmentTerms? Terms { get; init; }
}

/// <summary>
/// Lists a log's keys from the oldest position to the newest and reads segments on all cores, handing the results out
/// in order. What is under way is bounded by its bytes, so memory doesn't grow with the log.
/// </summary>
internal sealed class SlotReader(IObjectStore store, int threads, Func<KeyRing?> keys, Func<long, bool> wantsLeaves, Func<bool> wantsTerms, Func<bool> wantsRetention) : IDisposable
{
    private const int BudgetUnit = 1 << 20;
    private const int Budget = 48;
    private readonly ConcurrentBag<SegmentParser> _parsers = [];
    private readonly SemaphoreSlim _cores = new(threads);
    private readonly SemaphoreSlim _budget = new(Budget);

    /// <summary>Reads.</summary>
    /// <param name="from">The first position; 0 for all, with whatever else lies among the segments.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public async IAsyncEnumerable<Slot> ReadAsync(long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = store.KeepsVersions ? 32 : threads * 2;
        var queue = Channel.CreateBounded<(Task<Slot> Slot, int Cost)>(new BoundedChannelOptions(ahead) { SingleReader = true, SingleWriter = true });
        var producer = ProduceAsync(from == 0 ? SlotsAsync(stop.Token) : NewestSlotsAsync(from, stop.Token), queue.Writer, stop.Token);
        try
        {
            await foreach (var (slot, cost) in queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                var read = await slot.ConfigureAwait(false);
                yield return read;
                _budget.Release(cost);
            }

            await producer.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)producer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        foreach (var parser in _parsers)
            parser.Dispose();
        _cores.Dispose();
        _budget.Dispose();
    }

    private async Task ProduceAsync(IAsyncEnumerable<Slot> slots, ChannelWriter<(Task<Slot>, int)> writer, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await foreach (var slot in slots.ConfigureAwait(false))
            {
                var size = slot.Oldest?.Size ?? 0;
                var cost = (int)Math.Clamp((size + BudgetUnit - 1) / BudgetUnit, 1, Budget / 2);
                for (var i = 0; i < cost; i++)
                    await _budget.WaitAsync(cancellationToken).ConfigureAwait(false);
                await writer.WriteAsync((Task.Run(() => ReadSlotAsync(slot, cancellationToken), cancellationToken), cost), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Handed to the reader, which throws it where the results end.
            failure = e;
        }

        writer.Complete(failure);
    }

    private async IAsyncEnumerable<Slot> SlotsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Slot? slot = null;
        await foreach (var version in store.ListDescendingAsync(SegmentName.Prefix, null, cancellationToken).ConfigureAwait(false))
        {
            if (slot is not null && slot.Key != version.Key)
            {
                yield return slot;
                slot = null;
            }

            slot ??= new Slot(version.Key, SegmentName.TryParse(version.Key, out var first) ? first : -1, []);
            slot.Versions.Add(version);
        }

        if (slot is not null)
            yield return slot;
    }

    // The newest keys come first in a listing. So only they are listed, and kept until the oldest of them is reached.
    private async IAsyncEnumerable<Slot> NewestSlotsAsync(long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var slots = new Stack<Slot>();
        await foreach (var version in store.ListAsync(SegmentName.Prefix, null, 1000, cancellationToken).ConfigureAwait(false))
        {
            var first = SegmentName.TryParse(version.Key, out var position) ? position : -1;
            if (first >= 0 && first < from)
                break;
            if (!slots.TryPeek(out var slot) || slot.Key != version.Key)
                slots.Push(slot = new Slot(version.Key, first, []));
            slot.Versions.Add(version);
        }

        while (slots.TryPop(out var slot))
            yield return slot;
    }

    private async Task<Slot> ReadSlotAsync(Slot slot, CancellationToken cancellationToken)
    {
        if (slot.First < 0 || slot.Oldest is not { } version)
            return slot;
        if (SegmentFetch.Ineligible(version) is { } defect)
            return slot with { Defect = defect };
        var read = await store.ReadAsync(version, LogFormat.MaxStoredBytes, cancellationToken).ConfigureAwait(false);
        slot = await ParseAsync(slot, read, cancellationToken).ConfigureAwait(false);
        return slot.Segment is not null && wantsRetention()
            ? slot with { Retention = await store.ReadRetentionAsync(version, cancellationToken).ConfigureAwait(false) }
            : slot;
    }

    private async Task<Slot> ParseAsync(Slot slot, ReadResult read, CancellationToken cancellationToken)
    {
        await _cores.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!_parsers.TryTake(out var parser))
            parser = new SegmentParser();
        try
        {
            var keep = (wantsLeaves(slot.First) ? SegmentParts.Leaves : SegmentParts.None) | (wantsTerms() ? SegmentParts.Text : SegmentParts.None);
            var (status, segment, defect) = SegmentFetch.Interpret(read, parser, slot.First, keep);
            // Verified here, on all cores; the seal remembers a yes for when it is asked in order.
            if (segment is not null && keys()?.Find(segment.Seal.Signature.KeyId) is { } key)
                segment.Seal.IsVerifiedBy(key.Key);
            SegmentTerms? terms = null;
            if (segment?.Text is not null)
            {
                terms = SegmentTerms.Of(segment, slot.Oldest!.Size);
                segment.Text = null;
            }

            return slot with { Status = status, Segment = segment, Defect = defect, Terms = terms };
        }
        finally
        {
            _parsers.Add(parser);
            _cores.Release();
        }
    }
}
