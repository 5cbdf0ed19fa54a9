namespace ImmutableAudit.Events.Import;

/// <summary>What an HTTP status says of how a request ended.</summary>
internal static class HttpStatus
{
    public static AuditOutcome? OutcomeOf(int? status) => status switch
    {
        null => null,
        401 or 403 or 407 => AuditOutcome.Denied,
        >= 100 and < 400 => AuditOutcome.Success,
        >= 400 and < 600 => AuditOutcome.Failure,
        _ => AuditOutcome.Unknown,
    };
}
