using System.Management.Automation;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Verifies a whole log, also against what is known of it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "AuditChain")]
[OutputType(typeof(ChainReport), typeof(bool))]
public sealed class TestAuditChainCommand : ConnectedCommand
{
    private long _records;

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>Verifier keys that are trusted, or files that hold them: one a line, or as a trust policy (C2SP tlog-policy).</summary>
    [Parameter]
    public string[]? TrustedKey { get; set; }

    /// <summary>Checkpoints that were kept, as text or as files.</summary>
    [Parameter]
    public string[]? Checkpoint { get; set; }

    /// <summary>Receipts that were kept: objects with Sequence and LeafHash.</summary>
    [Parameter]
    public PSObject[]? Receipt { get; set; }

    /// <summary>Files with the root certificates of the timestamping authorities that are trusted.</summary>
    [Parameter]
    public string[]? TimestampRoot { get; set; }

    /// <summary>Neither uses nor changes what this account remembers.</summary>
    [Parameter]
    public SwitchParameter NoMemory { get; set; }

    /// <summary>Verifies only what is newer than this account's last test that passed, if the log still continues that.</summary>
    [Parameter]
    public SwitchParameter Incremental { get; set; }

    /// <summary>What of the objects that are derived from the log is compared with it.</summary>
    [Parameter]
    public DerivedCheck Derived { get; set; } = DerivedCheck.Tiles;

    /// <summary>True or false instead of a report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        var location = Locate(Log);
        var memory = NoMemory ? null : MemoryOf(location);
        var known = memory?.Recall();
        var trust = TrustedHistory.Collect(this, known);
        var store = OpenStore(location);
        _records = 0;
        var options = trust.Options with
        {
            TimestampRoots = RootFiles.Read(TimestampRoot, SessionState),
            Progress = new Counter(this),
            Since = Incremental ? known?.Verified : null,
            Derived = Derived,
        };
        var report = Wait(
            async token =>
            {
                await using (store.ConfigureAwait(false))
                    return await ChainVerifier.VerifyAsync(store, options, token).ConfigureAwait(false);
            },
            () => WriteProgress(new ProgressRecord(1, $"Verifying {location}", $"{Interlocked.Read(ref _records):N0} records")));
        WriteProgress(new ProgressRecord(1, $"Verifying {location}", "Done") { RecordType = ProgressRecordType.Completed });
        report = report with { Trust = trust.Basis };
        if (report.Result == ChainResult.Passed && report is { Origin: { } origin, GenesisHash: { } hash, Checkpoint: { } checkpoint })
            memory?.NoteVerified(origin, hash, checkpoint);
        WriteObject(Quiet ? report.Result == ChainResult.Passed : report);
    }

    private sealed class Counter(TestAuditChainCommand command) : IProgress<long>
    {
        public void Report(long value) => Interlocked.Exchange(ref command._records, value);
    }
}
