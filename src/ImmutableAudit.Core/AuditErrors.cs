namespace ImmutableAudit;

/// <summary>The stable ids of every <see cref="AuditException"/>. What each means and what to do is in <c>docs/errors.md</c>.</summary>
public static class AuditErrors
{
    /// <summary>There is no log at the location.</summary>
    public const string LogNotFound = "AuditLogNotFound";

    /// <summary>There is a log at the location already, so none was created.</summary>
    public const string LogAlreadyExists = "AuditLogAlreadyExists";

    /// <summary>What is at the location isn't a log of this format, or its first segment isn't valid.</summary>
    public const string NotALog = "NotAnAuditLog";

    /// <summary>The log was closed; nothing may follow.</summary>
    public const string LogClosed = "AuditLogClosed";

    /// <summary>A later segment names another version of a position than the first valid one. Nobody may write on.</summary>
    public const string LogForked = "AuditLogForked";

    /// <summary>Segments lie behind the log's end that can't be reached from it: something was damaged or removed.</summary>
    public const string EndInDoubt = "AuditLogEndInDoubt";

    /// <summary>An object under the next name of a directory log isn't a valid segment, so the log can't go on.</summary>
    public const string NextSegmentInvalid = "NextSegmentInvalid";

    /// <summary>An object that must be read to go on can't be read, so nobody knows whether it counts.</summary>
    public const string ObjectUnreadable = "ObjectUnreadable";

    /// <summary>The location isn't a directory or an s3:// URI that can be used.</summary>
    public const string LocationInvalid = "LocationInvalid";

    /// <summary>The directory or file system can't do what the log needs (hard links).</summary>
    public const string StoreUnsuitable = "StoreUnsuitable";

    /// <summary>The store couldn't be reached.</summary>
    public const string StoreUnreachable = "StoreUnreachable";

    /// <summary>The store or the operating system refused for want of permission.</summary>
    public const string AccessDenied = "AccessDenied";

    /// <summary>The store failed for another reason, which the message holds.</summary>
    public const string StoreFailed = "StoreFailed";

    /// <summary>There is no space left.</summary>
    public const string DiskFull = "DiskFull";

    /// <summary>The bucket doesn't exist.</summary>
    public const string BucketNotFound = "BucketNotFound";

    /// <summary>The bucket belongs to somebody else.</summary>
    public const string BucketNotOwned = "BucketNotOwned";

    /// <summary>The bucket has no Object Lock, so nothing written there would be locked.</summary>
    public const string BucketWithoutObjectLock = "BucketWithoutObjectLock";

    /// <summary>The bucket's name breaks the rules for bucket names.</summary>
    public const string BucketNameInvalid = "BucketNameInvalid";

    /// <summary>The request would weaken a protection that is in place.</summary>
    public const string WouldWeaken = "WouldWeaken";

    /// <summary>A version's lock can't be seen: nobody knows what a change would weaken, or what came of one.</summary>
    public const string LockNotSeen = "LockNotSeen";

    /// <summary>The endpoint said that a lock was changed, and read back it wasn't.</summary>
    public const string LockNotChanged = "LockNotChanged";

    /// <summary>The bucket is in another region than the one given.</summary>
    public const string RegionMismatch = "RegionMismatch";

    /// <summary>A retention that can't be given: not positive, or too far in the future for the endpoint.</summary>
    public const string RetentionInvalid = "RetentionInvalid";

    /// <summary>No credentials were found, or they aren't valid.</summary>
    public const string CredentialsInvalid = "CredentialsInvalid";

    /// <summary>There is no role of that name.</summary>
    public const string RoleNotFound = "RoleNotFound";

    /// <summary>A role of that name exists, and this module didn't make it.</summary>
    public const string RoleNotOurs = "RoleNotOurs";

    /// <summary>A role couldn't be brought to what was asked.</summary>
    public const string RoleNotReady = "RoleNotReady";

    /// <summary>The endpoint doesn't have this identity call.</summary>
    public const string IdentityCallUnsupported = "IdentityCallUnsupported";

    /// <summary>The endpoint doesn't take a policy document, or a document can't be read.</summary>
    public const string PolicyInvalid = "PolicyInvalid";

    /// <summary>The key file doesn't exist.</summary>
    public const string KeyNotFound = "KeyNotFound";

    /// <summary>A file is in the way and wouldn't be overwritten.</summary>
    public const string KeyAlreadyExists = "KeyAlreadyExists";

    /// <summary>A file is where an export would go, and wouldn't be overwritten.</summary>
    public const string ExportFileExists = "ExportFileExists";

    /// <summary>The file or KMS key isn't an ECDSA P-256 key that can sign.</summary>
    public const string KeyInvalid = "KeyInvalid";

    /// <summary>The key is encrypted, and the passphrase is missing or wrong.</summary>
    public const string KeyPassphraseWrong = "KeyPassphraseWrong";

    /// <summary>The key isn't one that may seal this log now.</summary>
    public const string KeyNotInForce = "KeyNotInForce";

    /// <summary>No key was named, and none is remembered for this log.</summary>
    public const string KeyNotGiven = "KeyNotGiven";

    /// <summary>No log was named, neither as a parameter nor in the environment.</summary>
    public const string LogNotGiven = "LogNotGiven";

    /// <summary>The file in which this account remembers its logs can't be read or written.</summary>
    public const string KnownLogsInvalid = "KnownLogsInvalid";

    /// <summary>A verifier key, note, checkpoint or receipt that doesn't follow its format.</summary>
    public const string FormatInvalid = "FormatInvalid";

    /// <summary>A trust policy asks for cosignatures of witnesses, which can't be checked: it can't be fulfilled.</summary>
    public const string QuorumUnsupported = "QuorumUnsupported";

    /// <summary>An event is larger than a record may be.</summary>
    public const string EventTooLarge = "EventTooLarge";

    /// <summary>An event breaks a rule of the format, for example invalid UTF-8 or a reserved action.</summary>
    public const string EventInvalid = "EventInvalid";

    /// <summary>A sequence number, time or count out of range.</summary>
    public const string RangeInvalid = "RangeInvalid";

    /// <summary>The local clock is further from the store's clock than the log tolerates.</summary>
    public const string ClockOff = "ClockOff";

    /// <summary>Nobody knows whether the events were written: the store didn't answer. With a spool the next start settles it.</summary>
    public const string CommitUnknown = "CommitUnknown";

    /// <summary>The events weren't written.</summary>
    public const string CommitFailed = "CommitFailed";

    /// <summary>The events are in the log but not locked as promised. Don't submit them again.</summary>
    public const string NotLockedAsPromised = "CommittedNotLockedAsPromised";

    /// <summary>Another process uses the spool.</summary>
    public const string SpoolInUse = "SpoolInUse";

    /// <summary>The spool can't be read or written, or belongs to another log.</summary>
    public const string SpoolInvalid = "SpoolInvalid";

    /// <summary>A record that was read doesn't verify; Test-AuditChain tells more.</summary>
    public const string RecordNotVerified = "RecordNotVerified";

    /// <summary>An export's destination holds something else, another log's export, or one that was altered. Nothing was written over.</summary>
    public const string ExportRefused = "ExportRefused";

    /// <summary>An evidence package can't be read as one: it isn't a zip as packages are, or it is made to mislead who unpacks it.</summary>
    public const string EvidenceInvalid = "EvidenceInvalid";

    /// <summary>A timestamping authority couldn't be asked, or didn't answer in time.</summary>
    public const string TsaUnreachable = "TsaUnreachable";

    /// <summary>A timestamping authority answered, and gave no timestamp.</summary>
    public const string TimestampRefused = "TimestampRefused";

    /// <summary>What a timestamping authority sent isn't a sound timestamp of what was asked.</summary>
    public const string TimestampInvalid = "TimestampInvalid";

    /// <summary>A timestamp's certificates don't lead to a root that was given.</summary>
    public const string TimestampUntrusted = "TimestampUntrusted";

    /// <summary>Commands can't be seen here: no prompt of a console is under way.</summary>
    public const string SessionNotInteractive = "SessionNotInteractive";

    /// <summary>This console is being recorded already.</summary>
    public const string SessionAlreadyStarted = "SessionAlreadyStarted";

    /// <summary>This console isn't being recorded.</summary>
    public const string SessionNotStarted = "SessionNotStarted";

    /// <summary>The start of an audited command couldn't be recorded, so it wasn't run.</summary>
    public const string StartNotRecorded = "StartNotRecorded";

    /// <summary>An audited command was run, and its end couldn't be recorded.</summary>
    public const string EndNotRecorded = "EndNotRecorded";

    /// <summary>Our own bytes broke the format: a bug in this program. Nothing was written.</summary>
    public const string InternalInvalid = "InternalInvalid";

    /// <summary>The file that says how far a watcher got can't be used.</summary>
    public const string WatchStateInvalid = "WatchStateInvalid";

    /// <summary>A URL that alerts can't be sent to: neither https nor http on loopback, or with a name and password in it.</summary>
    public const string WebhookInvalid = "WebhookInvalid";
}
