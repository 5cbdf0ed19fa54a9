namespace ImmutableAudit.Events.Export;

/// <summary>What records are written as for other tools. What becomes of each member is in <c>docs/export.md</c>.</summary>
public enum ExportFormat
{
    /// <summary>Events of the Open Cybersecurity Schema Framework 1.9.0-dev, classes 6003 and 6005, with the profile <c>record_integrity</c>: JSON, one a line.</summary>
    Ocsf,

    /// <summary>CloudEvents 1.0 in their JSON format, one a line.</summary>
    CloudEvents,

    /// <summary>Comma-separated values after RFC 4180, with a header.</summary>
    Csv,

    /// <summary>The records' lines exactly as they were hashed, one a line.</summary>
    JsonLines,
}
