using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>How a role is to be proven.</summary>
public sealed record ReadOnlyOptions
{
    /// <summary>Whether it may see what a verification needs, beyond the records.</summary>
    public bool IsVerifier { get; init; }

    /// <summary>The external id that its trust policy demands.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Whether to assume it and try.</summary>
    public bool TriesLive { get; init; } = true;

    /// <summary>The KMS key that the log's objects are encrypted with; null for none.</summary>
    public string? KmsKeyArn { get; init; }

    /// <summary>The account that the bucket belongs to; null: the role's own.</summary>
    public string? BucketAccount { get; init; }
}

/// <summary>
/// Proves that a role reads a log and does nothing else: its documents evaluated over every action, the identity
/// service's simulator, and the role itself assumed and tried.
/// </summary>
public sealed class ReadOnlyProof(ICloud cloud, IIdentityService identity, CloudConnection connection)
{
    private const string SessionName = "immutable-audit-proof";

    /// <summary>Proves, or says what stands against it.</summary>
    /// <param name="log">The log, in a bucket.</param>
    /// <param name="roleName">The role.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops; what was made for the attempts is cleared away first.</param>
    /// <exception cref="AuditException"><c>RoleNotFound</c>, <c>BucketNotFound</c>, <c>AccessDenied</c> where the role can't be read.</exception>
    public async Task<ReadOnlyReport> RunAsync(LogLocation log, string roleName, ReadOnlyOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(options);
        var role = await identity.ReadRoleAsync(roleName, cancellationToken).ConfigureAwait(false)
            ?? throw new AuditException(AuditErrors.RoleNotFound, $"{identity.Place} has no role '{roleName}'. Check the name; Get-AuditReadOnly lists those made by this module.", roleName);
        var facts = await cloud.ReadBucketAsync(log.Bucket!, connection, cancellationToken).ConfigureAwait(false);
        var profile = options.IsVerifier ? AccessProfile.Verifier : AccessProfile.Reader;
        if (options.KmsKeyArn is not null)
            profile = profile.WithKey();
        var notes = new List<string>();
        var rows = new RowTable(profile);
        Evaluate(log, role, facts, profile, options, rows, notes, cancellationToken);
        var simulated = await SimulateAsync(log, role, rows, notes, cancellationToken).ConfigureAwait(false);
        var tried = options.TriesLive && await TryAsync(log, role, profile, options, rows, notes, cancellationToken).ConfigureAwait(false);
        if (!options.TriesLive)
            notes.Add("The role was not assumed: what is said rests on documents alone.");
        return new ReadOnlyReport
        {
            Log = log.ToString(),
            Role = role.Arn,
            Profile = profile.Name,
            ActionsEvaluated = ActionCatalog.Actions.Count,
            WasTried = tried,
            WasSimulated = simulated,
            Rows = rows.ToList(),
            Notes = notes,
        };
    }

    private static void Evaluate(
        LogLocation log, RoleState role, BucketFacts facts, AccessProfile profile, ReadOnlyOptions options, RowTable rows, List<string> notes, CancellationToken cancellationToken)
    {
        var documents = new ReadPolicies(role, facts);
        foreach (var unread in documents.Unread)
            rows.AddUnknown(unread.What, unread.Why);
        var principal = RequestPrincipal.Role(role.Arn);
        var report = AccessReview.Run(
            new AccessReviewInput
            {
                Principal = principal,
                Policies = documents.Policies,
                Log = new ReviewedLog { Location = log, Account = options.BucketAccount ?? principal.Account, KeyArn = options.KmsKeyArn, Partition = principal.Partition },
                Profile = profile,
            },
            cancellationToken);
        rows.AddReview(report, documents.Unread.Count > 0);
        if (options.BucketAccount is null)
            notes.Add($"The bucket is taken to belong to the role's own account ({(string.IsNullOrEmpty(principal.Account) ? "this endpoint has no accounts" : principal.Account)}).");
        notes.Add("Service control policies, endpoint policies and access grants can't be read here; the first two only take away, and are not counted on.");
    }

    private async Task<bool> SimulateAsync(
        LogLocation log, RoleState role, RowTable rows, List<string> notes, CancellationToken cancellationToken)
    {
        var bucket = $"arn:{RequestPrincipal.Role(role.Arn).Partition}:s3:::{log.Bucket}";
        var objects = $"{bucket}/{log.KeyPrefix}{Chain.SegmentName.Format(0)}";
        try
        {
            foreach (var (resource, actions) in new[] { (bucket, RowTable.BucketActions), (objects, RowTable.ObjectActions) })
            {
                // AWS's simulator takes a resource's policy only where a user is the one who asks, so it judges a role without.
                if (await identity.SimulateAsync(role.Arn, [.. actions], resource, null, cancellationToken).ConfigureAwait(false) is not { } decisions)
                {
                    notes.Add($"{identity.Place} has no policy simulator.");
                    return false;
                }

                foreach (var decision in decisions)
                    rows.AddSimulated(decision);
            }

            return true;
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.AccessDenied or AuditErrors.IdentityCallUnsupported or AuditErrors.PolicyInvalid)
        {
            notes.Add($"The policy simulator wasn't asked: {e.Message}");
            return false;
        }
    }

    private async Task<bool> TryAsync(
        LogLocation log, RoleState role, AccessProfile profile, ReadOnlyOptions options, RowTable rows, List<string> notes, CancellationToken cancellationToken)
    {
        CloudConnection session;
        try
        {
            session = await identity.AssumeAsync(role.Arn, SessionName, options.ExternalId, cancellationToken).ConfigureAwait(false);
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.AccessDenied or AuditErrors.IdentityCallUnsupported)
        {
            rows.AddUnknown("assuming the role", $"{e.Message} Run this as somebody whom the role's trust policy names, or leave trying out with -SkipLive.");
            return false;
        }

        var reading = profile.Actions(AccessScope.Bucket).Concat(profile.Actions(AccessScope.Objects)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var probe = await cloud.ProbeAsync(new ProbePlan(log, role, reading), connection, session, cancellationToken).ConfigureAwait(false);
        foreach (var attempt in probe.Attempts)
            rows.AddAttempt(attempt);
        foreach (var change in probe.Changes)
            rows.AddChange(change);
        if (probe.ChangesUnknown is { } why)
            rows.AddUnknown("whether something changed", why);
        if (probe.LeftBehind is { } left)
            notes.Add(left);
        return true;
    }
}
