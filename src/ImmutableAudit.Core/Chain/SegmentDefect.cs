namespace ImmutableAudit.Chain;

/// <summary>Why a stored object isn't a valid segment, in a form that a program can act on.</summary>
internal enum DefectKind
{
    /// <summary>Not one gzip member as the format has it.</summary>
    Framing,

    /// <summary>A record's line breaks a rule.</summary>
    Record,

    /// <summary>A record isn't linked to the one before it.</summary>
    Link,

    /// <summary>The seal's line is missing or broken.</summary>
    Seal,

    /// <summary>The records don't fold to the root that the seal signs.</summary>
    Root,

    /// <summary>The seal isn't signed by a key in force.</summary>
    Signature,

    /// <summary>It is sound in itself and doesn't fit the log before it.</summary>
    Misfit,

    /// <summary>A record about the log itself isn't allowed as it stands.</summary>
    Admin,

    /// <summary>It could never count: multipart, a customer's key, too large.</summary>
    Ineligible,
}

/// <summary>Why a stored object isn't a valid segment.</summary>
/// <param name="Kind">What is broken.</param>
/// <param name="Sequence">The record that it can be put down to; null where only the object can be named.</param>
/// <param name="Message">What was seen, for a person, without a full stop.</param>
internal sealed record SegmentDefect(DefectKind Kind, long? Sequence, string Message);
