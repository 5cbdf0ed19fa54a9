using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

public sealed class KnownLogsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("immutableaudit-known-").FullName;

    private KnownLogs Logs => new(Path.Combine(_root, "home"));

    [Fact]
    public void What_was_remembered_is_found_by_place_and_endpoint()
    {
        var known = Sample("s3://bucket/one") with { Endpoint = "http://one.example/", Key = "/keys/one.key", Checkpoint = new Checkpoint("acme/one/0", 7, new Digest(new byte[32])) };
        Logs.Update(known.Location, known.Endpoint, _ => known);
        Assert.Equal(known, Logs.Find(known.Location, known.Endpoint));
        Assert.Null(Logs.Find(known.Location, null));
        Assert.Null(Logs.Find(known.Location, "http://two.example/"));

        Logs.Update(known.Location, known.Endpoint, _ => null);
        Assert.Empty(Logs.All());
    }

    [Fact]
    public async Task Nothing_is_lost_where_many_remember_at_once()
    {
        await Parallel.ForAsync(0, 100, (i, _) =>
        {
            new KnownLogs(Path.Combine(_root, "home")).Update($"/logs/{i}", null, _ => Sample($"/logs/{i}"));
            return ValueTask.CompletedTask;
        });
        Assert.Equal(100, Logs.All().Count);
    }

    [Fact]
    public void Only_the_owner_can_read_it()
    {
        Logs.Update("/logs/a", null, _ => Sample("/logs/a"));
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Logs.Home, "known-logs.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Logs.Home));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"logs\":[{}]}")]
    [InlineData("{\"logs\":[{\"location\":1}]}")]
    [InlineData("""{"logs":[{"location":"/a","origin":"o","genesisHash":"h","size":-1,"root":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]}""")]
    public void A_damaged_file_is_told_and_never_taken_for_empty(string content)
    {
        Directory.CreateDirectory(Logs.Home);
        File.WriteAllText(Path.Combine(Logs.Home, "known-logs.json"), content);
        Assert.Equal(AuditErrors.KnownLogsInvalid, Assert.Throws<AuditException>(() => Logs.All()).ErrorId);
        Assert.Throws<AuditException>(() => Logs.Update("/logs/a", null, _ => Sample("/logs/a")));
        Assert.Equal(content, File.ReadAllText(Path.Combine(Logs.Home, "known-logs.json")));
    }

    [Fact]
    public async Task A_checkpoint_only_ever_goes_forward()
    {
        await using var log = new TestLog();
        var opened = await log.CreateAsync();
        var early = opened.Checkpoint;
        await log.WriteAsync(5);
        opened = await AuditLog.OpenAsync(log.Store, default);
        var known = new KnownLog { Location = log.Directory, Origin = opened.Genesis.Origin, GenesisHash = opened.GenesisHash };
        known = known.Advance(opened.Checkpoint, DateTimeOffset.UnixEpoch);
        Assert.Equal(6, known.Checkpoint!.Size);
        Assert.Equal([new SeenCheckpoint(known.Checkpoint, DateTimeOffset.UnixEpoch)], known.Seen);
        Logs.Update(known.Location, null, _ => known);
        Assert.Equal(known.Seen, Logs.Find(known.Location, null)!.Seen);
        Assert.Same(known, known.Advance(early, default));
        Assert.Null((known with { Origin = "another", Checkpoint = null }).Advance(early, default).Checkpoint);
        Assert.Same(known, known.Advance("no note", default));
    }

    public void Dispose() => Directory.Delete(_root, true);

    private static KnownLog Sample(string location) => new() { Location = location, Origin = "acme/one/0", GenesisHash = new string('a', 64) };
}
