using System.Text;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Fuzz;

/// <summary>Proofs: what was changed in anything but words that prove nothing may not hold.</summary>
internal sealed class ProofTargets
{
    private readonly string _inclusion;
    private readonly string _record;
    private readonly string _continuation;
    private readonly Checkpoint _old;
    private readonly VerifierKey[] _trusted;

    public ProofTargets()
    {
        var log = AlterableLog.CreateAsync().GetAwaiter().GetResult();
        var opened = AuditLog.OpenAsync(log.Log.Store, default).GetAwaiter().GetResult();
        var proof = opened.ProveAsync(23).GetAwaiter().GetResult();
        (_inclusion, _record) = (proof.Proof.ToText(), proof.Record.Json);
        // A segment's seal has the checkpoint behind it.
        var seal = System.Text.Json.JsonDocument.Parse(log.Lines(1)[^1]).RootElement.GetProperty("checkpoint").GetString()!;
        _old = Checkpoint.TryParse(SignedNote.TryParse(seal)!.Text)!;
        _continuation = opened.ProveContinuationAsync(_old).GetAwaiter().GetResult().ToText();
        _trusted = [.. opened.Sealers];
        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    public IEnumerable<Target> Targets =>
    [
        new("tlog-proof", [Encoding.UTF8.GetBytes(_inclusion), Encoding.UTF8.GetBytes(_inclusion.Replace("index", "extra QUJD\nindex", StringComparison.Ordinal))], Inclusion),
        new("continuation", [Encoding.UTF8.GetBytes(_continuation)], Continuation),
        new("proven-record", [Encoding.UTF8.GetBytes(_record)], Record),
    ];

    private string Inclusion(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var result = ProofVerifier.VerifyInclusion(text, _record, _trusted);
        if (TlogProof.TryParse(text) is not { } proof)
        {
            Assert.False(result.IsValid);
            return Target.Told(false);
        }

        Assert.Equal(text, proof.ToText());
        if (!result.IsValid)
            return result.Reason!;
        var genuine = TlogProof.TryParse(_inclusion)!;
        Assert.Equal((genuine.Index, SignedNote.TryParse(genuine.Note)!.Text), (proof.Index, SignedNote.TryParse(proof.Note)!.Text));
        Assert.Equal(genuine.Hashes, proof.Hashes);
        return Target.Accepted;
    }

    private string Continuation(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var result = ProofVerifier.VerifyContinuation(text, _old, _trusted);
        if (ContinuationProof.TryParse(text) is not { } proof)
        {
            Assert.False(result.IsValid);
            return Target.Told(false);
        }

        Assert.Equal(text, proof.ToText());
        if (!result.IsValid)
            return result.Reason!;
        var genuine = ContinuationProof.TryParse(_continuation)!;
        Assert.Equal((genuine.OldSize, SignedNote.TryParse(genuine.Note)!.Text), (proof.OldSize, SignedNote.TryParse(proof.Note)!.Text));
        Assert.Equal(genuine.Hashes, proof.Hashes);
        return Target.Accepted;
    }

    private string Record(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var result = ProofVerifier.VerifyInclusion(_inclusion, text, _trusted);
        Assert.Equal(text == _record, result.IsValid);
        return Target.Told(result.IsValid);
    }
}
