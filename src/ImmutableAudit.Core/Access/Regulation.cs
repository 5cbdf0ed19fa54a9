using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>Rules of law or industry that a log may have to be kept by.</summary>
public enum Regulation
{
    /// <summary>U.S. broker-dealers: SEC Rule 17a-4.</summary>
    SEC17a4,

    /// <summary>U.S. health records: the HIPAA Security Rule.</summary>
    HIPAA,

    /// <summary>Payment cards: PCI DSS.</summary>
    PCIDSS,

    /// <summary>U.S. auditors of listed companies: Sarbanes-Oxley.</summary>
    SOX,
}

/// <summary>
/// What a regulation asks of how records are kept, as far as a bucket can show it. Meeting it isn't a certification, and
/// nothing here says that it is: these are controls with their sources.
/// </summary>
public sealed record RegulationPreset
{
    private static readonly RegulationPreset[] _all =
    [
        new()
        {
            Regulation = Regulation.SEC17a4, Years = 6, Mode = RetentionMode.Compliance, NeedsSecondCopy = true,
            RetentionSource = "17 CFR 240.17a-4(a): six years, the first two in an easily accessible place; some records under (b): three",
            LockSource = "17 CFR 240.17a-4(f)(2)(i)(B): kept exclusively in a non-rewriteable, non-erasable format, where (A), a complete audit trail, isn't chosen",
            SecondCopySource = "17 CFR 240.17a-4(f)(2)(v): a backup system, or redundancy, for access should the first not be available",
        },
        new()
        {
            Regulation = Regulation.HIPAA, Years = 6, Mode = RetentionMode.Compliance,
            RetentionSource = "45 CFR 164.316(b)(2)(i): six years from creation, or from when it was last in effect",
            LockSource = "45 CFR 164.312(c)(1): protected from improper alteration or destruction",
        },
        new()
        {
            Regulation = Regulation.PCIDSS, Years = 1, Mode = RetentionMode.Compliance,
            RetentionSource = "PCI DSS v4.0.1, 10.5.1: twelve months, the latest three at hand for analysis",
            LockSource = "PCI DSS v4.0.1, 10.3.2: audit log files are protected from modification by individuals",
        },
        new()
        {
            Regulation = Regulation.SOX, Years = 7, Mode = RetentionMode.Compliance,
            RetentionSource = "17 CFR 210.2-06(a), under section 802 of the act: seven years after the audit or review is concluded",
            LockSource = "18 U.S.C. 1519 and 1520, under section 802 of the act: records may not be altered or destroyed",
        },
    ];

    /// <summary>Which one.</summary>
    public required Regulation Regulation { get; init; }

    /// <summary>For how many years records are kept.</summary>
    public required int Years { get; init; }

    /// <summary>The lock's mode that answers to it.</summary>
    public required RetentionMode Mode { get; init; }

    /// <summary>Where the period stands.</summary>
    public required string RetentionSource { get; init; }

    /// <summary>Where it says that records can't be altered.</summary>
    public required string LockSource { get; init; }

    /// <summary>Whether it asks for a second copy.</summary>
    public bool NeedsSecondCopy { get; init; }

    /// <summary>Where it asks for a second copy.</summary>
    public string? SecondCopySource { get; init; }

    /// <summary>The period in days; a year counts as 365, as S3 counts it.</summary>
    public int Days => Years * 365;

    /// <summary>The preset of a regulation.</summary>
    /// <param name="regulation">Which one.</param>
    public static RegulationPreset Of(Regulation regulation) => _all.First(preset => preset.Regulation == regulation);
}
