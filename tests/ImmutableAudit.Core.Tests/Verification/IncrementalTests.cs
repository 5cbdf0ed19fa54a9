using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>Verification that goes on from what was verified before.</summary>
public sealed class IncrementalTests : IAsyncLifetime
{
    private AlterableLog _log = null!;
    private Checkpoint _since = null!;

    public async Task InitializeAsync()
    {
        _log = await AlterableLog.CreateAsync();
        // Verified up to the second segment of four.
        foreach (var file in _log.Files.Skip(2))
            File.Delete(file);
        _since = Checkpoint.TryParse(SignedNote.TryParse((await AuditLog.OpenAsync(_log.Log.Store, default)).Checkpoint)!.Text)!;
        _log.Restore();
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task Only_what_is_newer_is_verified_and_the_end_is_the_same()
    {
        var full = await _log.VerifyAsync();
        var report = await VerifyAsync();
        Assert.Equal((ChainResult.Passed, 21L, 25L, 2L), (report.Result, report.From, report.Records, report.Segments));
        Assert.Equal((full.Root, full.Checkpoint, full.GenesisHash, full.LastRecorded), (report.Root, report.Checkpoint, report.GenesisHash, report.LastRecorded));
        Assert.Equal((0L, 46L), (full.From, full.Records));
        var nothing = await _log.Log.VerifyAsync(new VerifyOptions { Since = _log.Checkpoint });
        Assert.Equal((ChainResult.Passed, 46L, 0L, full.Root), (nothing.Result, nothing.From, nothing.Records, nothing.Root));
    }

    [Fact]
    public async Task Damage_in_what_is_newer_is_found_and_named()
    {
        for (var segment = 2; segment < 4; segment++)
        {
            var bytes = _log.Genuine(segment);
            bytes[bytes.Length / 2] ^= 4;
            File.WriteAllBytes(_log.Files[segment], bytes);
            var report = await VerifyAsync();
            Assert.Equal((ChainResult.Failed, 21L), (report.Result, report.From));
            Assert.Contains(report.Findings, finding => finding.ObjectKey == _log.Key(segment));
            _log.Restore();
        }

        File.Delete(_log.Files[2]);
        Assert.Contains((await VerifyAsync()).Findings, finding => finding.Kind == FindingKind.RecordsMissing && finding.Sequence == 21);
    }

    [Fact]
    public async Task What_does_not_continue_is_verified_in_full()
    {
        foreach (var since in new[] { _since with { Root = Digest.Zero }, _since with { Size = 20 }, _since with { Origin = "another/log" }, _since with { Size = 99 } })
        {
            var report = await VerifyAsync(since);
            Assert.Equal((ChainResult.Passed, 0L, 46L), (report.Result, report.From, report.Records));
        }

        // The segment that ends where it was verified to is gone.
        File.Delete(_log.Files[1]);
        var removed = await VerifyAsync();
        Assert.Equal((ChainResult.Failed, 0L), (removed.Result, removed.From));
        _log.Restore();

        // Rolled back to before what was verified.
        foreach (var file in _log.Files.Skip(1))
            File.Delete(file);
        var report2 = await _log.Log.VerifyAsync(new VerifyOptions { Since = _since, KnownCheckpoints = [_since] });
        Assert.Contains(report2.Findings, finding => finding.Kind == FindingKind.Truncated);
    }

    [Fact]
    public async Task What_is_known_of_older_records_is_held_against_them()
    {
        var receipt = _log.Receipts[3];
        var report = await _log.Log.VerifyAsync(new VerifyOptions { Since = _since, Receipts = [(receipt.Sequence, new string('0', 64))] });
        Assert.Equal((ChainResult.Failed, 0L), (report.Result, report.From));
        Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.HistoryChanged);
    }

    [Fact]
    public async Task That_a_key_is_compromised_is_news_about_old_records()
    {
        using var other = KeyFile.Create(_log.Log.Temporary("other.key"), default);
        foreach (var role in new[] { KeyRole.Seal, KeyRole.Admin })
            await ChangeAsync(_log.Log.Key, KeyChange.Add(role, other.PublicKey), _log.Log.Key);
        await ChangeAsync(other, KeyChange.Compromise(_log.Log.Key.PublicKey, DateTimeOffset.UtcNow), other);
        var report = await VerifyAsync();
        Assert.Equal((ChainResult.Unknown, 0L), (report.Result, report.From));
        Assert.Equal(0, Assert.Single(report.Findings, finding => finding.Kind == FindingKind.Suspect).Sequence);
    }

    private Task<ChainReport> VerifyAsync(Checkpoint? since = null) => _log.Log.VerifyAsync(new VerifyOptions { Since = since ?? _since });

    private async Task ChangeAsync(KeyFile seal, KeyChange change, KeyFile admin)
    {
        await using var writer = await AuditWriter.OpenAsync(_log.Log.Store, seal, null, default);
        Assert.Null((await writer.ChangeKeysAsync(change, admin, default)).Failure);
    }
}
