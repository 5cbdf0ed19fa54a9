using Amazon.Runtime;
using Amazon.S3;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// Makes a bucket fit for audit logs, step by step. Each state in the report was read back from the endpoint; nothing
/// that is in place is weakened; what can't be done is reported, and only what concerns the connection is thrown.
/// </summary>
internal sealed class BucketSetup(AwsConnection connection, AmazonS3Client client, BucketPlan plan)
{
    private PolicySetting? _policy;
    private bool _isLifted;

    /// <summary>Carries the plan out, or looks only.</summary>
    public static async ValueTask<BucketReport> RunAsync(BucketPlan plan, AwsConnection connection, CancellationToken cancellationToken)
    {
        if (!LogLocation.IsBucketName(plan.Name) || System.Net.IPAddress.TryParse(plan.Name, out _))
        {
            throw new AuditException(AuditErrors.BucketNameInvalid,
                $"'{plan.Name}' can't be a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends, "
                + "no two dots in a row, and not an IP address.", plan.Name);
        }

        var period = LockPeriod.Of(plan, connection.Place);
        using var client = connection.S3(ClientUse.Repeatable);
        try
        {
            return await new BucketSetup(connection, client, plan).RunAsync(period, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, new AwsCall(connection, "the set-up of a bucket", "s3://" + plan.Name, plan.Name));
        }
    }

    private async Task<BucketReport> RunAsync(LockPeriod period, CancellationToken cancellationToken)
    {
        var presence = new BucketPresence(connection, client, plan);
        var retention = new DefaultRetentionSetting(client, plan.Name, period);
        if (plan.PutsPolicy)
            _policy = new PolicySetting(client, plan, connection.Place, () => retention.Seen is { } seen ? LockPeriod.Strongest(period, seen) : period);
        _policy?.Check();
        using var kms = plan is { PutsPolicy: true, KmsKeyId: not null } ? connection.Kms() : null;
        BucketSetting[] settings =
        [
            new ObjectLockSetting(client, plan.Name),
            new VersioningSetting(client, plan.Name),
            retention,
            new PublicAccessSetting(client, plan.Name, connection.Place.IsAws),
            new EncryptionSetting(client, plan.Name, plan.KmsKeyId),
            new OwnershipSetting(client, plan.Name),
            .. kms is null ? Array.Empty<BucketSetting>() : [new KeyPolicySetting(client, kms, plan)],
            // Last, since it denies changing what the others set.
            .. _policy is null ? Array.Empty<BucketSetting>() : [_policy],
        ];

        var steps = new List<BucketStep> { await presence.EnsureAsync(cancellationToken).ConfigureAwait(false) };
        try
        {
            await StepsAsync(settings, steps, presence, cancellationToken).ConfigureAwait(false);
        }
        catch when (_isLifted)
        {
            await PutBackAsync(null).ConfigureAwait(false);
            throw;
        }

        if (_isLifted && steps[^1].Outcome is not (BucketStepOutcome.Done or BucketStepOutcome.AlreadySo))
            steps[^1] = (await PutBackAsync(steps[^1]).ConfigureAwait(false))!;
        return new BucketReport(
            plan.Name, "s3://" + plan.Name, presence.Region, retention.Seen?.Mode, retention.Seen?.TotalDays, steps);
    }

    private async Task StepsAsync(BucketSetting[] settings, List<BucketStep> steps, BucketPresence presence, CancellationToken cancellationToken)
    {
        var obstacle = Obstacle(steps[0]);
        foreach (var setting in settings)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var step = obstacle is not null
                ? new BucketStep(setting.Name, BucketStepOutcome.Skipped, null, obstacle, setting.IsEssential)
                : steps[0].Outcome == BucketStepOutcome.WouldDo
                    ? new BucketStep(setting.Name, BucketStepOutcome.WouldDo, null, null, setting.IsEssential)
                    : await StepAsync(setting, presence.WasMade, cancellationToken).ConfigureAwait(false);
            steps.Add(step);

            // Without Object Lock this bucket will hold no log: leave the rest of it as it is.
            if (setting is ObjectLockSetting)
                obstacle ??= Obstacle(step);
        }
    }

    // The policy was taken off for the other steps, and the step that puts it there again failed or wasn't reached.
    private async Task<BucketStep?> PutBackAsync(BucketStep? step)
    {
        try
        {
            return await _policy!.PutBackAsync().ConfigureAwait(false)
                ? step is null ? null : step with { Detail = $"{step.Detail} The policy that was there was taken off for the other steps, and is back.".TrimStart() }
                : step;
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            // Where the run breaks off, what broke it is the better message; Test-AuditBucket sees the rest.
            var said = AwsErrors.Translate(e, Call(_policy!.WriteAction)).Message;
            return step is null ? null : step with { Detail = $"{step.Detail} The policy was taken off for the other steps, and couldn't be put back: {said} Run this again.".TrimStart() };
        }
    }

    private async Task<BucketStep> StepAsync(BucketSetting setting, bool wasMade, CancellationToken cancellationToken)
    {
        var (look, failed) = await LookAsync(setting, cancellationToken).ConfigureAwait(false);
        if (look is null)
            return failed!; // what can't be seen isn't changed: it might be stronger

        switch (look.Standing)
        {
            case Standing.AsAsked:
                // Object Lock and versioning came with the bucket that this run made.
                var came = wasMade && (setting is ObjectLockSetting or VersioningSetting);
                return Report(setting, came ? BucketStepOutcome.Done : BucketStepOutcome.AlreadySo, look.Seen, look.Detail);
            case Standing.Stronger:
                return Report(setting, BucketStepOutcome.KeptStronger, look.Seen, look.Detail);
        }

        if (plan.DryRun)
            return Report(setting, BucketStepOutcome.WouldDo, look.Seen, look.Detail);

        var call = Call(setting.WriteAction);
        try
        {
            await ChangeAsync(setting, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonServiceException e) when (IsOfThisStep(e))
        {
            return Refused(setting, e, call, look.Seen);
        }

        var (after, unseen) = await LookAsync(setting, cancellationToken).ConfigureAwait(false);
        if (after is null)
            return unseen!;
        return after.Standing == Standing.Lacking
            ? Report(setting, BucketStepOutcome.NotSeen, after.Seen, "The endpoint took the change, and reading back doesn't show it. Don't rely on it.")
            : Report(setting, BucketStepOutcome.Done, after.Seen, look.Detail ?? after.Detail);
    }

    private async Task ChangeAsync(BucketSetting setting, CancellationToken cancellationToken)
    {
        try
        {
            await setting.ChangeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonServiceException e) when (AwsErrorCodes.IsDenied(e) && _policy is not null && setting != _policy && !_isLifted)
        {
            // It may be our own policy that refuses. Settings are only ever strengthened here.
            _isLifted = true;
            if (!await _policy.LiftAsync(cancellationToken).ConfigureAwait(false))
                throw;
            await setting.ChangeAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(Look? Look, BucketStep? Failed)> LookAsync(BucketSetting setting, CancellationToken cancellationToken)
    {
        try
        {
            return (await setting.LookAsync(cancellationToken).ConfigureAwait(false), null);
        }
        catch (AmazonServiceException e) when (IsOfThisStep(e))
        {
            return (null, Refused(setting, e, Call(setting.ReadAction), null));
        }
        catch (Exception e) when (AwsErrors.IsGarbled(e))
        {
            return (null, Report(setting, BucketStepOutcome.NotSeen, null, AwsErrors.Translate(e, Call(setting.ReadAction)).Message));
        }
    }

    private static BucketStep Refused(BucketSetting setting, AmazonServiceException e, AwsCall call, string? seen)
    {
        var said = AwsErrors.Words(e, call);
        if (AwsErrorCodes.IsDenied(e))
            return Report(setting, BucketStepOutcome.NotPermitted, seen, $"{said}. {AwsErrors.Allow(call)}");
        var cure = setting is ObjectLockSetting
            ? " This endpoint enables Object Lock only when a bucket is made: set up a new bucket."
            : "";
        return Report(setting, BucketStepOutcome.RefusedByEndpoint, seen, $"{call.Action}: {said}.{cure}");
    }

    // Wrong credentials, region or clock, and silence, are no step's affair.
    private static bool IsOfThisStep(AmazonServiceException e) => AwsErrors.IsAboutThis(e);

    private static string? Obstacle(BucketStep step) => step.Outcome switch
    {
        BucketStepOutcome.NotPermitted or BucketStepOutcome.RefusedByEndpoint or BucketStepOutcome.NotSeen => $"Not tried, because {step.Name} failed.",
        _ => null,
    };

    private AwsCall Call(string action) => new(connection, action, "s3://" + plan.Name, plan.Name);

    private static BucketStep Report(BucketSetting setting, BucketStepOutcome outcome, string? seen, string? detail) =>
        new(setting.Name, outcome, seen, detail, setting.IsEssential);
}
