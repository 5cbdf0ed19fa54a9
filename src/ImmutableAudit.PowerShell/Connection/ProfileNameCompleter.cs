using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ImmutableAudit.PowerShell;

/// <summary>Offers the profiles of AWS's shared files. Reads them as text, so the AWS SDK isn't loaded for a Tab.</summary>
internal sealed class ProfileNameCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Names(fakeBoundParameters?["ProfileLocation"] as string)
            .Distinct(StringComparer.Ordinal)
            .Where(name => name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(name => Completion.Of(name, name));

    private static List<string> Names(string? location)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var names = new List<string>();
        Read(location ?? Environment.GetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE") ?? Path.Combine(home, ".aws", "credentials"), names);
        Read(Environment.GetEnvironmentVariable("AWS_CONFIG_FILE") ?? Path.Combine(home, ".aws", "config"), names);
        return names;
    }

    private static void Read(string file, List<string> names)
    {
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                var text = line.Trim();
                if (!text.StartsWith('[') || text.IndexOf(']', StringComparison.Ordinal) is not (> 1 and var end))
                    continue;
                var name = text[1..end].Trim();
                if (name.StartsWith("profile ", StringComparison.Ordinal))
                    names.Add(name[8..].Trim());
                else if (!name.Contains(' ', StringComparison.Ordinal))
                    names.Add(name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // Nothing to offer: a completer never fails.
        }
    }
}
