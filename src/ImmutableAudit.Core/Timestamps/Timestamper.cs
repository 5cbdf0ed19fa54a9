using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Timestamps;

/// <summary>What is to be timestamped, and by whom.</summary>
public sealed record TimestampPlan
{
    /// <summary>The timestamping authority's address, http or https.</summary>
    public required Uri TsaUrl { get; init; }

    /// <summary>The authority as messages name it: without what may be a secret in its address.</summary>
    /// <exception cref="AuditException"><c>LocationInvalid</c>: the address can't be asked.</exception>
    public string Tsa
    {
        get
        {
            TsaClient.Check(TsaUrl);
            return TsaClient.Name(TsaUrl);
        }
    }

    /// <summary>Whom to believe; null to store a token of which nobody has said who issued it.</summary>
    public TimestampRoots? Roots { get; init; }

    /// <summary>A signed checkpoint of this log at the end of one of its segments; null for the newest.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>The authority's policy to ask for, an object identifier in dots; null for its default.</summary>
    public string? Policy { get; init; }

    /// <summary>How long the authority may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Has a log's checkpoint timestamped and puts the token beside the log.</summary>
public static class Timestamper
{
    /// <summary>Timestamps.</summary>
    /// <param name="store">The log's store.</param>
    /// <param name="plan">What, and by whom.</param>
    /// <param name="cancellationToken">Cancels. A token that was on its way to the store may be there all the same.</param>
    /// <returns>The timestamp as it is stored.</returns>
    /// <exception cref="AuditException">
    /// <c>TsaUnreachable</c>, <c>TimestampRefused</c>, <c>TimestampInvalid</c>, <c>TimestampUntrusted</c>, <c>AuditLogEndInDoubt</c>,
    /// <c>RecordNotVerified</c> where the checkpoint given isn't this log's, <c>LocationInvalid</c>, and what opening a log and
    /// its store throw.
    /// </exception>
    public static async Task<AuditTimestamp> AddAsync(IObjectStore store, TimestampPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(plan);
        var tsa = plan.Tsa;
        var (note, size) = await CheckpointAsync(store, plan.Checkpoint, cancellationToken).ConfigureAwait(false);
        var query = new TimestampQuery(TimestampToken.HashOf(note), plan.Policy);
        var token = query.Read(await TsaClient.AskAsync(plan.TsaUrl, query.Encode(), plan.Patience, cancellationToken).ConfigureAwait(false), tsa);
        var (trust, root, why) = plan.Roots?.Judge(token) ?? (TimestampTrust.NotValidated, null, null);
        if (trust == TimestampTrust.Untrusted)
            throw new AuditException(AuditErrors.TimestampUntrusted, $"The timestamp of {tsa} is signed by '{token.Signer!.Subject}', whose certificates don't lead to a root that was given ({why}). Nothing was stored. Give the right root, or use another authority.", tsa);
        var key = TimestampName.Format(size, token.Bytes.Span);
        var version = await StoreAsync(store, key, token.Bytes, cancellationToken).ConfigureAwait(false);
        return Describe(store.Location, size, token, key, version, trust, root);
    }

    internal static AuditTimestamp Describe(string log, long size, TimestampToken token, string key, string? version, TimestampTrust trust, string? root) => new()
    {
        Log = log,
        Size = size,
        Time = token.Time,
        Accuracy = token.Accuracy,
        Tsa = token.Signer!.Subject,
        Policy = token.Policy,
        SerialNumber = token.SerialNumber,
        ObjectKey = key,
        VersionId = version,
        Trust = trust,
        Root = root,
    };

    // Only what was read from the version that counts is a statement of the log: every lost race leaves a signed
    // checkpoint of a tree that isn't.
    private static async Task<(string Note, long Size)> CheckpointAsync(IObjectStore store, string? given, CancellationToken cancellationToken)
    {
        var log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        if (log.Doubt is { } doubt)
            throw doubt;
        if (log.VersionsUnseen is { } unseen)
            throw new AuditException(AuditErrors.AccessDenied, $"Timestamping takes the list of all versions, which decides what the log's checkpoint is: {unseen}", store.Location);
        if (given is null)
            return (log.Checkpoint, log.Size);
        var checkpoint = SignedNote.TryParse(given) is { } signed ? Checkpoint.TryParse(signed.Text) : null;
        if (checkpoint is null)
            throw new AuditException(AuditErrors.FormatInvalid, "What was given as a checkpoint isn't a signed one. It is the text that Get-AuditLog shows as Checkpoint.", given);
        using var heads = new HeadFinder(store);
        if (checkpoint.Size <= 0 || checkpoint.Size > log.Size || (await heads.BeforeAsync(checkpoint.Size, cancellationToken).ConfigureAwait(false))?.State.Note != given)
            throw new AuditException(AuditErrors.RecordNotVerified, $"The checkpoint of {checkpoint.Size:N0} records isn't one that this log has at the end of a segment. Leave it out to timestamp the newest; run Test-AuditChain with it if it was this log's.", checkpoint.Size);
        return (given, checkpoint.Size);
    }

    // The name holds the token's hash, so nothing of anybody's is written over. What the store says of the put doesn't
    // count; what can be read back does.
    private static async Task<string?> StoreAsync(IObjectStore store, string key, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        await store.PutAsync(key, token, PutCondition.Absent, null, cancellationToken).ConfigureAwait(false);
        foreach (var version in await PositionReader.ListAsync(store, key, cancellationToken).ConfigureAwait(false))
        {
            if (version.IsDeleteMarker || version.Size != token.Length)
                continue;
            var read = await store.ReadAsync(version, token.Length, cancellationToken).ConfigureAwait(false);
            var isIt = read.Status == ReadStatus.Ok && read.Content.Span.SequenceEqual(token.Span);
            read.Release();
            if (isIt)
                return version.VersionId;
        }

        throw new AuditException(AuditErrors.StoreFailed, $"The timestamp was issued, and '{key}' couldn't be read back from '{store.Location}': nobody knows whether it is there. Run the same again; one more does no harm.", key);
    }
}
