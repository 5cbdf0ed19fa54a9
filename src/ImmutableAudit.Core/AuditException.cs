namespace ImmutableAudit;

/// <summary>
/// An error that a caller can act on: what was wrong, with which thing, and what to do about it. The
/// <see cref="ErrorId"/> is stable across versions and never localised, so that scripts can test for it.
/// No message ever holds a secret.
/// </summary>
public class AuditException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="errorId">One of <see cref="AuditErrors"/>: stable, without spaces.</param>
    /// <param name="message">What was wrong and, in the same breath, what to do.</param>
    /// <param name="target">The thing asked for: a path, a location, a key, a record number.</param>
    /// <param name="inner">The cause underneath, if there is one.</param>
    public AuditException(string errorId, string message, object? target = null, Exception? inner = null)
        : base(message, inner)
    {
        ErrorId = errorId;
        Target = target;
    }

    /// <summary>The stable id of the cause, for example <c>AuditLogNotFound</c>.</summary>
    public string ErrorId { get; }

    /// <summary>The thing that the error is about.</summary>
    public object? Target { get; }
}
