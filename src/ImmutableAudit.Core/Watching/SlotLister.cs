using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>Lists keys with all their versions, in parts, and reads what a key's oldest version is by itself.</summary>
internal sealed class SlotLister(IObjectStore store) : IDisposable
{
    private const int Page = 1000;
    private const int MostListings = 16;
    private readonly SegmentParser _parser = new();

    /// <summary>One key, by itself.</summary>
    public async ValueTask<Slot> KeyAsync(long position, CancellationToken cancellationToken)
    {
        var key = SegmentName.Format(position);
        return new Slot(key, position, await PositionReader.ListAsync(store, key, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>About so many entries behind a key, whole keys only, newest position first.</summary>
    /// <returns>The keys, and the last one if there are more; null where the listing came to its end.</returns>
    public async ValueTask<(List<Slot> Slots, string? Last)> PartAsync(string? after, int entries, CancellationToken cancellationToken)
    {
        var slots = new List<Slot>();
        var listed = 0;
        // One more shows whether there are more.
        await foreach (var version in store.ListAsync(SegmentName.Prefix, after, Math.Min(Page, entries + 1), cancellationToken).ConfigureAwait(false))
        {
            if (slots.Count == 0 || slots[^1].Key != version.Key)
            {
                if (listed >= entries)
                    return (slots, slots[^1].Key);
                slots.Add(new Slot(version.Key, SegmentName.TryParse(version.Key, out var first) ? first : -1, []));
            }

            slots[^1].Versions.Add(version);
            listed++;
        }

        return (slots, null);
    }

    /// <summary>Reads the oldest version; lists the key again where that has vanished meanwhile.</summary>
    public async ValueTask<Slot> ReadAsync(Slot slot, SegmentParts keep, CancellationToken cancellationToken)
    {
        for (var listing = 0; slot.First >= 0 && slot.Oldest is { } oldest; listing++)
        {
            var (status, segment, defect) = await SegmentFetch.FetchAsync(store, _parser, oldest, slot.First, keep, cancellationToken).ConfigureAwait(false);
            if (status != FetchStatus.Gone || listing == MostListings)
                return slot with { Status = status, Segment = segment, Defect = defect };
            slot = await KeyAsync(slot.First, cancellationToken).ConfigureAwait(false);
        }

        return slot;
    }

    /// <summary>A version as a segment with its text; null where it can't be read as one any more.</summary>
    public async ValueTask<ParsedSegment?> SegmentAsync(StoredVersion version, long first, CancellationToken cancellationToken)
    {
        var (_, segment, _) = await SegmentFetch.FetchAsync(store, _parser, version, first, SegmentParts.Leaves | SegmentParts.Text, cancellationToken).ConfigureAwait(false);
        return segment;
    }

    public void Dispose() => _parser.Dispose();
}
