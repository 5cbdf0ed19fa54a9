using System.Security.Cryptography;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>A sealing key in memory.</summary>
internal sealed class MemoryKey : ISealKey
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public MemoryKey(string description)
    {
        Description = description;
        PublicKey = _key.ExportSubjectPublicKeyInfo();
    }

    public ReadOnlyMemory<byte> PublicKey { get; }

    public string Description { get; }

    // The library's keys are used by one writer at a time; the simulation's are shared by runs in several threads.
    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        lock (_key)
            return ValueTask.FromResult(_key.SignData(message.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    public void Dispose() => _key.Dispose();
}

/// <summary>The log that runs begin with, and the keys.</summary>
internal static class SimulatedLog
{
    public const int RetentionDays = 30;

    /// <summary>Where the clocks of writers and store are further apart than this, findings are right.</summary>
    public const int ToleranceSeconds = 6;

    public static MemoryKey Key { get; } = new("simulated key");

    public static MemoryKey ForeignKey { get; } = new("somebody else's key");

    private static readonly Lazy<List<byte[]>[]> NearBoundary = new(() => [Prepare(StoreKind.Honouring), Prepare(StoreKind.Directory)]);

    public static LogPlan Plan(StoreKind kind) => new()
    {
        Name = "simulated",
        SealKey = Key,
        ToleranceSeconds = ToleranceSeconds,
        Retention = kind == StoreKind.Directory ? null : new PromisedRetention(RetentionMode.Compliance, RetentionDays),
    };

    /// <summary>Puts a log's genesis into an empty store, at once.</summary>
    public static void Create(SimulatedServer server, TimeProvider clock)
    {
        var created = AuditLog.CreateAsync(new ServerView(server), Plan(server.Kind), new WriterOptions { Time = clock }, default);
        if (!created.IsCompletedSuccessfully)
            throw new ViolationException("Creating a log in a store where nothing goes wrong didn't succeed at once: " + created.Exception);
    }

    /// <summary>Puts a log into an empty store that ends so shortly before a multiple of 16,384 that the writers cross it.</summary>
    public static void CreateNearBoundary(SimulatedServer server)
    {
        long first = 0;
        foreach (var content in NearBoundary.Value[server.Kind == StoreKind.Directory ? 1 : 0])
        {
            server.Put(PlainLog.KeyOf(first), content, PutCondition.Absent, "preparation");
            first = first == 0 ? 1 : LogFormat.MaxSegmentRecords;
        }
    }

    private static List<byte[]> Prepare(StoreKind kind)
    {
        var random = new Random(1);
        var scheduler = new Scheduler(random);
        var server = new SimulatedServer(kind, scheduler, random);
        var clock = new SimulatedClock(scheduler, TimeSpan.Zero, () => true);
        Create(server, clock);
        var view = new ServerView(server);
        var log = AuditLog.OpenAsync(view, default).GetAwaiter().GetResult();
        using var committer = new Committer(view, Key, new WriterOptions { Time = clock }, null, log.Head, log.Genesis.Origin);
        var batch = new EventBatch(clock, LogFormat.MaxSegmentRecords);
        for (var i = 0; i < LogFormat.MaxSegmentRecords - 12; i++)
            batch.Add(new AuditEvent { Action = "prepared" });
        var result = committer.CommitAsync(batch, default).GetAwaiter().GetResult();
        return result.Failure is null
            ? [.. server.Keys.Reverse().Select(key => server.Versions(key)[0].Content)]
            : throw result.Failure;
    }
}
