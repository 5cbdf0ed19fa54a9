using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>Proofs from a real log, checked without it.</summary>
public sealed class LogProofTests : IAsyncLifetime
{
    private AlterableLog _log = null!;
    private AuditLog _opened = null!;
    private VerifierKey[] _trusted = [];

    public async Task InitializeAsync()
    {
        _log = await AlterableLog.CreateAsync();
        _opened = await AuditLog.OpenAsync(_log.Log.Store, default);
        _trusted = [_opened.Genesis.Keys[0].Key];
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task Every_record_is_proven_under_every_checkpoint()
    {
        // The state after each segment, as somebody may have kept it.
        var notes = new List<string>();
        for (var segments = 1; segments <= _log.Files.Length; segments++)
        {
            foreach (var file in _log.Files.Skip(segments))
                File.Delete(file);
            notes.Add((await AuditLog.OpenAsync(_log.Log.Store, default)).Checkpoint);
            _log.Restore();
        }

        foreach (var note in notes)
        {
            var size = Checkpoint.TryParse(SignedNote.TryParse(note)!.Text)!.Size;
            for (var sequence = 0; sequence < size; sequence++)
            {
                var proof = await _opened.ProveAsync(sequence, note);
                var text = proof.Proof.ToText();
                Assert.Equal(text, TlogProof.TryParse(text)!.ToText());
                var result = ProofVerifier.VerifyInclusion(text, proof.Record.Json, _trusted);
                Assert.True(result.IsValid, result.Reason);
                Assert.Equal((sequence, size, _opened.Genesis.Origin), (result.Sequence!.Value, result.Records!.Value, result.Origin));
            }

            var old = Checkpoint.TryParse(SignedNote.TryParse(note)!.Text)!;
            var continuation = (await _opened.ProveContinuationAsync(old)).ToText();
            Assert.True(ProofVerifier.VerifyContinuation(continuation, old, _trusted).IsValid);
            Assert.False(ProofVerifier.VerifyContinuation(continuation, old with { Root = Merkle.Digest.Zero }, _trusted).IsValid);
            Assert.False(ProofVerifier.VerifyContinuation(continuation, old with { Size = old.Size + 1 }, _trusted).IsValid);
            Assert.False(ProofVerifier.VerifyContinuation(continuation, old with { Origin = "another/log" }, _trusted).IsValid);
        }
    }

    [Fact]
    public async Task Every_altered_byte_of_a_proof_or_record_is_noticed()
    {
        var proof = await _opened.ProveAsync(30);
        var (text, record) = (proof.Proof.ToText(), proof.Record.Json);
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var other in new[] { (char)(text[i] ^ 1), ' ', '\n' })
            {
                var altered = text[..i] + other + text[(i + 1)..];
                if (other != text[i])
                    Assert.False(ProofVerifier.VerifyInclusion(altered, record, _trusted).IsValid, $"{i}: {text[i]} to {other}");
            }
        }

        for (var i = 0; i < record.Length; i++)
            Assert.False(ProofVerifier.VerifyInclusion(text, record[..i] + (char)(record[i] ^ 1) + record[(i + 1)..], _trusted).IsValid);
        for (var i = 0; i < text.Length; i++)
            Assert.False(ProofVerifier.VerifyInclusion(text[..i], record, _trusted).IsValid);
        Assert.False(ProofVerifier.VerifyInclusion(text + "\n", record, _trusted).IsValid);
    }

    [Fact]
    public async Task Only_a_trusted_key_counts()
    {
        await using var other = await AlterableLog.CreateAsync();
        var stranger = (await AuditLog.OpenAsync(other.Log.Store, default)).Genesis.Keys[0].Key;
        var proof = await _opened.ProveAsync(3);
        var result = ProofVerifier.VerifyInclusion(proof.Proof.ToText(), proof.Record.Json, [stranger]);
        Assert.Equal((false, "No trusted key signed its checkpoint."), (result.IsValid, result.Reason));
        Assert.False(ProofVerifier.VerifyInclusion(proof.Proof.ToText(), proof.Record.Json, []).IsValid);
        Assert.Equal(AuditErrors.RangeInvalid, (await Assert.ThrowsAsync<AuditException>(() => _opened.ProveAsync(46))).ErrorId);
        Assert.Equal(AuditErrors.RangeInvalid, (await Assert.ThrowsAsync<AuditException>(() => _opened.ProveAsync(3, other.Note))).ErrorId);
        Assert.Equal(AuditErrors.FormatInvalid, (await Assert.ThrowsAsync<AuditException>(() => _opened.ProveAsync(3, "nonsense\n"))).ErrorId);
    }

    [Fact]
    public async Task A_log_that_was_changed_proves_nothing_of_what_was()
    {
        var old = _log.Checkpoint;
        await Assert.ThrowsAsync<AuditException>(() => _opened.ProveContinuationAsync(old with { Root = Merkle.Digest.Zero }));
        Assert.Equal(AuditErrors.RangeInvalid, (await Assert.ThrowsAsync<AuditException>(() => _opened.ProveContinuationAsync(old with { Size = 99 }))).ErrorId);
        var bytes = _log.Genuine(2);
        bytes[^20] ^= 1;
        File.WriteAllBytes(_log.Files[2], bytes);
        Assert.Equal(AuditErrors.RecordNotVerified, (await Assert.ThrowsAsync<AuditException>(() => _opened.ProveAsync(5))).ErrorId);
    }
}
