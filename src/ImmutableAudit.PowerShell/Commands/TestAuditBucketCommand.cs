using System.Management.Automation;
using ImmutableAudit.Access;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Looks whether a bucket still protects the log in it as it did.</summary>
[Cmdlet(VerbsDiagnostic.Test, "AuditBucket")]
[OutputType(typeof(BucketReview), typeof(bool))]
public sealed class TestAuditBucketCommand : ConnectedCommand
{
    /// <summary>The log: s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The least period of the default lock, in days. Default: what the log promises.</summary>
    [Parameter]
    [ValidateRange(1, 36_500)]
    public int? RetentionDays { get; set; }

    /// <summary>The default lock's mode. Default: what the log promises.</summary>
    [Parameter]
    public RetentionMode? Mode { get; set; }

    /// <summary>Reports the controls of a regulation, too.</summary>
    [Parameter]
    public Regulation? Regulation { get; set; }

    /// <summary>The account that the bucket belongs to. Default: the caller's.</summary>
    [Parameter]
    [ValidatePattern("^[0-9]{12}$")]
    public string? BucketAccount { get; set; }

    /// <summary>Looks at every role of the account, too, for who can change the log.</summary>
    [Parameter]
    public SwitchParameter Writers { get; set; }

    /// <summary>True or false instead of a report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        var location = Locate(Log);
        if (!location.IsS3)
            throw new AuditException(AuditErrors.LocationInvalid, $"'{location}' is a directory, and directories have no locks. Give the s3:// location of a log.", location.ToString());
        var cloud = Cloud.Get();
        var connection = Connection;
        var promised = Promised(location);
        var facts = Wait(token => cloud.ReadBucketAsync(location.Bucket!, connection, token).AsTask());
        var account = BucketAccount ?? Wait(token => CallersAccountAsync(cloud, connection, token));
        var review = BucketReviewer.Review(location, facts, new BucketPromise
        {
            Mode = Mode ?? promised?.Mode,
            Days = RetentionDays ?? promised?.Days,
            Source = RetentionDays is null && promised is not null ? "the log's genesis" : null,
            Regulation = Regulation is { } rule ? RegulationPreset.Of(rule) : null,
            Account = account,
        });
        if (Writers)
            review = review.With(Wait(token => WritersAsync(cloud, connection, location, facts, account, token)));
        WriteObject(Quiet ? review.Result == ControlStatus.Ok : review);
    }

    // What the log promises in its first record is what the bucket is held against. A bucket without a log is held
    // against what was asked.
    private PromisedRetention? Promised(LogLocation location)
    {
        var store = OpenStore(location);
        try
        {
            return Wait(token => AuditLog.OpenAsync(store, token)).Genesis.Retention;
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.LogNotFound)
        {
            WriteVerbose($"There is no log at '{location}' yet.");
            return null;
        }
        catch (AuditException e) when (e.ErrorId is not (AuditErrors.BucketNotFound or AuditErrors.CredentialsInvalid or AuditErrors.StoreUnreachable))
        {
            WriteWarning($"What the log promises couldn't be read, so the bucket isn't held against it: {e.Message}");
            return null;
        }
        finally
        {
            Close(store);
        }
    }

    private static async Task<BucketControl> WritersAsync(
        ICloud cloud, CloudConnection connection, LogLocation location, BucketFacts facts, string? account, CancellationToken cancellationToken)
    {
        using var identity = cloud.OpenIdentity(connection);
        return await new WriterReview(identity).RunAsync(location, facts, account, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string?> CallersAccountAsync(ICloud cloud, CloudConnection connection, CancellationToken cancellationToken)
    {
        using var identity = cloud.OpenIdentity(connection);
        return await identity.AccountAsync(cancellationToken).ConfigureAwait(false);
    }
}
