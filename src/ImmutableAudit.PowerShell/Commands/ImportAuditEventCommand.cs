using System.Management.Automation;
using System.Security;
using ImmutableAudit.Events.Import;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Imports what others logged, each event once.</summary>
[Cmdlet(VerbsData.Import, "AuditEvent", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(AuditImportInfo))]
public sealed partial class ImportAuditEventCommand : ConnectedCommand
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <summary>Files, folders, wildcards, or s3://bucket/prefix.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet)]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files and folders whose names are taken as they are.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "FullName")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>What the files hold; by default it is found out.</summary>
    [Parameter]
    public SourceFormat Format { get; set; }

    /// <summary>Which field becomes which part of an event: a hashtable, or the path of a JSON file.</summary>
    [Parameter]
    public object? Map { get; set; }

    /// <summary>What parts the fields of CSV files.</summary>
    [Parameter]
    public char Delimiter { get; set; } = ',';

    /// <summary>Folders below a folder, too.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>The key that seals: a file, or the ARN or alias of an AWS KMS key.</summary>
    [Parameter]
    public string? Key { get; set; }

    /// <summary>The passphrase of the key file.</summary>
    [Parameter]
    public SecureString? Passphrase { get; set; }

    /// <summary>The profile for the bucket that is read, where it isn't the log's.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProfileNameCompleter))]
    public string? SourceProfileName { get; set; }

    /// <summary>The region of the bucket that is read, where it isn't the log's.</summary>
    [Parameter]
    public string? SourceRegion { get; set; }

    /// <summary>The endpoint of the bucket that is read, where it isn't the log's.</summary>
    [Parameter]
    public Uri? SourceEndpointUrl { get; set; }

    private protected override void Begin()
    {
        _options = new SourceOptions { Format = Format, Map = FieldMapArgument.Read(Map, SessionState), Delimiter = Delimiter };
        var location = Locate(Log);
        if (ShouldProcess($"Import events into '{location}'.", $"Import events into '{location}'?", "Import-AuditEvent", out var reason))
            Open(location, trial: false);
        else if (reason.HasFlag(ShouldProcessReason.WhatIf))
            Open(location, trial: true);
    }

    private protected override void Process()
    {
        if (_session is null)
            return; // The caller was asked, and said no.
        foreach (var path in ParameterSetName == LiteralPathSet ? LiteralPath : Path)
            Import(path);
    }

    private protected override void End()
    {
        if (_session is not null)
            Finish();
    }

    private protected override void Release() => LetGo();
}
