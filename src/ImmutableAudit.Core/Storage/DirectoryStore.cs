using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Storage;

/// <summary>
/// A log in a directory: the embedded default. Whoever may write to the directory can delete and alter what is in it,
/// so it is tamper-evident and not tamper-proof. Files get their name only when they are whole and on disk, and never
/// replace another.
/// </summary>
public sealed class DirectoryStore : IObjectStore
{
    private const string TemporaryFolder = "tmp";
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);
    private readonly string _root;
    private int _tidied;

    /// <summary>Opens a directory. It needn't exist before something is put into it.</summary>
    /// <param name="location">A location that is a directory.</param>
    public DirectoryStore(LogLocation location)
    {
        ArgumentNullException.ThrowIfNull(location);
        if (location.IsS3)
            throw new AuditException(AuditErrors.LocationInvalid, $"'{location}' isn't a directory.", location);
        _root = location.Path;
    }

    /// <inheritdoc/>
    public string Location => _root;

    /// <inheritdoc/>
    public bool KeepsVersions => false;

    /// <inheritdoc/>
    public TimeSpan? ClockOffset => TimeSpan.Zero;

    /// <inheritdoc/>
    public ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Put(key, content.Span, durably: true, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<PutAnswer> PutDerivedAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Put(key, content.Span, durably: false, cancellationToken));

    private PutAnswer Put(string key, ReadOnlySpan<byte> content, bool durably, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var final = PathOf(key);
        var folder = Path.GetDirectoryName(final)!;
        var temporary = Path.Combine(_root, TemporaryFolder, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            MakeFolder(Path.Combine(_root, TemporaryFolder));
            MakeFolder(folder);
            Tidy();
            Write(temporary, content, durably);
            var published = FileSystem.Publish(temporary, final);
            // Also where another has the name: what we are about to decide on must be as durable as our own would be.
            if (durably)
                FileSystem.FlushDirectory(folder);
            return new PutAnswer(published ? PutOutcome.Stored : PutOutcome.ConditionFailed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, final);
        }
        finally
        {
            DeleteQuietly(temporary);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken) =>
        EnumerateAsync(prefix, startAfter, descending: false, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        EnumerateAsync(prefix, startAfter, descending: true, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(version);
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(version.Key);
        try
        {
            if (HoldsNothing(path))
                return ValueTask.FromResult(new ReadResult(ReadStatus.Ok, default));
            using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var length = RandomAccess.GetLength(handle);
            if (length > maxBytes)
                return ValueTask.FromResult(new ReadResult(ReadStatus.TooLarge, default));
            // Rented, because a new array for every segment would be cleared and collected at a cost that shows.
            var content = System.Buffers.ArrayPool<byte>.Shared.Rent((int)length);
            var read = 0;
            int got;
            while (read < length && (got = RandomAccess.Read(handle, content.AsSpan(read, (int)length - read), read)) > 0)
                read += got;
            return ValueTask.FromResult(new ReadResult(ReadStatus.Ok, content.AsMemory(0, read)) { Rented = content });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return ValueTask.FromResult(new ReadResult(ReadStatus.Gone, default));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ValueTask.FromResult(new ReadResult(ReadStatus.Unreadable, default, false, $"{e.Message} Give the account the right to read it."));
        }
    }

    /// <inheritdoc/>
    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new RetentionSeen(RetentionKnowledge.NotSupported, Reason: "A directory has no locks."));

    /// <inheritdoc/>
    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new DefaultRetention(RetentionKnowledge.NotSupported, Reason: "A directory has no locks."));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Removes a file that is derived from the log, so that the right one can take its name. Never a part of the log.</summary>
    internal void RemoveDerived(string key)
    {
        if (!key.StartsWith(Merkle.TilePath.Prefix, StringComparison.Ordinal) && !key.StartsWith(Summaries.SummaryId.Prefix, StringComparison.Ordinal))
            throw new ArgumentException("Only what is derived is ever removed.", nameof(key));
        try
        {
            File.Delete(PathOf(key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, PathOf(key));
        }
    }

    private string PathOf(string key) => Path.Combine(_root, key.Replace('/', Path.DirectorySeparatorChar));

    private async IAsyncEnumerable<StoredVersion> EnumerateAsync(
        string prefix, string? startAfter, bool descending, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        // No other key that matters begins with a whole segment's name: no need to read the folder for one file.
        if (SegmentName.TryParse(prefix, out _))
        {
            if (Describe(prefix) is { } only && string.CompareOrdinal(prefix, startAfter) > 0)
                yield return only;
            yield break;
        }

        foreach (var key in Keys(prefix, startAfter, descending))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Describe(key) is { } version)
                yield return version;
        }
    }

    // Segments' names are kept as their numbers, 8 bytes each, so that a directory of millions fits into memory.
    private IEnumerable<string> Keys(string prefix, string? startAfter, bool descending)
    {
        var slash = prefix.LastIndexOf('/');
        var folder = slash < 0 ? _root : PathOf(prefix[..slash]);
        var numbers = new List<long>();
        var others = new List<string>();
        try
        {
            if (File.Exists(_root) || File.Exists(folder))
                throw new AuditException(AuditErrors.LocationInvalid, $"'{(File.Exists(_root) ? _root : folder)}' is a file, and a folder is needed there.", folder);
            if (!Directory.Exists(folder))
                return [];
            foreach (var path in Entries(folder))
            {
                var key = KeyOf(path);
                if (!key.StartsWith(prefix, StringComparison.Ordinal) || string.CompareOrdinal(key, startAfter) <= 0)
                    continue;
                if (SegmentName.TryParse(key, out var first))
                    numbers.Add(first);
                else if (!key.StartsWith(TemporaryFolder + "/", StringComparison.Ordinal))
                    others.Add(key);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, folder);
        }

        // Segments' names in ascending order have their numbers in descending order.
        CollectionsMarshal.AsSpan(numbers).Sort();
        if (!descending)
            numbers.Reverse();
        others.Sort(string.CompareOrdinal);
        if (descending)
            others.Reverse();
        return others.Count == 0 ? numbers.Select(SegmentName.Format) : Merge(numbers.Select(SegmentName.Format), others, descending);
    }

    // Files, and besides them what stands under a segment's name or leads elsewhere without being one. Links to folders
    // aren't followed: they may lead round and round.
    private FileSystemEnumerable<string> Entries(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };
        return new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                !entry.IsDirectory || IsLink(ref entry) || SegmentName.TryParse(KeyOf(entry.ToFullPath()), out _),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(ref entry),
        };

        static bool IsLink(ref FileSystemEntry entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
    }

    private string KeyOf(string path) => Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/');

    // Folders, pipes, devices, links that lead nowhere: they have no bytes that could be a segment, and opening a pipe
    // may never return. They take the name all the same.
    private static bool HoldsNothing(string path)
    {
        FileSystemInfo entry = new FileInfo(path);
        if (entry.LinkTarget is not null)
        {
            entry = entry.ResolveLinkTarget(true)!;
            if (!entry.Exists)
                return true;
        }

        return Directory.Exists(entry.FullName) || entry is FileInfo { Exists: true, Length: 0 };
    }

    private static IEnumerable<string> Merge(IEnumerable<string> segments, List<string> others, bool descending)
    {
        var next = 0;
        foreach (var segment in segments)
        {
            while (next < others.Count && string.CompareOrdinal(others[next], segment) < 0 != descending)
                yield return others[next++];
            yield return segment;
        }

        while (next < others.Count)
            yield return others[next++];
    }

    private StoredVersion? Describe(string key)
    {
        var path = PathOf(key);
        try
        {
            var file = new FileInfo(path);
            if (file.Exists)
                return new StoredVersion(key, null, "", file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero), false);
            var folder = new DirectoryInfo(path);
            return folder.Exists || folder.LinkTarget is not null
                ? new StoredVersion(key, null, "", 0, new DateTimeOffset(folder.LastWriteTimeUtc, TimeSpan.Zero), false)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content, bool durably)
    {
        using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        RandomAccess.Write(handle, content, 0);
        if (durably)
            RandomAccess.FlushToDisk(handle);
    }

    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        if (File.Exists(folder))
            throw new AuditException(AuditErrors.LocationInvalid, $"'{folder}' is a file, and a folder is needed there.", folder);
        var parent = Path.GetDirectoryName(folder);
        if (parent is not null)
            MakeFolder(parent);
        Directory.CreateDirectory(folder);
        if (parent is not null)
            FileSystem.FlushDirectory(parent);
    }

    // What a killed writer left half-written has no name in the log and would only take up space.
    private void Tidy()
    {
        if (Interlocked.Exchange(ref _tidied, 1) != 0)
            return;
        foreach (var file in new DirectoryInfo(Path.Combine(_root, TemporaryFolder)).EnumerateFiles())
        {
            if (DateTime.UtcNow - file.LastWriteTimeUtc > AbandonedAfter)
                DeleteQuietly(file.FullName);
        }
    }

    // A temporary file that stays behind does no harm, and the outcome of the write is known already.
    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
