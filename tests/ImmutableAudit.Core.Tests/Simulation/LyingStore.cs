using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>A store that passes everything on, for those that lie in one way.</summary>
internal abstract class LyingStore(IObjectStore inner) : IObjectStore
{
    public string Location => inner.Location;

    public bool KeepsVersions => inner.KeepsVersions;

    public TimeSpan? ClockOffset => inner.ClockOffset;

    public virtual ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken) =>
        inner.PutAsync(key, content, condition, lockUntil, cancellationToken);

    public async IAsyncEnumerable<StoredVersion> ListAsync(
        string prefix, string? startAfter, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var versions = new List<StoredVersion>();
        await foreach (var version in inner.ListAsync(prefix, startAfter, pageSize, cancellationToken))
            versions.Add(version);
        foreach (var key in versions.GroupBy(version => version.Key))
        {
            foreach (var version in await ShowAsync([.. key], cancellationToken))
                yield return version;
        }
    }

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListDescendingAsync(prefix, startAfter, cancellationToken);

    public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken) =>
        inner.ReadAsync(version, maxBytes, cancellationToken);

    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) =>
        inner.ReadRetentionAsync(version, cancellationToken);

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) =>
        inner.ReadDefaultRetentionAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>What is shown of one key's versions.</summary>
    protected virtual ValueTask<List<StoredVersion>> ShowAsync(List<StoredVersion> versions, CancellationToken cancellationToken) => ValueTask.FromResult(versions);
}

/// <summary>Shows of each key the newest version only: a writer on it decides as who reads with a plain GET.</summary>
internal sealed class NewestOnly(IObjectStore inner) : LyingStore(inner)
{
    protected override ValueTask<List<StoredVersion>> ShowAsync(List<StoredVersion> versions, CancellationToken cancellationToken) =>
        ValueTask.FromResult(versions[..1]);
}

/// <summary>Shows, once it answered that a PUT is stored, nothing but that: a writer on it decides by the answer.</summary>
internal sealed class AnswerDecides(IObjectStore inner) : LyingStore(inner)
{
    private readonly Dictionary<string, byte[]> _stored = [];

    public override async ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        var bytes = content.ToArray();
        var answer = await base.PutAsync(key, content, condition, lockUntil, cancellationToken);
        if (answer.Outcome == PutOutcome.Stored)
            _stored[key] = bytes;
        return answer;
    }

    protected override async ValueTask<List<StoredVersion>> ShowAsync(List<StoredVersion> versions, CancellationToken cancellationToken)
    {
        if (!_stored.TryGetValue(versions[0].Key, out var bytes))
            return versions;
        var shown = new List<StoredVersion>();
        foreach (var version in versions.Where(version => !version.IsDeleteMarker && version.Size == bytes.Length))
        {
            var read = await ReadAsync(version, LogFormat.MaxStoredBytes, cancellationToken);
            if (read.Content.Span.SequenceEqual(bytes))
                shown.Add(version);
        }

        return shown;
    }
}

/// <summary>Says that it refused where it doesn't know: a writer on it calls failed what is in doubt.</summary>
internal sealed class DoubtIsRefusal(IObjectStore inner) : LyingStore(inner)
{
    public override async ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        var answer = await base.PutAsync(key, content, condition, lockUntil, cancellationToken);
        return answer.Outcome == PutOutcome.Unknown ? throw new AuditException(AuditErrors.StoreFailed, "It says that it refused.") : answer;
    }
}

/// <summary>Stores each further attempt with a signature of its own: as a writer that seals again for each attempt.</summary>
internal sealed class SealsAgain(IObjectStore inner) : LyingStore(inner)
{
    private readonly HashSet<string> _sent = [];

    public override ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken) =>
        base.PutAsync(key, _sent.Add(key) ? content : Again(content.ToArray()), condition, lockUntil, cancellationToken);

    private static byte[] Again(byte[] content)
    {
        using var text = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress))
            gzip.CopyTo(text);
        var lines = Encoding.UTF8.GetString(text.ToArray()).Split('\n');
        using var seal = JsonDocument.Parse(lines[^2]);
        var note = seal.RootElement.GetProperty("checkpoint").GetString()!;
        var signed = note[..(note.IndexOf("\n\n", StringComparison.Ordinal) + 1)];
        var again = SignedNote.SignAsync(signed, signed.Split('\n')[0], SimulatedLog.Key, default).AsTask().GetAwaiter().GetResult();
        lines[^2] = lines[^2].Replace(note.Replace("\n", "\\n", StringComparison.Ordinal), again.Replace("\n", "\\n", StringComparison.Ordinal), StringComparison.Ordinal);
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var bytes = stored.ToArray();
        GzipMember.Header.CopyTo(bytes);
        return bytes;
    }
}

/// <summary>Gives wrong answers to PUTs that were sent: none where there was one, and one where there was none.</summary>
internal sealed class WrongAnswers(IObjectStore inner) : LyingStore(inner)
{
    private int _puts;

    public override async ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        var answer = await base.PutAsync(key, content, condition, lockUntil, cancellationToken);
        return (_puts++ % 3) switch
        {
            0 => new PutAnswer(PutOutcome.Stored),
            1 => new PutAnswer(PutOutcome.Unknown),
            _ => answer,
        };
    }
}

/// <summary>A spool that forgets at once.</summary>
internal sealed class ForgetfulSpool(ISpool inner) : ISpool
{
    public void Keep(string origin, FrozenSegment frozen, EventBatch batch, int rest)
    {
        inner.Keep(origin, frozen, batch, rest);
        inner.Drop();
    }

    public void Drop() => inner.Drop();

    public KeptSegment? Load(string origin) => inner.Load(origin);

    public void Dispose() => inner.Dispose();
}

/// <summary>A spool that never drops anything, whatever the caller was told of it.</summary>
internal sealed class StubbornSpool(ISpool inner) : ISpool
{
    public void Keep(string origin, FrozenSegment frozen, EventBatch batch, int rest) => inner.Keep(origin, frozen, batch, rest);

    public void Drop()
    {
    }

    public KeptSegment? Load(string origin) => inner.Load(origin);

    public void Dispose() => inner.Dispose();
}
