using ImmutableAudit.Policies;

namespace ImmutableAudit.Access;

/// <summary>Puts together what each way of looking said of each action, and judges it.</summary>
internal sealed class RowTable(AccessProfile profile)
{
    private const string Changed = "a change that was seen";

    // What a request says of these is up to who makes it, so a condition on them holds nobody back.
    private static readonly string[] _callersChoice =
    [
        "s3:x-amz-", "s3:ObjectCreationOperation", "s3:prefix", "s3:delimiter", "s3:max-keys", "s3:if-", "s3:object-lock-", "s3:VersionId",
        "s3:RequestObjectTag", "s3:signature", "s3:authType", "aws:UserAgent", "aws:Referer", "aws:SecureTransport", "aws:TagKeys", "aws:RequestTag",
    ];

    private readonly List<ReadOnlyRow> _rows = [];
    private readonly Dictionary<string, SimulatedDecision> _simulated = new(StringComparer.OrdinalIgnoreCase);
    private AccessReport? _report;

    /// <summary>The actions on a bucket that the simulator is asked about.</summary>
    public static IReadOnlyList<string> BucketActions { get; } =
    [
        "s3:ListBucket", "s3:ListBucketVersions", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:DeleteBucket",
    ];

    /// <summary>The actions on objects that the simulator is asked about.</summary>
    public static IReadOnlyList<string> ObjectActions { get; } =
    [
        "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention",
        "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:PutObjectTagging", "s3:PutObjectAcl",
    ];

    public void AddReview(AccessReport report, bool isPartial)
    {
        _report = report;
        foreach (var finding in report.Excess)
        {
            // Reading more than it needs harms no log; whatever writes, leads further or isn't known to be harmless may.
            var isHarmless = finding is { Escalation: null, AccessLevel: "Read" or "List" };
            _rows.Add(new ReadOnlyRow
            {
                Action = finding.Action,
                What = finding.Resource,
                ShouldBeAllowed = false,
                Evaluated = finding.Outcome,
                OpenedBy = finding.OpenedBy.Select(statement => statement.ToString()).ToArray(),
                Verdict = isHarmless ? ProofVerdict.Advice
                    : finding.Outcome == AccessOutcome.Allowed || IsCallersChoice(finding) ? ProofVerdict.Failed : ProofVerdict.Unknown,
                Detail = finding.MissingKeys.Count > 0 ? $"Depends on {string.Join(", ", finding.MissingKeys)}. {finding.Escalation}".TrimEnd() : finding.Escalation,
            });
        }

        foreach (var gap in report.Gaps)
        {
            _rows.Add(new ReadOnlyRow
            {
                Action = gap.Action,
                What = gap.Resource,
                ShouldBeAllowed = true,
                Evaluated = gap.Outcome,
                // Without these two nothing can be read at all; the rest of what a verifier sees some endpoints don't have.
                Verdict = gap.Outcome != AccessOutcome.Unknown && gap.Action is ("s3:GetObject" or "s3:ListBucket")
                    ? isPartial ? ProofVerdict.Unknown : ProofVerdict.Failed
                    : ProofVerdict.Advice,
                Detail = gap.Outcome == AccessOutcome.Unknown
                    ? $"It is allowed only if {string.Join(", ", gap.MissingKeys)} is as the policy wants it."
                    : $"The {report.Profile} needs it and the role lacks it.",
            });
        }

        foreach (var finding in report.Expected.Where(finding => !report.Gaps.Any(gap => gap.Action == finding.Action)))
        {
            _rows.Add(new ReadOnlyRow
            {
                Action = finding.Action,
                What = finding.Resource,
                ShouldBeAllowed = true,
                Evaluated = finding.Outcome,
                OpenedBy = finding.OpenedBy.Select(statement => statement.ToString()).ToArray(),
                Verdict = ProofVerdict.Ok,
            });
        }
    }

    public void AddSimulated(SimulatedDecision decision) => _simulated[decision.Action] = decision;

    public void AddAttempt(AccessAttempt attempt)
    {
        var should = attempt.IsReading && (profile.Actions(AccessScope.Bucket).Contains(attempt.Action) || profile.Actions(AccessScope.Objects).Contains(attempt.Action));
        _rows.Add(new ReadOnlyRow
        {
            Action = attempt.Action,
            What = attempt.Attempt,
            ShouldBeAllowed = should,
            Evaluated = Evaluated(attempt.Action),
            OpenedBy = attempt.Outcome == AttemptOutcome.Allowed ? OpenedBy(attempt.Action) : [],
            Seen = attempt.Outcome,
            Verdict = attempt.Outcome switch
            {
                // What isn't tried is left to the documents, which have rows of their own where they say something.
                AttemptOutcome.NotTried => ProofVerdict.Ok,
                AttemptOutcome.Refused => should ? ProofVerdict.Failed : ProofVerdict.Ok,
                AttemptOutcome.Allowed => should ? ProofVerdict.Ok : attempt.IsReading ? ProofVerdict.Advice : ProofVerdict.Failed,
                _ => ProofVerdict.Unknown,
            },
            Detail = attempt.Detail,
        });
    }

    public void AddChange(string change) => _rows.Add(new ReadOnlyRow
    {
        Action = Changed,
        What = change,
        ShouldBeAllowed = false,
        Seen = AttemptOutcome.Allowed,
        Verdict = ProofVerdict.Failed,
        Detail = "Something is different from before the attempts.",
    });

    public void AddUnknown(string what, string why) => _rows.Add(new ReadOnlyRow { Action = "", What = what, ShouldBeAllowed = false, Verdict = ProofVerdict.Unknown, Detail = why });

    /// <summary>The rows, worst first, otherwise as they came.</summary>
    public IReadOnlyList<ReadOnlyRow> ToList()
    {
        // What was seen to work needs no second row that says it should.
        var seen = _rows.Where(row => row is { ShouldBeAllowed: true, Seen: AttemptOutcome.Allowed }).Select(row => row.Action).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _rows.RemoveAll(row => row is { ShouldBeAllowed: true, Seen: null, Verdict: <= ProofVerdict.Advice } && seen.Contains(row.Action));
        var known = _rows.Select(row => row.Action).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var more = _simulated.Values.Where(one => !known.Contains(one.Action)).Select(one => Simulated(new ReadOnlyRow
        {
            Action = one.Action,
            What = one.Resource,
            ShouldBeAllowed = false,
            Evaluated = Evaluated(one.Action),
            Verdict = ProofVerdict.Ok,
        }));
        return _rows.Select(Simulated).Concat(more).OrderByDescending(row => row.Verdict).ToArray();
    }

    private string[] OpenedBy(string action) => _report is null ? [] : _report.Excess.Concat(_report.Expected)
        .Where(finding => string.Equals(finding.Action, action, StringComparison.OrdinalIgnoreCase))
        .SelectMany(finding => finding.OpenedBy).Select(statement => statement.ToString()).Distinct().ToArray();

    private static bool IsCallersChoice(AccessFinding finding) => finding.MissingKeys.Count > 0
        && finding.MissingKeys.All(key => _callersChoice.Any(prefix => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));

    private ReadOnlyRow Simulated(ReadOnlyRow row)
    {
        if (!_simulated.TryGetValue(row.Action, out var decision))
            return row;
        var isAllowed = decision.Decision == "allowed";
        var contradicts = isAllowed && !row.ShouldBeAllowed;
        return row with
        {
            Simulated = decision.Decision,
            Verdict = contradicts ? ProofVerdict.Failed : row.Verdict,
            Detail = contradicts ? $"The simulator allows it. {row.Detail}".TrimEnd() : row.Detail,
        };
    }

    private AccessOutcome? Evaluated(string action)
    {
        if (_report is null || ActionCatalog.Find(action) is null)
            return null;
        var found = _report.Excess.Concat(_report.Expected).Where(finding => string.Equals(finding.Action, action, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count == 0 ? AccessOutcome.ImplicitlyDenied : found.Max(finding => finding.Outcome);
    }
}
