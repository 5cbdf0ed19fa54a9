namespace ImmutableAudit.Storage;

/// <summary>Where a log is: a directory, or a prefix of an S3 bucket.</summary>
public sealed record LogLocation
{
    private LogLocation(string? bucket, string path) => (Bucket, Path) = (bucket, path);

    /// <summary>The bucket's name; null for a directory.</summary>
    public string? Bucket { get; }

    /// <summary>The absolute directory, or the prefix in the bucket without slashes at its ends (may be empty).</summary>
    public string Path { get; }

    /// <summary>What the keys of a log in a bucket begin with: its path and a slash, or nothing for a log that has the whole bucket.</summary>
    public string KeyPrefix => Path.Length == 0 ? "" : Path + "/";

    /// <summary>Whether it is in a bucket.</summary>
    public bool IsS3 => Bucket is not null;

    /// <summary>Reads a location as people write it: <c>s3://bucket/prefix</c>, a <c>file://</c> URI or a directory.</summary>
    /// <param name="text">The location; a relative directory is taken from <paramref name="workingDirectory"/>.</param>
    /// <param name="workingDirectory">An absolute directory; null for the process's own.</param>
    /// <exception cref="AuditException"><c>LocationInvalid</c>.</exception>
    public static LogLocation Parse(string text, string? workingDirectory = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        if (trimmed.Length == 0)
            throw Invalid(text, "it is empty");

        if (trimmed.StartsWith("s3://", StringComparison.OrdinalIgnoreCase))
            return ParseS3(text, trimmed[5..]);

        if (trimmed.Contains("://", StringComparison.Ordinal))
        {
            if (Uri.TryCreate(trimmed, UriKind.Absolute, out var uri) && uri.IsFile)
                return new LogLocation(null, System.IO.Path.GetFullPath(uri.LocalPath));
            throw Invalid(text, "only directories and s3:// are known");
        }

        if (trimmed.Contains('\0', StringComparison.Ordinal))
            throw Invalid(text, "it holds a NUL character");
        var full = System.IO.Path.GetFullPath(trimmed, workingDirectory ?? Environment.CurrentDirectory);
        return new LogLocation(null, System.IO.Path.TrimEndingDirectorySeparator(full));
    }

    /// <summary>The location as people write it.</summary>
    public override string ToString() => Bucket is null ? Path : Path.Length == 0 ? $"s3://{Bucket}" : $"s3://{Bucket}/{Path}";

    private static LogLocation ParseS3(string text, string rest)
    {
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? rest : rest[..slash];
        var prefix = slash < 0 ? "" : rest[(slash + 1)..].Trim('/');
        if (!IsBucketName(bucket))
            throw Invalid(text, "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, and begins and ends with a letter or digit");
        if (prefix.Length > 512 || prefix.Split('/').Any(part => part.Length == 0 && prefix.Length > 0 || part is "." or "..")
            || prefix.Any(c => c is < ' ' or > '~' or '\\'))
            throw Invalid(text, "a prefix is at most 512 printable ASCII characters, without empty, '.' or '..' parts");
        return new LogLocation(bucket, prefix);
    }

    /// <summary>Whether the name follows S3's rules for bucket names that matter to a URI.</summary>
    /// <param name="name">The name.</param>
    public static bool IsBucketName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is >= 3 and <= 63
            && name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '.' or '-')
            && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
            && !name.Contains("..", StringComparison.Ordinal);
    }

    private static AuditException Invalid(string text, string why) =>
        new(AuditErrors.LocationInvalid, $"'{text}' isn't a log's location: {why}. Give a directory or s3://bucket/prefix.", text);
}
