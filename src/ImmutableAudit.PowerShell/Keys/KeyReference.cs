using System.Management.Automation;

namespace ImmutableAudit.PowerShell;

/// <summary>Where a sealing key is: a file or AWS KMS. Names the key, and never holds it.</summary>
internal sealed record KeyReference
{
    public const string Variable = "IMMUTABLEAUDIT_KEY";

    private KeyReference(string text, bool isKms) => (Text, IsKms) = (text, isKms);

    /// <summary>An absolute path, or a KMS key's ARN or alias.</summary>
    public string Text { get; }

    public bool IsKms { get; }

    /// <summary>Reads a key's name as people write it; a file relative to the PowerShell location.</summary>
    public static KeyReference Parse(string text, SessionState session)
    {
        var isKms = text.StartsWith("arn:", StringComparison.Ordinal) && text.Contains(":kms:", StringComparison.Ordinal)
            || text.StartsWith("alias/", StringComparison.Ordinal);
        return new KeyReference(isKms ? text : LogAddress.FilePath(text, session), isKms);
    }

    /// <summary>What was given, else what the environment says; null if neither does.</summary>
    public static KeyReference? GivenOrDefault(string? given, SessionState session)
    {
        if (string.IsNullOrWhiteSpace(given))
            given = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(given) ? null : Parse(given, session);
    }
}
