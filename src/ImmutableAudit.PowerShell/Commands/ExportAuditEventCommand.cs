using System.Management.Automation;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Export;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Writes records in a format of other tools, to a file or as lines.</summary>
[Cmdlet(VerbsData.Export, "AuditEvent", DefaultParameterSetName = LogSet, SupportsShouldProcess = true)]
[OutputType(typeof(string), typeof(FileInfo))]
public sealed class ExportAuditEventCommand : RecordReadingCommand
{
    private const string LogSet = "Log";
    private const string RecordSet = "Record";

    private RecordExporter? _exporter;
    private ExportFile? _file;
    private bool _writes = true;

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ParameterSetName = LogSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>Records, as Get-AuditEvent gives them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RecordSet, ValueFromPipeline = true)]
    public AuditRecord[] InputObject { get; set; } = [];

    /// <summary>What to write.</summary>
    [Parameter(Mandatory = true)]
    public ExportFormat Format { get; set; }

    /// <summary>The file. Without it the lines go to the pipeline.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The first record.</summary>
    [Parameter(ParameterSetName = LogSet)]
    [ValidateRange(0, long.MaxValue)]
    public long From { get; set; }

    /// <summary>The last record, included.</summary>
    [Parameter(ParameterSetName = LogSet)]
    [ValidateRange(0, long.MaxValue)]
    public long To { get; set; } = long.MaxValue;

    /// <summary>In CSV, write what a spreadsheet may take for a formula as it is.</summary>
    [Parameter]
    public SwitchParameter AllowFormulas { get; set; }

    /// <summary>Replace a file of that name.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Give the file that was written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Begin()
    {
        _exporter = new RecordExporter(Format, AllowFormulas);
        if (Path is null)
        {
            if (_exporter.Header is { } header)
                WriteObject(header);
            return;
        }

        var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path);
        _writes = ShouldProcess(path, $"Write records as {Format}");
        if (_writes)
            _file = ExportFile.Create(path, _exporter, Force);
    }

    private protected override void Process()
    {
        if (!_writes)
            return;
        if (ParameterSetName == LogSet)
        {
            ReadLog(Log, size => [Range(From, To, size)], Write);
            return;
        }

        foreach (var record in InputObject.Where(IsInTime))
            Write(record);
    }

    private protected override void End()
    {
        if (_file is null)
            return;
        _file.Complete();
        WriteVerbose($"{_file.Count:N0} records are in '{_file.Path}'.");
        if (PassThru)
            WriteObject(new FileInfo(_file.Path));
    }

    private protected override void Release() => _file?.Dispose();

    private void Write(AuditRecord record)
    {
        if (_file is not null)
            _file.Write(record);
        else
            WriteObject(_exporter!.ToText(record));
    }
}
