using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>
/// Somebody who may write into the bucket and has no key: puts things on the keys that the log will need and on those
/// that it has, hides versions under delete markers, and takes away again what he put there.
/// </summary>
internal sealed class Attacker(Simulation run)
{
    private readonly Random _random = run.Random;
    private readonly List<ServerVersion> _mine = [];
    private LogHead? _head;
    private int _strange;

    public void Schedule(int actions, TimeSpan within)
    {
        for (var i = 0; i < actions; i++)
            run.Scheduler.After(within * _random.NextDouble(), Act);
        // He also watches, and hides what has just come: the next conditional PUT then passes.
        if (actions > 0 && run.Server.KeepsVersions && _random.Next(3) == 0)
            run.Server.Stored = key => run.Scheduler.After(run.Faults.Latency * _random.NextDouble(), () => Hide(key));
        if (actions > 0 && run.Server.KeepsVersions && _random.Next(6) == 0)
            run.Server.Arriving = GetAheadOf;
    }

    // New bytes each time, so that no ETag that a writer has seen is the newest one's.
    private void GetAheadOf(string key)
    {
        if (!run.IsHealed && _random.Next(2) == 0)
            Put(Version(key, Encoding.ASCII.GetBytes("{\"junk\":" + _random.Next() + "}\n")), "junk");
    }

    private void Hide(string key)
    {
        if (!run.IsHealed && _random.Next(4) == 0)
            Put(new ServerVersion(key, 0, "", [], default, SimulatedServer.Attacker) { IsMarker = true }, "a delete marker");
    }

    private void Act()
    {
        if (run.IsHealed)
            return;
        var server = run.Server;
        if (!server.KeepsVersions || _random.Next(12) == 0)
        {
            PutStrangeName();
            return;
        }

        var key = Target();
        switch (_random.Next(12))
        {
            case 0 or 1 or 2 or 10:
                Hide(key);
                break;
            case 3:
                Put(Version(key, Encoding.ASCII.GetBytes("{\"junk\":" + _random.Next(3) + "}\n")), "junk");
                break;
            case 4:
                Put(Version(key, Some(key)) with { ETag = "0123456789abcdef-" + _random.Next(1, 4) }, "a multipart upload");
                break;
            case 5:
                Put(Version(key, Some(key)) with { Size = 18 << 20 }, "something too large");
                break;
            case 6:
                Put(Version(key, Some(key)) with { Readable = ReadStatus.CustomerKey }, "something under a key of its own");
                break;
            case 7:
                Put(Version(key, Some(key)) with { IsReplica = true }, "a replica");
                break;
            case 8:
                Put(Version(key, Some(key)), "a copy of a segment");
                break;
            case 9 when Foreign() is { } foreign:
                Put(Version(PlainLog.KeyOf(foreign.Segment.First), foreign.Stored.ToArray()), "a segment sealed by a foreign key");
                break;
            default:
                TakeAway();
                break;
        }
    }

    // Mostly the key that the log needs next.
    private string Target()
    {
        var next = run.Log.Read(run.Server).Records.Count;
        var keys = run.Log.Counting.Keys.ToList();
        return _random.Next(10) switch
        {
            < 6 => PlainLog.KeyOf(next),
            < 8 => PlainLog.KeyOf(next + _random.Next(1, 8)),
            8 when keys.Count > 0 => keys[_random.Next(keys.Count)],
            _ => PlainLog.KeyOf(_random.Next(Math.Max(1, next))),
        };
    }

    // Bytes that were valid somewhere: of the same key, or of any.
    private byte[] Some(string key)
    {
        var versions = run.Server.Versions(key).Where(version => !version.IsMarker).ToList();
        if (versions.Count == 0 || _random.Next(3) == 0)
            versions = [.. run.Server.Keys.SelectMany(run.Server.Versions).Where(version => !version.IsMarker && version.Size < 10_000)];
        return versions.Count == 0 ? [1, 2, 3] : versions[_random.Next(versions.Count)].Content;
    }

    private static ServerVersion Version(string key, byte[] content) => new(key, 0, "", content, default, SimulatedServer.Attacker)
    {
        ETag = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content).AsSpan(0, 16)),
    };

    private void PutStrangeName()
    {
        var key = _random.Next(3) switch
        {
            0 => Target() + ".bak",
            1 => "segments/strange-" + _strange++,
            _ => "segments/000-" + _strange++,
        };
        Put(Version(key, [7, 7, 7]), "a strange name");
    }

    private void Put(ServerVersion version, string what)
    {
        var added = run.Server.Add(version);
        _mine.Add(added);
        run.Trace(null, $"puts {what} on {Simulation.Short(version.Key)}: {added.Id}");
    }

    private void TakeAway()
    {
        if (_mine.Count == 0)
            return;
        var version = _mine[_random.Next(_mine.Count)];
        _mine.Remove(version);
        run.Server.Remove(version);
        run.Trace(null, $"takes away {version.Id} of {Simulation.Short(version.Key)}");
    }

    /// <summary>A segment that follows the log in everything and is sealed by a key that isn't the log's.</summary>
    private FrozenSegment? Foreign()
    {
        var view = new ServerView(run.Server);
        using var heads = new HeadFinder(view);
        if (_head is null && run.Log.Read(run.Server).Records.Count == 0)
            return null;
        _head = heads.FindAsync(_head, null, default).AsTask().GetAwaiter().GetResult();
        var genesis = _head.State.Genesis!;
        var key = Signing.VerifierKey.Create(genesis.Origin, SimulatedLog.ForeignKey.PublicKey.Span);
        var foreign = genesis with { Keys = [new GenesisKey(KeyRole.Seal | KeyRole.Admin, key)] };
        var batch = new EventBatch(TimeProvider.System, 1);
        batch.Add(new AuditEvent { Action = "forged" });
        using var builder = new SegmentBuilder(SimulatedLog.ForeignKey);
        var state = _head.State with { Genesis = foreign, Keys = KeyRing.Of(foreign) };
        return builder.BuildAsync(state, batch, 0, 1, new DateTime(state.LastRecordedTicks, DateTimeKind.Utc), genesis.Origin, default)
            .AsTask().GetAwaiter().GetResult();
    }
}
