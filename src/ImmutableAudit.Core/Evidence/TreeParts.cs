using System.Numerics;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Evidence;

/// <summary>
/// Finds the parts of a log's tree that many proofs are made of, each once: from the segments that are read anyway, each of
/// which knows the tree before it, and the rest in few requests or in one reading on, whichever is less.
/// </summary>
internal sealed class TreeParts(IObjectStore store, LogHead head) : IDisposable
{
    // About as many records are read on in the time of one request.
    private const long RecordsOfARequest = 4096;

    // How many parts share what was read for them, so that memory stays bounded.
    private const int PartsAtOnce = 256;
    private readonly HashSet<LeafRange> _wanted = [];
    private readonly Dictionary<LeafRange, Digest> _found = [];
    private readonly HashSet<LeafRange> _unproven = [];
    private readonly MerkleHasher _hasher = new();

    private long Size => head.State.Size;

    /// <summary>Asks for parts, and takes those of them that a segment at hand tells.</summary>
    public void Want(IEnumerable<LeafRange> parts, ParsedSegment? atHand)
    {
        var fresh = parts.Where(part => _wanted.Add(part) && !_found.ContainsKey(part)).ToList();
        if (atHand is not null)
            Take(atHand, fresh);
    }

    /// <summary>The parts of a proof, in its order. <see cref="ResolveAsync"/> has run.</summary>
    public Digest[] Of(List<LeafRange> parts) => [.. parts.Select(part => _found[part])];

    /// <summary>Finds whatever is still missing.</summary>
    public async Task ResolveAsync(CancellationToken cancellationToken)
    {
        var missing = Missing();
        if (missing.Count > 0 && Size - missing[0].To > missing.Count * RecordsOfARequest)
            await AskAsync(missing, cancellationToken).ConfigureAwait(false);
        await ReadOnAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds again from the segments what tiles or single segments told: something of it is wrong.</summary>
    /// <returns>Whether there was any such.</returns>
    public async Task<bool> ResolveAgainAsync(CancellationToken cancellationToken)
    {
        if (_unproven.Count == 0)
            return false;
        foreach (var part in _unproven)
            _found.Remove(part);
        _unproven.Clear();
        await ReadOnAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    public void Dispose() => _hasher.Dispose();

    private List<LeafRange> Missing() => [.. _wanted.Where(part => !_found.ContainsKey(part)).OrderBy(part => part.To)];

    private async Task AskAsync(List<LeafRange> missing, CancellationToken cancellationToken)
    {
        foreach (var some in missing.Chunk(PartsAtOnce))
        {
            using var roots = new SubtreeRoots(store, head, withTiles: true);
            foreach (var part in some)
            {
                if (await roots.HashAsync([part], Size, cancellationToken).ConfigureAwait(false) is not { } hash)
                    return;
                _found[part] = hash[0];
                _unproven.Add(part);
            }
        }
    }

    private async Task ReadOnAsync(CancellationToken cancellationToken)
    {
        var missing = Missing();
        if (missing.Count == 0)
            return;
        var next = 0;
        await foreach (var (segment, _) in SegmentReader.ReadAsync(store, head, missing[0].To - 1, missing[^1].To - 1, cancellationToken).ConfigureAwait(false))
        {
            var from = next;
            while (next < missing.Count && missing[next].To <= segment.End)
                next++;
            if (next > from)
                Take(segment, missing[from..next]);
        }
    }

    private void Take(ParsedSegment segment, List<LeafRange> parts)
    {
        var byEnd = new Dictionary<long, List<LeafRange>>();
        foreach (var part in parts)
        {
            if (part.To <= segment.First)
            {
                if (IsPerfect(part) && segment.Seal.Frontier.Find(part.From, LevelOf(part)) is { } root)
                    _found[part] = root;
            }
            else if (part.To <= segment.End && (IsPerfect(part) || part.To == Size))
            {
                if (!byEnd.TryGetValue(part.To, out var list))
                    byEnd[part.To] = list = [];
                list.Add(part);
            }
        }

        if (byEnd.Count == 0)
            return;
        var last = byEnd.Keys.Max();
        var tree = segment.Seal.Frontier.Clone();
        while (tree.Size < last)
        {
            var leaf = segment.Leaves![(int)(tree.Size - segment.First)];
            var ending = byEnd.GetValueOrDefault(tree.Size + 1);
            foreach (var part in ending ?? [])
            {
                if (IsPerfect(part))
                    _found[part] = tree.RootWith(leaf, LevelOf(part), _hasher);
            }

            tree.Append(leaf, _hasher);
            foreach (var part in ending ?? [])
            {
                if (!IsPerfect(part))
                    _found[part] = tree.RootFrom(part.From, _hasher);
            }
        }
    }

    // A perfect subtree; what isn't one is the tree's right edge.
    private static bool IsPerfect(LeafRange part) => BitOperations.IsPow2(part.To - part.From) && part.From % (part.To - part.From) == 0;

    private static int LevelOf(LeafRange part) => BitOperations.Log2((ulong)(part.To - part.From));
}
