using System.Text;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>The ARNs and prefixes by which policies name a log.</summary>
internal sealed class LogArns
{
    private readonly string _prefix;

    /// <summary>Names a log.</summary>
    /// <param name="log">Where it is.</param>
    /// <param name="partition">The partition of AWS.</param>
    /// <exception cref="AuditException"><c>LocationInvalid</c> for a directory, <c>FormatInvalid</c> for a partition that can't be.</exception>
    public LogArns(LogLocation log, string partition)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(partition);
        if (!log.IsS3)
            throw new AuditException(AuditErrors.LocationInvalid, $"Roles and bucket policies are for logs in buckets, and '{log}' is a directory. Give s3://bucket/prefix.", log);
        if (!partition.StartsWith("aws", StringComparison.Ordinal) || !partition.All(c => char.IsAsciiLetterLower(c) || c == '-'))
            throw new AuditException(AuditErrors.FormatInvalid, $"'{partition}' isn't a partition of AWS, for example aws, aws-cn or aws-us-gov.", partition);
        Bucket = $"arn:{partition}:s3:::{log.Bucket}";
        _prefix = log.Path.Length == 0 ? "" : Literally(log.Path) + "/";
    }

    /// <summary>The bucket.</summary>
    public string Bucket { get; }

    /// <summary>Every object of the log.</summary>
    public string Objects => Under("");

    /// <summary>The log's segments, which are the log.</summary>
    public string Segments => Under("segments/");

    /// <summary>The log's objects in a folder of it.</summary>
    public string Under(string folder) => $"{Bucket}/{_prefix}{folder}*";

    /// <summary>Keeps a listing to the log; nothing for a log that has the whole bucket.</summary>
    public IReadOnlyList<Condition> ListingsOnly => _prefix.Length == 0 ? [] : [new("StringLike", "s3:prefix", _prefix + "*", _prefix)];

    // A prefix may hold what a policy takes for a wildcard or a variable; unescaped, it would open other prefixes, too.
    private static string Literally(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var special = text[i] is '*' or '?' || (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '{');
            result.Append(special ? $"${{{text[i]}}}" : text[i]);
        }

        return result.ToString();
    }
}
