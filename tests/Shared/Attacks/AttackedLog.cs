using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>A segment as its honest writer left it.</summary>
internal sealed record HonestSegment(long First, byte[] Stored, string? Version)
{
    public string Key => SegmentName.Format(First);

    /// <summary>Its checkpoint's signed note.</summary>
    public string Note => System.Text.Json.JsonDocument.Parse(Lines[^1]).RootElement.GetProperty("checkpoint").GetString()!;

    public string[] Lines => Encoding.UTF8.GetString(SegmentForge.Gunzip(Stored)).Split('\n')[..^1];
}

/// <summary>
/// An honest log of four segments (record 0; 1 to 5; 6 to 10; 11 to 13) in a real store, what its owner remembers of it,
/// and the hands of an attacker who may do to the store whatever the store allows, and holds what keys he likes.
/// </summary>
internal abstract class AttackedLog(IObjectStore store) : IAsyncDisposable
{
    public IObjectStore Store => store;

    /// <summary>The key that seals.</summary>
    public TestKey Seal { get; } = new();

    /// <summary>The key that signs changes of keys.</summary>
    public TestKey Admin { get; } = new();

    /// <summary>A key that the log never heard of.</summary>
    public TestKey Thief { get; } = new();

    public List<HonestSegment> Segments { get; } = [];

    public List<AuditReceipt> Receipts { get; } = [];

    public string Origin { get; private set; } = "";

    public string GenesisHash { get; private set; } = "";

    /// <summary>The newest honest checkpoint.</summary>
    public Checkpoint Checkpoint { get; private set; } = null!;

    /// <summary>How many honest records there are.</summary>
    public long Size => Checkpoint.Size;

    /// <summary>Whether old versions stay under new ones and the store tells the time.</summary>
    public bool IsBucket => store.KeepsVersions;

    public VerifyOptions Trusting => new() { TrustedKeys = [Seal.Named(Origin)] };

    /// <summary>What somebody brings along who also kept the newest checkpoint.</summary>
    public VerifyOptions Remembering => Trusting with { KnownCheckpoints = [Checkpoint] };

    public async Task WriteHonestLogAsync(PromisedRetention? retention = null, int? heartbeat = null)
    {
        var plan = new LogPlan { Name = "test/attacked", SealKey = Seal, AdminPublicKey = Admin.PublicKey, Retention = retention, HeartbeatSeconds = heartbeat };
        var created = await AuditLog.CreateAsync(store, plan, null, default);
        GenesisHash = created.GenesisHash;
        Origin = created.Genesis.Origin;
        await RememberAsync(0);
        await AppendAsync(5, 5, 3);
    }

    /// <summary>Writes events, a segment for each count.</summary>
    public async Task AppendAsync(params int[] counts)
    {
        await using var writer = await AuditWriter.OpenAsync(store, Seal, null, default);
        foreach (var count in counts)
        {
            var result = await CommitAsync(writer, count);
            Assert.Null(result.Failure);
            Receipts.AddRange(result.Receipts());
            await RememberAsync(result.Receipts().First().Sequence);
        }
    }

    public static Task<CommitResult> CommitAsync(AuditWriter writer, int count)
    {
        var batch = writer.NewBatch();
        for (var i = 0; i < count; i++)
            batch.Add(new AuditEvent { Action = "s3:GetObject", ActorId = "alice" + i, ResourceId = $"s3://payroll/{i}.csv", Outcome = AuditOutcome.Success, Time = DateTimeOffset.UnixEpoch.AddSeconds(i) });
        return writer.CommitAsync(batch, default);
    }

    /// <summary>Adds or retires keys, by the book.</summary>
    public async Task ChangeKeysAsync(TestKey sealer, params KeyChange[] changes)
    {
        await using var writer = await AuditWriter.OpenAsync(store, sealer, null, default);
        foreach (var change in changes)
        {
            var result = await writer.ChangeKeysAsync(change, Admin, default);
            Assert.Null(result.Failure);
            await RememberAsync(result.Receipts().First().Sequence);
        }
    }

    /// <summary>A forge that stands before one of the honest segments, or behind the last of them.</summary>
    public SegmentForge ForgeBefore(int segment)
    {
        using var parser = new SegmentParser();
        var state = ChainState.Empty;
        foreach (var honest in Segments.Take(segment))
            state = state.Accept(parser.Parse(honest.Stored, honest.First, SegmentParts.None, out _)!, out _)!;
        return new SegmentForge(Origin)
        {
            Size = state.Size, LastLeaf = state.LastLeaf, LastSegment = state.LastSegment, KeysAt = state.KeysAt, Frontier = state.Frontier.Clone(),
            Recorded = state.Size == 0 ? DateTime.UtcNow : new DateTime(state.LastRecordedTicks, DateTimeKind.Utc),
        };
    }

    public SegmentForge ForgeAtEnd() => ForgeBefore(Segments.Count);

    /// <summary>A key as it stands in a key record.</summary>
    public (string Name, string Value) Vkey(TestKey key) => ("vkey", key.Named(Origin).ToString());

    public string Key(int segment) => Segments[segment].Key;

    /// <summary>Puts an object under a key: a directory has it instead of what was there, a bucket over it.</summary>
    /// <returns>The version's id; null in a directory.</returns>
    public abstract Task<string?> PutAsync(string key, byte[] content);

    /// <summary>Removes everything under a key.</summary>
    public abstract Task RemoveAsync(string key);

    /// <summary>Puts an object in the place of everything that was under a key.</summary>
    public async Task<string?> ReplaceAsync(string key, byte[] content)
    {
        await RemoveAsync(key);
        return await PutAsync(key, content);
    }

    /// <summary>Puts lines, with the seal as the last of them, in the place of an honest segment.</summary>
    public Task<string?> RewriteAsync(int segment, IEnumerable<string> lines) =>
        ReplaceAsync(Key(segment), SegmentForge.Gzip(SegmentForge.Bytes(string.Concat(lines.Select(line => line + "\n")))));

    public Task<string?> PutAsync(ForgedSegment segment) => PutAsync(segment.Key, segment.Stored);

    public Task<string?> ReplaceAsync(ForgedSegment segment) => ReplaceAsync(segment.Key, segment.Stored);

    public Task<ChainReport> VerifyAsync(VerifyOptions? options = null) => ChainVerifier.VerifyAsync(store, options ?? Trusting, default);

    /// <summary>What is found of something that lies behind the log's end: in a bucket anybody can put that, and it harms nothing.</summary>
    public Sight BehindTheEnd(long first, string? version, long? sequence = null) => IsBucket
        ? Sight.Warning(FindingKind.GarbageOnNextKey, first, SegmentName.Format(first), version)
        : Sight.Failure(FindingKind.SegmentInvalid, sequence ?? first, SegmentName.Format(first));

    public virtual async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        foreach (var key in new[] { Seal, Admin, Thief })
            key.Dispose();
    }

    private async Task RememberAsync(long first)
    {
        StoredVersion? found = null;
        await foreach (var version in store.ListAsync(SegmentName.Format(first), null, 10, default))
            found ??= version;
        var read = await store.ReadAsync(found!, LogFormat.MaxStoredBytes, default);
        Segments.Add(new HonestSegment(first, read.Content.ToArray(), found!.VersionId));
        using var parser = new SegmentParser();
        Checkpoint = parser.Parse(Segments[^1].Stored, first, SegmentParts.None, out _)!.Seal.Checkpoint;
    }
}
