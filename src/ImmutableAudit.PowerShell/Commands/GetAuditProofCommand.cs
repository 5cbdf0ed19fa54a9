using System.Management.Automation;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Proves that records are in a log, or that it continues an earlier state of itself.</summary>
[Cmdlet(VerbsCommon.Get, "AuditProof", DefaultParameterSetName = RecordSet)]
[OutputType(typeof(AuditProofInfo))]
public sealed class GetAuditProofCommand : ConnectedCommand
{
    private const string RecordSet = "Record";
    private const string ContinuationSet = "Continuation";
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The numbers of the records.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = RecordSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, long.MaxValue)]
    public long[] Sequence { get; set; } = [];

    /// <summary>A signed checkpoint that was kept, as text or file: the proof is for it. Default: the newest.</summary>
    [Parameter(ParameterSetName = RecordSet)]
    public string? Checkpoint { get; set; }

    /// <summary>An earlier checkpoint, as text or file: proves that the log continues it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ContinuationSet)]
    public string From { get; set; } = "";

    private protected override void Process()
    {
        var location = Locate(Log);
        var store = OpenStore(location);
        _warned.Clear();
        try
        {
            var log = Wait(token => AuditLog.OpenAsync(store, token));
            if (log.Doubt is { } doubt)
                ReportItem(doubt, location.ToString());
            if (ParameterSetName == ContinuationSet)
            {
                var old = TrustedHistory.ReadCheckpoint(From, SessionState);
                var continuation = Wait(token => log.ProveContinuationAsync(old, token));
                WarnOf(continuation.WrongTiles, location.ToString());
                WriteObject(new AuditProofInfo(continuation, log.Genesis.Origin));
                return;
            }

            var kept = Checkpoint is null ? null : TrustedHistory.ReadNote(Checkpoint, SessionState);
            foreach (var sequence in Sequence)
                Prove(log, sequence, kept);
        }
        finally
        {
            Close(store);
        }
    }

    private void WarnOf(IReadOnlyList<string> tiles, string location)
    {
        foreach (var tile in tiles)
        {
            if (_warned.Add(tile))
                WriteWarning($"The Merkle tile '{tile}' in '{location}' is wrong. The proof was made without it. Update-AuditIndex -Rebuild rights it.");
        }
    }

    private void Prove(AuditLog log, long sequence, string? kept)
    {
        try
        {
            var proof = Wait(token => log.ProveAsync(sequence, kept, token));
            WarnOf(proof.WrongTiles, log.Location);
            WriteObject(new AuditProofInfo(proof, log.Genesis.Origin));
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.RangeInvalid or AuditErrors.RecordNotVerified)
        {
            ReportItem(e, sequence);
        }
    }
}
