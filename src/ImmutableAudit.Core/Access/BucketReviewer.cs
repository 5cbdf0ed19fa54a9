using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>
/// Holds a bucket's configuration against what was promised. Judges by effect: what the policy denies is asked of the
/// policy evaluator, with an administrator as the one who tries, and not looked up by a statement's name.
/// </summary>
public static class BucketReviewer
{
    /// <summary>Judges.</summary>
    /// <param name="log">The log.</param>
    /// <param name="facts">What was read.</param>
    /// <param name="promise">What should be.</param>
    public static BucketReview Review(LogLocation log, BucketFacts facts, BucketPromise promise)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(promise);
        List<BucketControl> controls =
        [
            ObjectLock(facts, promise),
            DefaultRetention(facts, promise),
            Versioning(facts),
            PublicAccess(facts),
            Encryption(facts),
            Ownership(facts),
            Lifecycle(log, facts),
            Replication(log, facts, promise),
            .. PolicyControls.Review(log, facts, promise),
        ];
        return new BucketReview(facts.Bucket, log.ToString(), controls);
    }

    private static BucketControl ObjectLock(BucketFacts facts, BucketPromise promise)
    {
        const string name = "ObjectLock", expected = "enabled";
        var reference = promise.Regulation?.LockSource;
        if (!facts.ObjectLock.IsKnown)
            return Unknown(name, expected, facts.ObjectLock.Unknown, reference);
        return facts.ObjectLock.Value?.IsEnabled == true
            ? new BucketControl(name, ControlStatus.Ok, expected, "enabled", null, reference)
            : new BucketControl(name, ControlStatus.Failed, expected, "not enabled", "Nothing in this bucket is locked. Set up another with New-AuditBucket.", reference);
    }

    private static BucketControl DefaultRetention(BucketFacts facts, BucketPromise promise)
    {
        const string name = "DefaultRetention";
        var mode = promise.Regulation?.Mode ?? promise.Mode;
        var days = Math.Max(promise.Days ?? 1, promise.Regulation?.Days ?? 1);
        var reference = promise.Regulation?.RetentionSource ?? promise.Source;
        var expected = $"{(mode == RetentionMode.Compliance ? "Compliance" : "a lock")} of at least {Days(days)}";
        if (!facts.ObjectLock.IsKnown)
            return Unknown(name, expected, facts.ObjectLock.Unknown, reference);
        if (facts.ObjectLock.Value is not { Mode: { } seenMode, Days: { } seenDays })
            return new BucketControl(name, ControlStatus.Failed, expected, "none", "New objects aren't locked. Run New-AuditBucket on it again.", reference);
        var seen = $"{seenMode} of {Days(seenDays)}";
        if (mode == RetentionMode.Compliance && seenMode != RetentionMode.Compliance)
            return new BucketControl(name, ControlStatus.Failed, expected, seen, "Whoever may bypass governance deletes what is locked so. Set Compliance with New-AuditBucket; what was written meanwhile needs Set-AuditRetention.", reference);
        return seenDays < days
            ? new BucketControl(name, ControlStatus.Failed, expected, seen, "New objects are locked for less than promised. Run New-AuditBucket again; what was written meanwhile needs Set-AuditRetention.", reference)
            : new BucketControl(name, ControlStatus.Ok, expected, seen, null, reference);
    }

    private static BucketControl Versioning(BucketFacts facts)
    {
        const string name = "Versioning", expected = "Enabled";
        if (!facts.Versioning.IsKnown)
            return Unknown(name, expected, facts.Versioning.Unknown);
        return facts.Versioning.Value == "Enabled"
            ? new BucketControl(name, ControlStatus.Ok, expected, "Enabled", null, null)
            : new BucketControl(name, ControlStatus.Failed, expected, facts.Versioning.Value ?? "never switched on", "Without versions a put replaces what was written.", null);
    }

    // On endpoints that aren't AWS the two switches that block are harmful: see New-AuditBucket.
    private static BucketControl PublicAccess(BucketFacts facts)
    {
        const string name = "PublicAccess";
        var expected = facts.IsAws ? "all four switches of the public access block on, no public grant" : "IgnorePublicAcls and RestrictPublicBuckets on, no public grant";
        if (facts.PublicGrants is { IsKnown: true, Value.Count: > 0 } grants && facts.PublicAccess is not { IsKnown: true, Value.IgnoreAcls: true })
            return new BucketControl(name, ControlStatus.Failed, expected, string.Join(", ", grants.Value!), "The bucket's ACL opens it to strangers. Take those grants off.", null);
        if (!facts.PublicAccess.IsKnown)
            return Unknown(name, expected, facts.PublicAccess.Unknown);
        var block = facts.PublicAccess.Value ?? new PublicAccessFact(false, false, false, false);
        (string Name, bool IsOn, bool IsNeeded)[] switches =
        [
            ("BlockPublicAcls", block.BlockAcls, facts.IsAws), ("IgnorePublicAcls", block.IgnoreAcls, true),
            ("BlockPublicPolicy", block.BlockPolicy, facts.IsAws), ("RestrictPublicBuckets", block.Restrict, true),
        ];
        var seen = string.Join(", ", switches.Where(one => one.IsOn).Select(one => one.Name));
        var off = switches.Where(one => one.IsNeeded && !one.IsOn).Select(one => one.Name).ToList();
        return off.Count == 0
            ? new BucketControl(name, ControlStatus.Ok, expected, seen, null, null)
            : new BucketControl(name, ControlStatus.Failed, expected, seen.Length == 0 ? "none" : seen, $"Off: {string.Join(", ", off)}. Run New-AuditBucket again.", null);
    }

    private static BucketControl Encryption(BucketFacts facts)
    {
        const string name = "Encryption", expected = "SSE-S3, or SSE-KMS with a key that can't be deleted";
        if (!facts.Encryption.IsKnown)
            return Unknown(name, expected, facts.Encryption.Unknown);
        return facts.Encryption.Value switch
        {
            null => new BucketControl(name, ControlStatus.Advice, expected, "none", "Objects are stored as they are. Run New-AuditBucket again, or see to it at the endpoint.", null),
            { Method: "AES256" } => new BucketControl(name, ControlStatus.Ok, expected, "AES256", null, null),
            var other => new BucketControl(name, ControlStatus.Advice, expected, $"{other.Method} with key {other.KeyId ?? "(AWS's own)"}",
                "Whoever deletes or disables that key makes locked records unreadable: deny kms:ScheduleKeyDeletion and kms:DisableKey in the key's policy.", null),
        };
    }

    private static BucketControl Ownership(BucketFacts facts)
    {
        const string name = "Ownership", expected = "BucketOwnerEnforced";
        if (!facts.Ownership.IsKnown)
            return Unknown(name, expected, facts.Ownership.Unknown);
        return facts.Ownership.Value == expected
            ? new BucketControl(name, ControlStatus.Ok, expected, facts.Ownership.Value, null, null)
            : new BucketControl(name, facts.IsAws ? ControlStatus.Failed : ControlStatus.Advice, expected, facts.Ownership.Value ?? "none", "ACLs can give objects away. Run New-AuditBucket again.", null);
    }

    private static BucketControl Lifecycle(LogLocation log, BucketFacts facts)
    {
        const string name = "Lifecycle", expected = "no rule that expires the log's objects or moves them";
        if (!facts.Lifecycle.IsKnown)
            return Unknown(name, expected, facts.Lifecycle.Unknown);
        var rules = facts.Lifecycle.Value ?? [];
        var harmful = rules.Where(rule => rule.IsEnabled && (rule.ExpiresCurrent || rule.ExpiresNoncurrent || rule.Moves) && Concerns(log, rule.Prefix)).ToList();
        if (harmful.Count == 0)
            return new BucketControl(name, ControlStatus.Ok, expected, rules.Count == 0 ? "no rules" : $"{rules.Count} rules, none about the log", null, null);
        var what = harmful.Select(rule => $"'{rule.Id}' {string.Join(" and ", new[]
        {
            rule.ExpiresCurrent ? "places delete markers" : null, rule.ExpiresNoncurrent ? "removes versions once no lock holds them" : null,
            rule.Moves ? "moves objects where they can't be read at once" : null,
        }.OfType<string>())}");
        return new BucketControl(name, ControlStatus.Failed, expected, string.Join("; ", what), "Take the rule off, or limit it to other keys.", null);
    }

    private static BucketControl Replication(LogLocation log, BucketFacts facts, BucketPromise promise)
    {
        const string name = "SecondCopy", expected = "replication of the log to another account";
        var isNeeded = promise.Regulation?.NeedsSecondCopy == true;
        var reference = promise.Regulation?.SecondCopySource;
        if (!facts.Replication.IsKnown)
            return Unknown(name, expected, facts.Replication.Unknown, reference);
        var rules = (facts.Replication.Value ?? []).Where(rule => rule.IsEnabled && !rule.IsNarrowed && Covers(log, rule.Prefix)).ToList();
        var elsewhere = rules.Where(rule => rule.DestinationAccount is { } account && account != promise.Account).ToList();
        if (elsewhere.Count > 0 && promise.Account is not null)
            return new BucketControl(name, ControlStatus.Ok, expected, string.Join(", ", elsewhere.Select(rule => $"{rule.DestinationBucket} of {rule.DestinationAccount}")), null, reference);
        var seen = rules.Count == 0 ? "none" : string.Join(", ", rules.Select(rule => rule.DestinationBucket));
        var advice = rules.Count == 0
            ? "Closing the account, or losing it, ends locked data too: replicate to a bucket of another account."
            : "Whether those buckets belong to another account isn't said by the rules.";
        var status = rules.Count > 0 ? (isNeeded ? ControlStatus.Unknown : ControlStatus.Advice) : isNeeded ? ControlStatus.Failed : ControlStatus.Advice;
        return new BucketControl(name, status, expected, seen, advice, reference);
    }

    private static string Days(int count) => count == 1 ? "1 day" : $"{count:N0} days";

    // Whether a rule about keys that begin so can touch the log's.
    private static bool Concerns(LogLocation log, string prefix) =>
        prefix.StartsWith(log.KeyPrefix, StringComparison.Ordinal) || log.KeyPrefix.StartsWith(prefix, StringComparison.Ordinal);

    private static bool Covers(LogLocation log, string prefix) => log.KeyPrefix.StartsWith(prefix, StringComparison.Ordinal);

    private static BucketControl Unknown(string name, string expected, string? reason, string? reference = null) =>
        new(name, ControlStatus.Unknown, expected, null, reason, reference);
}
