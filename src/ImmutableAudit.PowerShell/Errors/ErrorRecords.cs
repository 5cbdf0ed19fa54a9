using System.Management.Automation;

namespace ImmutableAudit.PowerShell;

/// <summary>The one place where the core's errors become PowerShell's.</summary>
internal static class ErrorRecords
{
    public static ErrorRecord From(Exception exception, object? target = null)
    {
        if (exception is not AuditException audit)
            return new ErrorRecord(exception, "Unexpected" + exception.GetType().Name, ErrorCategory.NotSpecified, target);
        var record = new ErrorRecord(audit, audit.ErrorId, CategoryOf(audit.ErrorId), target ?? audit.Target);
        if (ActionFor(audit.ErrorId) is { } action)
            record.ErrorDetails = new ErrorDetails(audit.Message) { RecommendedAction = action };
        return record;
    }

    /// <summary>Whether an error can come of the world outside, so that it is told rather than shown as a crash.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is AuditException or IOException or UnauthorizedAccessException or TimeoutException;

    private static ErrorCategory CategoryOf(string errorId) => errorId switch
    {
        AuditErrors.LogNotFound or AuditErrors.BucketNotFound or AuditErrors.KeyNotFound or AuditErrors.RoleNotFound => ErrorCategory.ObjectNotFound,
        AuditErrors.LogAlreadyExists or AuditErrors.KeyAlreadyExists or AuditErrors.RoleNotOurs or AuditErrors.ExportRefused or AuditErrors.ExportFileExists
            => ErrorCategory.ResourceExists,
        AuditErrors.NotALog or AuditErrors.NextSegmentInvalid or AuditErrors.SpoolInvalid or AuditErrors.KnownLogsInvalid
            or AuditErrors.KeyInvalid or AuditErrors.InternalInvalid or AuditErrors.WatchStateInvalid
            or AuditErrors.EvidenceInvalid => ErrorCategory.InvalidData,
        AuditErrors.LogClosed or AuditErrors.LogForked or AuditErrors.ClockOff or AuditErrors.StoreUnsuitable
            or AuditErrors.BucketWithoutObjectLock or AuditErrors.WouldWeaken or AuditErrors.RoleNotReady => ErrorCategory.InvalidOperation,
        AuditErrors.LocationInvalid or AuditErrors.BucketNameInvalid or AuditErrors.RetentionInvalid or AuditErrors.RangeInvalid
            or AuditErrors.RegionMismatch or AuditErrors.FormatInvalid or AuditErrors.LogNotGiven or AuditErrors.KeyNotGiven
            or AuditErrors.PolicyInvalid or AuditErrors.WebhookInvalid => ErrorCategory.InvalidArgument,
        AuditErrors.IdentityCallUnsupported or AuditErrors.QuorumUnsupported => ErrorCategory.NotImplemented,
        AuditErrors.ObjectUnreadable or AuditErrors.LockNotSeen => ErrorCategory.ReadError,
        AuditErrors.StoreUnreachable or AuditErrors.TsaUnreachable => ErrorCategory.ConnectionError,
        AuditErrors.AccessDenied or AuditErrors.BucketNotOwned => ErrorCategory.PermissionDenied,
        AuditErrors.CredentialsInvalid or AuditErrors.KeyPassphraseWrong => ErrorCategory.AuthenticationError,
        AuditErrors.KeyNotInForce or AuditErrors.RecordNotVerified or AuditErrors.EndInDoubt or AuditErrors.NotLockedAsPromised
            or AuditErrors.LockNotChanged or AuditErrors.TimestampInvalid or AuditErrors.TimestampUntrusted => ErrorCategory.SecurityError,
        AuditErrors.StoreFailed or AuditErrors.DiskFull or AuditErrors.CommitUnknown or AuditErrors.CommitFailed => ErrorCategory.WriteError,
        AuditErrors.EventInvalid or AuditErrors.EventTooLarge => ErrorCategory.InvalidData,
        AuditErrors.TimestampRefused => ErrorCategory.InvalidResult,
        AuditErrors.SpoolInUse => ErrorCategory.ResourceBusy,
        AuditErrors.SessionNotInteractive or AuditErrors.SessionNotStarted => ErrorCategory.InvalidOperation,
        AuditErrors.SessionAlreadyStarted => ErrorCategory.ResourceExists,
        AuditErrors.StartNotRecorded or AuditErrors.EndNotRecorded => ErrorCategory.WriteError,
        _ => ErrorCategory.NotSpecified,
    };

    private static string? ActionFor(string errorId) => errorId switch
    {
        AuditErrors.LogNotFound => "Check the location, or make the log with New-AuditLog.",
        AuditErrors.LogNotGiven => "Give -Log, or set the environment variable IMMUTABLEAUDIT_LOG.",
        AuditErrors.KeyNotGiven => "Give -Key, or set the environment variable IMMUTABLEAUDIT_KEY.",
        AuditErrors.KeyPassphraseWrong => "Give the passphrase with -Passphrase (Read-Host -AsSecureString).",
        AuditErrors.BucketWithoutObjectLock => "Set the bucket up with New-AuditBucket, or accept an unlocked log with -AllowUnlocked.",
        AuditErrors.CredentialsInvalid => "Give -ProfileName, -Credential, or -AccessKey and -SecretKey.",
        AuditErrors.CommitUnknown => "Look for the ids in the error's data with Get-AuditEvent before sending the events again; use -Spool to have it settled by itself.",
        AuditErrors.NextSegmentInvalid or AuditErrors.RecordNotVerified or AuditErrors.EndInDoubt or AuditErrors.LogForked => "Run Test-AuditChain.",
        AuditErrors.NotLockedAsPromised => "Don't send the events again. Run Test-AuditChain, and restore the bucket's default retention.",
        _ => null,
    };
}
