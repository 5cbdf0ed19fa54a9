namespace ImmutableAudit.Storage;

/// <summary>
/// A store that can change how a version is locked. Apart from <see cref="IObjectStore"/>, since nothing that writes,
/// reads or verifies a log may need it. No implementation ever asks to bypass governance.
/// </summary>
public interface ILockableStore : IObjectStore
{
    /// <summary>Refuses a moment that the place can't keep, without a request.</summary>
    /// <param name="until">The last moment of protection that would be asked for.</param>
    /// <exception cref="AuditException"><c>RetentionInvalid</c>.</exception>
    void CheckUntil(DateTimeOffset until);

    /// <summary>Gives a version this lock. Whether that would weaken the one it has is for the caller to know.</summary>
    /// <param name="version">Which one; never a delete marker.</param>
    /// <param name="retention">The lock; rounded up to whole seconds.</param>
    /// <param name="cancellationToken">Cancels waiting. The lock may have been changed all the same.</param>
    /// <exception cref="AuditException"><c>RetentionInvalid</c>, <c>BucketWithoutObjectLock</c>, and what the store throws.</exception>
    ValueTask PutRetentionAsync(StoredVersion version, RetentionUntil retention, CancellationToken cancellationToken);

    /// <summary>Puts a legal hold on a version, or takes it off.</summary>
    /// <param name="version">Which one; never a delete marker.</param>
    /// <param name="on">Whether it should be on.</param>
    /// <param name="cancellationToken">Cancels waiting. The hold may have been changed all the same.</param>
    /// <exception cref="AuditException"><c>BucketWithoutObjectLock</c>, and what the store throws.</exception>
    ValueTask PutLegalHoldAsync(StoredVersion version, bool on, CancellationToken cancellationToken);

    /// <summary>Reads whether a legal hold is on, by asking for it alone: a version that never had one says so here only.</summary>
    /// <param name="version">Which one; never a delete marker.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    ValueTask<LegalHoldSeen> ReadLegalHoldAsync(StoredVersion version, CancellationToken cancellationToken);
}

/// <summary>Whether a version has a legal hold, as read back.</summary>
/// <param name="On">Whether it is on; null where that isn't known.</param>
/// <param name="Reason">Why it isn't known, and which permission would tell; otherwise null.</param>
public readonly record struct LegalHoldSeen(bool? On, string? Reason = null);
