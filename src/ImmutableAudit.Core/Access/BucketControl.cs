namespace ImmutableAudit.Access;

/// <summary>How a control was found.</summary>
public enum ControlStatus
{
    /// <summary>It is as it should be.</summary>
    Ok,

    /// <summary>It isn't, and nothing rests on it; better if it were.</summary>
    Advice,

    /// <summary>It couldn't be seen. Never to be taken for well.</summary>
    Unknown,

    /// <summary>It isn't as it should be.</summary>
    Failed,
}

/// <summary>One thing that was checked.</summary>
/// <param name="Control">Its name.</param>
/// <param name="Status">How it was found.</param>
/// <param name="Expected">What it should be, in words.</param>
/// <param name="Seen">What was seen, in words; null where nothing could be.</param>
/// <param name="Detail">What that means, what to do, or which permission would tell; null where there is nothing to say.</param>
/// <param name="Reference">The rule that asks for it; null for none.</param>
public sealed record BucketControl(string Control, ControlStatus Status, string Expected, string? Seen, string? Detail, string? Reference);

/// <summary>What was checked of a bucket, control by control.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Log">The log in it that was meant.</param>
/// <param name="Controls">Every control.</param>
public sealed record BucketReview(string Bucket, string Log, IReadOnlyList<BucketControl> Controls)
{
    /// <summary>The worst of the controls: failed goes before unknown.</summary>
    public ControlStatus Result => Controls.Max(control => control.Status) is var worst && worst == ControlStatus.Advice ? ControlStatus.Ok : worst;

    /// <summary>The same with one more control.</summary>
    /// <param name="control">The control.</param>
    public BucketReview With(BucketControl control) => this with { Controls = Controls.Append(control).ToArray() };
}

/// <summary>What a bucket promised, to be held against what is.</summary>
public sealed record BucketPromise
{
    /// <summary>The lock's mode; null for any.</summary>
    public Storage.RetentionMode? Mode { get; init; }

    /// <summary>The default lock's least period in days; null for any.</summary>
    public int? Days { get; init; }

    /// <summary>Who promised: for messages.</summary>
    public string? Source { get; init; }

    /// <summary>A regulation whose controls are to be reported, too; null for none.</summary>
    public RegulationPreset? Regulation { get; init; }

    /// <summary>The account that the bucket belongs to; null where it isn't known.</summary>
    public string? Account { get; init; }
}
