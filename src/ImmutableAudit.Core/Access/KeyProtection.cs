using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>
/// The statement by which a KMS key's own policy keeps the key: without it nobody could read what it encrypted, locked or
/// not. Whoever may write the key's policy may take the statement out again. See
/// <see href="https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"/>.
/// </summary>
public static class KeyProtection
{
    /// <summary>The largest key policy that KMS takes, in bytes.</summary>
    public const int MaxBytes = 32 * 1024;

    private const string What = "key's policy";

    /// <summary>The key's policy with the statement.</summary>
    /// <param name="existingJson">The key's policy. It must have one: a policy that only denies would lock the key's owner out.</param>
    /// <param name="log">The log that rests on the key.</param>
    /// <exception cref="AuditException"><c>PolicyInvalid</c>.</exception>
    public static string MergeInto(string existingJson, LogLocation log)
    {
        if (string.IsNullOrWhiteSpace(existingJson))
            throw new AuditException(AuditErrors.PolicyInvalid, "The key's policy wasn't given, and one made of our statement alone would lock the key's owner out. Read it with kms:GetKeyPolicy.");
        var prefix = LogBucketPolicy.SidPrefix(log);
        var statement = new Statement
        {
            Sid = prefix + "KeepKey",
            Denies = true,
            Actions = ["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"],
            // In a key's policy this is the key.
            Resources = ["*"],
        };
        return PolicyMerge.Put(existingJson, prefix, [statement], MaxBytes, What);
    }

    /// <summary>Whether a key's policy has the statement.</summary>
    /// <param name="existingJson">The key's policy.</param>
    /// <param name="log">The log.</param>
    public static bool IsIn(string existingJson, LogLocation log) =>
        !string.IsNullOrWhiteSpace(existingJson) && PolicyMeaning.Same(MergeInto(existingJson, log), existingJson);

    /// <summary>The key's policy without the statement.</summary>
    /// <param name="existingJson">The key's policy.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="AuditException"><c>PolicyInvalid</c>.</exception>
    public static string RemoveFrom(string existingJson, LogLocation log) => PolicyMerge.Remove(existingJson, LogBucketPolicy.SidPrefix(log), What)
        ?? throw new AuditException(AuditErrors.PolicyInvalid, "Nothing would be left of the key's policy, and nobody could use the key. Give it a statement for its account first.");
}
