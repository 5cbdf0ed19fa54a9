using System.Runtime.InteropServices;

namespace ImmutableAudit.Verification;

/// <summary>
/// Finds ids that occur twice among any number of records, exactly and in bounded memory: ids are gathered, sorted
/// and spilled to temporary files in runs, and the runs are merged at the end.
/// </summary>
internal sealed class IdIndex : IDisposable
{
    private readonly int _runLength;
    private readonly List<FileStream> _runs = [];
    private Entry[] _gathered;
    private int _count;
    private bool _sorted = true;

    public IdIndex(int runLength = 400_000)
    {
        _runLength = runLength;
        _gathered = new Entry[Math.Min(runLength, 1024)];
    }

    public void Add(ReadOnlySpan<UInt128> ids, long firstSequence)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            if (_count == _gathered.Length)
                MakeRoom();
            // Ids of one writer rise, so most runs need no sorting.
            var entry = new Entry((ulong)(ids[i] >> 64), (ulong)ids[i], firstSequence + i);
            _sorted = _sorted && (_count == 0 || _gathered[_count - 1].CompareTo(entry) < 0);
            _gathered[_count++] = entry;
        }
    }

    /// <summary>Goes through all ids in order, telling each that repeats the one before, and which of the wanted ones occur.</summary>
    /// <param name="repeated">Told the number of the record that repeats, and of the one it repeats.</param>
    /// <param name="wanted">Ids to look for.</param>
    /// <returns>Those of the wanted ids that occur.</returns>
    public HashSet<UInt128> Finish(Action<long, long> repeated, IEnumerable<UInt128> wanted)
    {
        var looked = wanted.Distinct().Order().ToArray();
        var found = new HashSet<UInt128>();
        var next = 0;
        Entry? previous = null;
        foreach (var entry in Merge())
        {
            if (previous is { } before && before.High == entry.High && before.Low == entry.Low)
                repeated(entry.Sequence, before.Sequence);
            else
                previous = entry;
            while (next < looked.Length && looked[next] < entry.Id)
                next++;
            if (next < looked.Length && looked[next] == entry.Id)
                found.Add(entry.Id);
        }

        return found;
    }

    public void Dispose()
    {
        foreach (var run in _runs)
            run.Dispose();
    }

    private void MakeRoom()
    {
        if (_gathered.Length < _runLength)
        {
            Array.Resize(ref _gathered, _gathered.Length < _runLength / 16 ? _gathered.Length * 4 : _runLength);
            return;
        }

        Sort();
        var file = new FileStream(
            Path.Combine(Path.GetTempPath(), $"immutableaudit-{Guid.NewGuid():N}.ids"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        _runs.Add(file);
        file.Write(MemoryMarshal.AsBytes(_gathered.AsSpan(0, _count)));
        _count = 0;
        _sorted = true;
    }

    private void Sort()
    {
        if (!_sorted)
            _gathered.AsSpan(0, _count).Sort();
    }

    private IEnumerable<Entry> Merge()
    {
        Sort();
        if (_runs.Count == 0)
            return _gathered.Take(_count);
        return MergeRuns([.. _runs.Select(FromFile), _gathered.Take(_count)]);
    }

    private static IEnumerable<Entry> MergeRuns(IReadOnlyList<IEnumerable<Entry>> runs)
    {
        var queue = new PriorityQueue<IEnumerator<Entry>, Entry>();
        foreach (var run in runs)
        {
            var entries = run.GetEnumerator();
            if (entries.MoveNext())
                queue.Enqueue(entries, entries.Current);
        }

        while (queue.TryDequeue(out var entries, out var entry))
        {
            yield return entry;
            var more = entries.MoveNext();
            // Runs rarely overlap, since ids rise with time: stay with one as long as it is the lowest.
            while (more && !(queue.TryPeek(out _, out var other) && other.CompareTo(entries.Current) < 0))
            {
                yield return entries.Current;
                more = entries.MoveNext();
            }

            if (more)
                queue.Enqueue(entries, entries.Current);
            else
                entries.Dispose();
        }
    }

    private static IEnumerable<Entry> FromFile(FileStream file)
    {
        file.Position = 0;
        var block = new Entry[4096];
        int read;
        while ((read = file.ReadAtLeast(MemoryMarshal.AsBytes(block.AsSpan()), block.Length * Marshal.SizeOf<Entry>(), throwOnEndOfStream: false)) > 0)
        {
            for (var i = 0; i < read / Marshal.SizeOf<Entry>(); i++)
                yield return block[i];
        }
    }

    // Two halves instead of one UInt128, which would be padded to 32 bytes.
    private readonly record struct Entry(ulong High, ulong Low, long Sequence) : IComparable<Entry>
    {
        public UInt128 Id => new(High, Low);

        public int CompareTo(Entry other)
        {
            var order = High.CompareTo(other.High);
            if (order == 0)
                order = Low.CompareTo(other.Low);
            return order != 0 ? order : Sequence.CompareTo(other.Sequence);
        }
    }
}
