namespace ImmutableAudit.Storage;

/// <summary>How reading a version went.</summary>
public enum ReadStatus
{
    /// <summary>Read whole; the content is there.</summary>
    Ok,

    /// <summary>The version is no longer there: list again.</summary>
    Gone,

    /// <summary>Larger than was asked for; not read.</summary>
    TooLarge,

    /// <summary>Encrypted with a key that its writer kept (SSE-C): nobody but he can read it, so it never counts.</summary>
    CustomerKey,

    /// <summary>It is there and can't be read: no permission, archived, a foreign KMS key, a server error. Unknown.</summary>
    Unreadable,
}

/// <summary>What reading a version gave.</summary>
/// <param name="Status">How it went.</param>
/// <param name="Content">The bytes if <see cref="ReadStatus.Ok"/>; otherwise empty.</param>
/// <param name="IsReplica">Whether the store says that replication made this version (S3 <c>x-amz-replication-status: REPLICA</c>).</param>
/// <param name="Reason">Why it can't be read and what would cure it, for a person; null if read.</param>
public readonly record struct ReadResult(ReadStatus Status, ReadOnlyMemory<byte> Content, bool IsReplica = false, string? Reason = null)
{
    /// <summary>The pooled array under the content; null where the content is a plain array.</summary>
    internal byte[]? Rented { get; init; }

    /// <summary>Gives the content's memory back to the pool. Nothing may look at the content afterwards.</summary>
    internal void Release()
    {
        if (Rented is not null)
            System.Buffers.ArrayPool<byte>.Shared.Return(Rented);
    }
}
