using System.Management.Automation;
using System.Security;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Brings what is derived from a log, its Merkle tiles and summaries, up to date.</summary>
[Cmdlet(VerbsData.Update, "AuditIndex", SupportsShouldProcess = true)]
[OutputType(typeof(IndexReport))]
public sealed class UpdateAuditIndexCommand : ConnectedCommand
{
    private long _records;

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>A key that seals the log and signs summaries: a file, or the ARN or alias of an AWS KMS key. Default: the environment variable IMMUTABLEAUDIT_KEY.</summary>
    [Parameter]
    public string? Key { get; set; }

    /// <summary>The key file's passphrase.</summary>
    [Parameter]
    public SecureString? Passphrase { get; set; }

    /// <summary>Also compares what is there with the log, and rights it in a bucket.</summary>
    [Parameter]
    public SwitchParameter Rebuild { get; set; }

    /// <summary>With -Rebuild: replaces what is wrong in a directory, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        try
        {
            var location = Locate(Log);
            if (!ShouldProcess(location.ToString(), Rebuild ? "Compare the Merkle tiles and summaries with the log, and write those that are missing or wrong" : "Write the Merkle tiles and summaries that are missing"))
                return;
            using var key = KeyReference.GivenOrDefault(Key, SessionState) is { } reference ? OpenKey(reference, Passphrase) : null;
            if (key is null)
                WriteWarning("No key was given to sign summaries with, so only Merkle tiles are written. Give -Key with a key that seals the log.");
            var store = OpenStore(location);
            _records = 0;
            var options = new IndexOptions { Rebuild = Rebuild, Replace = Force, Key = key, Progress = new Counter(this) };
            var report = Wait(
                async token =>
                {
                    await using (store.ConfigureAwait(false))
                        return await TileFiller.RunAsync(store, options, token).ConfigureAwait(false);
                },
                () => WriteProgress(new ProgressRecord(1, $"Updating {location}", $"{Interlocked.Read(ref _records):N0} records")));
            WriteProgress(new ProgressRecord(1, $"Updating {location}", "Done") { RecordType = ProgressRecordType.Completed });
            if (report.Wrong > report.Replaced)
                WriteWarning($"{report.Wrong - report.Replaced:N0} of the tiles in '{location}' differ from the log and were left as they are. -Rebuild -Force replaces them.");
            if (report.Summaries is { } summaries && summaries.Wrong > summaries.Replaced)
                WriteWarning($"{summaries.Wrong - summaries.Replaced:N0} of the summaries in '{location}' differ from the log, or aren't signed by a key that counts, and were left as they are. -Rebuild -Force replaces them.");
            WriteObject(report);
        }
        catch (AuditException e)
        {
            // The next log of the pipeline has nothing to do with it.
            ReportItem(e, Log);
        }
    }

    private sealed class Counter(UpdateAuditIndexCommand command) : IProgress<long>
    {
        public void Report(long value) => Interlocked.Exchange(ref command._records, value);
    }
}
