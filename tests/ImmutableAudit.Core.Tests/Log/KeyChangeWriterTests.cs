using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>Changes of keys as the writer records them.</summary>
public sealed class KeyChangeWriterTests : IAsyncLifetime, IDisposable
{
    private TestLog _log = null!;
    private KeyFile _second = null!;

    public async Task InitializeAsync()
    {
        _log = new TestLog();
        await _log.CreateAsync();
        _second = KeyFile.Create(_log.Temporary("second.key"), default);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    public void Dispose() => _second.Dispose();

    [Fact]
    public async Task A_new_key_seals_after_the_segment_that_adds_it_and_the_old_one_no_more_when_retired()
    {
        await ChangeAsync(_log.Key, KeyChange.Add(KeyRole.Seal, _second.PublicKey));
        await ChangeAsync(_log.Key, KeyChange.Add(KeyRole.Admin, _second.PublicKey));
        await WriteAsync(_second);
        await ChangeAsync(_second, KeyChange.Retire(_log.Key.PublicKey), _second);
        Assert.Equal(AuditErrors.KeyNotInForce, (await Assert.ThrowsAsync<AuditException>(() => _log.WriterAsync())).ErrorId);
        await WriteAsync(_second);
        var report = await _log.VerifyAsync();
        Assert.Equal((ChainResult.Passed, 6L, 0), (report.Result, report.Records, report.Findings.Count));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_before_anything_is_written()
    {
        using var third = KeyFile.Create(_log.Temporary("third.key"), default);
        await RefusedAsync(AuditErrors.KeyAlreadyExists, KeyChange.Add(KeyRole.Seal, _log.Key.PublicKey));
        await RefusedAsync(AuditErrors.KeyNotInForce, KeyChange.Retire(_log.Key.PublicKey));
        await RefusedAsync(AuditErrors.KeyNotInForce, KeyChange.Compromise(_log.Key.PublicKey, DateTimeOffset.UtcNow));
        await RefusedAsync(AuditErrors.KeyNotFound, KeyChange.Retire(_second.PublicKey));
        await RefusedAsync(AuditErrors.KeyNotInForce, KeyChange.Add(KeyRole.Seal, _second.PublicKey), admin: third);
        await ChangeAsync(_log.Key, KeyChange.Add(KeyRole.Seal, _second.PublicKey));
        // It may seal, and not sign changes.
        await RefusedAsync(AuditErrors.KeyNotInForce, KeyChange.Add(KeyRole.Seal, third.PublicKey), admin: _second);
        // The last that signs changes stays.
        await RefusedAsync(AuditErrors.KeyNotInForce, KeyChange.Retire(_log.Key.PublicKey));
        await ChangeAsync(_log.Key, KeyChange.Retire(_second.PublicKey));
        await RefusedAsync(AuditErrors.KeyNotInForce, KeyChange.Add(KeyRole.Seal, _second.PublicKey));
        await RefusedAsync(AuditErrors.KeyNotInForce, KeyChange.Retire(_second.PublicKey));
        Assert.Equal(3, (await AuditLog.OpenAsync(_log.Store, default)).Size);
    }

    [Fact]
    public async Task Writers_that_change_keys_at_once_sign_for_the_places_that_they_get()
    {
        var keys = Enumerable.Range(0, 6).Select(i => KeyFile.Create(_log.Temporary($"k{i}.key"), default)).ToList();
        await Task.WhenAll(keys.Select(key => Task.Run(async () =>
        {
            for (var i = 0; ; i++)
            {
                await using var writer = await _log.WriterAsync();
                var result = await writer.ChangeKeysAsync(KeyChange.Add(KeyRole.Seal, key.PublicKey), _log.Key, default);
                if (result.Failure is null)
                    return;
                // Overtaken three times in a row: as its message says, nothing was written.
                Assert.Equal((AuditErrors.InternalInvalid, 0), (result.Failure.ErrorId, result.Acknowledged));
                Assert.True(i < 20);
            }
        })));
        var report = await _log.VerifyAsync();
        Assert.Equal((ChainResult.Passed, 7L, 0), (report.Result, report.Records, report.Findings.Count));
        foreach (var key in keys)
        {
            await WriteAsync(key);
            key.Dispose();
        }
    }

    [Fact]
    public async Task What_a_compromised_key_sealed_is_suspect()
    {
        await _log.WriteAsync(4, 2);
        await ChangeAsync(_log.Key, KeyChange.Add(KeyRole.Seal, _second.PublicKey));
        await ChangeAsync(_log.Key, KeyChange.Add(KeyRole.Admin, _second.PublicKey));
        Assert.Equal(ChainResult.Passed, (await _log.VerifyAsync()).Result);
        await ChangeAsync(_second, KeyChange.Compromise(_log.Key.PublicKey, DateTimeOffset.UtcNow.AddHours(-1)), _second);
        await WriteAsync(_second);
        var report = await _log.VerifyAsync();
        var finding = Assert.Single(report.Findings);
        Assert.Equal((ChainResult.Unknown, FindingKind.Suspect, FindingSeverity.Unknown), (report.Result, finding.Kind, finding.Severity));
        Assert.Equal((0L, 6L), (finding.Sequence!.Value, finding.LastSequence!.Value));
        Assert.Contains("compromised since", finding.Message, StringComparison.Ordinal);
    }

    private async Task ChangeAsync(KeyFile seal, KeyChange change, KeyFile? admin = null)
    {
        await using var writer = await AuditWriter.OpenAsync(_log.Store, seal, null, default);
        var result = await writer.ChangeKeysAsync(change, admin ?? _log.Key, default);
        Assert.Null(result.Failure);
        Assert.Single(result.Receipts());
    }

    private async Task RefusedAsync(string expected, KeyChange change, KeyFile? admin = null)
    {
        await using var writer = await _log.WriterAsync();
        Assert.Equal(expected, (await Assert.ThrowsAsync<AuditException>(() => writer.ChangeKeysAsync(change, admin ?? _log.Key, default))).ErrorId);
    }

    private async Task WriteAsync(KeyFile key)
    {
        await using var writer = await AuditWriter.OpenAsync(_log.Store, key, null, default);
        await writer.AppendAsync(TestLog.Sample(1));
    }
}
