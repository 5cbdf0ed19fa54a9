using System.Management.Automation;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>Where a log or file is, as PowerShell sees it: relative to its own location, drives included.</summary>
internal static class LogAddress
{
    public const string Variable = "IMMUTABLEAUDIT_LOG";

    public static LogLocation Resolve(string? log, SessionState session)
    {
        if (string.IsNullOrWhiteSpace(log))
            log = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(log))
            throw new AuditException(AuditErrors.LogNotGiven, $"No log was given. Give -Log a directory or s3://bucket/prefix, or set {Variable}.");
        return log.Contains("://", StringComparison.Ordinal) ? LogLocation.Parse(log) : LogLocation.Parse(FilePath(log, session));
    }

    /// <summary>A file or directory as the operating system names it. It needn't exist.</summary>
    public static string FilePath(string path, SessionState session)
    {
        var full = session.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return provider.Name == "FileSystem"
            ? full
            : throw new AuditException(AuditErrors.LocationInvalid, $"'{path}' is in the drive of {provider.Name}, not in the file system. Give a directory of the file system.", path);
    }
}
