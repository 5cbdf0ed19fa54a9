using System.Management.Automation;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Shows logs: what they promise, and where they end.</summary>
[Cmdlet(VerbsCommon.Get, "AuditLog")]
[OutputType(typeof(AuditLogInfo))]
public sealed class GetAuditLogCommand : ConnectedCommand
{
    /// <summary>Directories, with wildcards, or s3:// URIs.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Location", "FullName")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string[]? Log { get; set; }

    private protected override void Process()
    {
        foreach (var log in Log is { Length: > 0 } ? Log : [null!])
        {
            if (log is not null && !log.Contains("://", StringComparison.Ordinal) && WildcardPattern.ContainsWildcardCharacters(log))
                ShowMatches(log);
            else
                Show(log, mayBeNone: false);
        }
    }

    private void ShowMatches(string pattern)
    {
        foreach (var path in GetResolvedProviderPathFromPSPath(pattern, out _))
        {
            if (Directory.Exists(path))
                Show(path, mayBeNone: true);
        }
    }

    private void Show(string? log, bool mayBeNone)
    {
        try
        {
            var location = Locate(log);
            var store = OpenStore(location);
            var opened = Wait(async token =>
            {
                await using (store.ConfigureAwait(false))
                    return await AuditLog.OpenAsync(store, token).ConfigureAwait(false);
            });
            if (!location.IsS3)
                WriteVerbose($"'{location}' is a directory: tamper-evident, not tamper-proof.");
            WarnOfDoubts(opened, location);
            WriteObject(new AuditLogInfo(opened, location.IsS3 ? AuditLogKind.S3 : AuditLogKind.Directory));
        }
        catch (AuditException e) when (mayBeNone && e.ErrorId == AuditErrors.LogNotFound)
        {
            WriteVerbose($"'{log}' holds no log.");
        }
        catch (AuditException e)
        {
            ReportItem(e, log);
        }
    }
}
