namespace ImmutableAudit.Events.Import;

/// <summary>The formats that events are imported from.</summary>
public enum SourceFormat
{
    /// <summary>Found out from the content.</summary>
    Auto,

    /// <summary>AWS CloudTrail files: <c>{"Records":[…]}</c>.</summary>
    CloudTrail,

    /// <summary>Events of the Open Cybersecurity Schema Framework as JSON: lines, a list, or one object after the other.</summary>
    Ocsf,

    /// <summary>JSON objects, one a line, read through a field map.</summary>
    JsonLines,

    /// <summary>Comma-separated values with a header (RFC 4180), read through a field map.</summary>
    Csv,

    /// <summary>W3C extended log files with <c>#Fields</c>, as IIS writes them.</summary>
    W3c,

    /// <summary>Server access logs of Amazon S3.</summary>
    S3Access,

    /// <summary>Windows events as XML.</summary>
    WindowsEvent,

    /// <summary>The log of the Linux audit daemon.</summary>
    LinuxAudit,
}
