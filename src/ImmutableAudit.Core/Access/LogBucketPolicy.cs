using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>
/// The statements by which a bucket's own policy protects a log, and how they come into a policy that others write in, too.
/// They only deny. Nobody is denied to read, replace or delete the policy, so nobody is locked out by them. The language
/// is described in <see href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html"/>, and
/// conditional puts in <see href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html"/>.
/// </summary>
public sealed class LogBucketPolicy
{
    private const string Mark = "ImmutableAudit";

    /// <summary>The largest bucket policy that S3 takes, in bytes.</summary>
    public const int MaxBytes = 20 * 1024;

    private readonly IReadOnlyList<Statement> _statements;
    private readonly string _sidPrefix;

    private LogBucketPolicy(string sidPrefix, IReadOnlyList<Statement> statements, IReadOnlyList<LeftOutStatement> leftOut) =>
        (_sidPrefix, _statements, LeftOut) = (sidPrefix, statements, leftOut);

    /// <summary>The ids of the statements.</summary>
    public IReadOnlyList<string> Sids => [.. _statements.Select(one => one.Sid)];

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<LeftOutStatement> LeftOut { get; }

    /// <summary>Makes the statements for a log.</summary>
    /// <param name="plan">What they are to say.</param>
    /// <param name="isAws">Whether the endpoint is AWS itself. Elsewhere statements are left out that would deny nothing there, or everything.</param>
    /// <exception cref="AuditException"><c>LocationInvalid</c>, <c>FormatInvalid</c> or <c>RangeInvalid</c>.</exception>
    public static LogBucketPolicy For(LogBucketPolicyPlan plan, bool isAws)
    {
        ArgumentNullException.ThrowIfNull(plan);
        RoleChecks.Key(plan.KeyArn);
        RoleChecks.Administrator(plan.AdministratorArn);
        if (plan.RetentionDays is < 1 or > StatedRetention.MaxDays)
            throw new AuditException(AuditErrors.RangeInvalid, $"A lock is promised for 1 to {StatedRetention.MaxDays:N0} days, and not {plan.RetentionDays:N0}.", plan.RetentionDays);
        var prefix = SidPrefix(plan.Log);
        var (statements, leftOut) = new BucketStatements(plan, new LogArns(plan.Log, plan.Partition), prefix, isAws).Make();
        return new LogBucketPolicy(prefix, statements, leftOut);
    }

    /// <summary>A policy of these statements alone.</summary>
    public string ToDocument() => PolicyOutput.Document(_statements);

    /// <summary>
    /// The bucket's policy with these statements in the place of this log's earlier ones. All others stay as they are, in
    /// their order, with members that we don't know.
    /// </summary>
    /// <param name="existingJson">The bucket's policy; null or empty if it has none.</param>
    /// <exception cref="AuditException"><c>PolicyInvalid</c>: the policy can't be read, or the result is too large.</exception>
    public string MergeInto(string? existingJson) =>
        PolicyMerge.Put(existingJson, _sidPrefix, _statements, MaxBytes, "bucket's policy");

    /// <summary>Whether a policy has exactly these statements for this log, whatever else it has.</summary>
    /// <param name="existingJson">The bucket's policy; null or empty if it has none.</param>
    public bool IsIn(string? existingJson) =>
        !string.IsNullOrWhiteSpace(existingJson) && PolicyMeaning.Same(MergeInto(existingJson), existingJson);

    /// <summary>The bucket's policy without the statements of this log; null if nothing is left, and it is to be deleted.</summary>
    /// <param name="existingJson">The bucket's policy; null or empty if it has none.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="AuditException"><c>PolicyInvalid</c>: the policy can't be read.</exception>
    public static string? RemoveFrom(string? existingJson, LogLocation log) =>
        PolicyMerge.Remove(existingJson, SidPrefix(log), "bucket's policy");

    /// <summary>Whether a policy has statements for this log.</summary>
    /// <param name="existingJson">The bucket's policy; null or empty if it has none.</param>
    /// <param name="log">The log.</param>
    public static bool IsProtecting(string? existingJson, LogLocation log) =>
        !string.IsNullOrWhiteSpace(existingJson) && !PolicyMeaning.Same(existingJson, RemoveFrom(existingJson, log));

    /// <summary>Whether a statement's id is of the kind that this module gives.</summary>
    /// <param name="sid">The id; null for none.</param>
    public static bool IsOwn(string? sid) => sid?.StartsWith(Mark, StringComparison.Ordinal) == true;

    /// <summary>How the ids of a log's statements begin. Ids hold letters and digits only, so a digest stands for the path.</summary>
    internal static string SidPrefix(LogLocation log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return Mark + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(log.Path)))[..12];
    }
}
