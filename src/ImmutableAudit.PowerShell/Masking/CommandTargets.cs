using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// What a command line runs, and what it is about, as far as the text shows: values of parameters that name a thing, and
/// words that look like paths or URIs. Given the masked line, so that nothing masked comes back this way.
/// </summary>
internal static partial class CommandTargets
{
    public const int Most = 16;
    private const int MostCharacters = 512;

    private static readonly HashSet<string> Naming = new(StringComparer.OrdinalIgnoreCase)
    {
        "Path", "LiteralPath", "FilePath", "Destination", "DestinationPath", "Source", "OutFile", "InFile", "FullName", "ComputerName", "CN", "Computer", "HostName", "Server", "ServerInstance",
        "Uri", "Url", "EndpointUrl", "Name", "DisplayName", "Identity", "Id", "VMName", "Bucket", "BucketName", "Database", "Resource", "ResourceId", "ResourceGroupName", "Target", "TargetName", "Log", "Service", "ServiceName",
    };

    // They show or sort what others gave.
    private static readonly string[] Showing = ["Write-", "Out-", "Format-", "Select-", "Where-", "ForEach-", "Sort-", "Measure-", "Group-", "ConvertTo-", "ConvertFrom-", "echo"];

    [GeneratedRegex(@"^(?:[a-z][a-z0-9+.\-]*://|arn:|[a-z]+:[\\/]|\.{0,2}[\\/]|~)|^[^\s-][^\s]*[\\/]", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Place();

    public static (string[] Commands, string[] Targets) Of(string command)
    {
        var ast = Parser.ParseInput(command, out _, out _);
        var commands = new List<string>();
        var targets = new List<string>();
        foreach (var part in ast.FindAll(part => part is CommandAst, true).Cast<CommandAst>())
        {
            if (part.GetCommandName() is { Length: > 0 } name)
                Add(commands, name);
            Look(part, targets);
        }

        return ([.. commands], [.. targets]);
    }

    private static void Look(CommandAst command, List<string> targets)
    {
        var elements = command.CommandElements;
        var name = command.GetCommandName() ?? "";
        var takesPlace = name.Contains('-', StringComparison.Ordinal) && !Showing.Any(verb => name.StartsWith(verb, StringComparison.OrdinalIgnoreCase));
        var first = true;
        for (var i = 1; i < elements.Count; i++)
        {
            if (elements[i] is CommandParameterAst parameter)
            {
                var value = parameter.Argument ?? (i + 1 < elements.Count && elements[i + 1] is not CommandParameterAst ? elements[i + 1] : null);
                if (value is null || !Naming.Contains(parameter.ParameterName))
                    continue;
                Values(value, targets, _ => true);
                if (parameter.Argument is null)
                    i++;
                continue;
            }

            // The first word behind a cmdlet is mostly what it is about.
            var isFirst = first && takesPlace && elements[i - 1] is not CommandParameterAst;
            first = false;
            Values(elements[i], targets, text => isFirst || Place().IsMatch(text));
        }
    }

    private static void Values(Ast value, List<string> targets, Func<string, bool> isTarget)
    {
        switch (value)
        {
            case StringConstantExpressionAst { Value: var text } when isTarget(text):
                Add(targets, text);
                break;
            case ExpandableStringExpressionAst { Value: var text } when isTarget(text):
                Add(targets, text);
                break;
            case ArrayLiteralAst list:
                foreach (var element in list.Elements)
                    Values(element, targets, isTarget);
                break;
            case ParenExpressionAst or ArrayExpressionAst:
                foreach (var inner in value.FindAll(ast => ast is ArrayLiteralAst, true).Take(1))
                    Values(inner, targets, isTarget);
                break;
        }
    }

    private static void Add(List<string> list, string text)
    {
        if (list.Count >= Most || string.IsNullOrWhiteSpace(text) || text.Contains(CommandMasker.Mask, StringComparison.Ordinal))
            return;
        var shown = text.Length <= MostCharacters ? text : text[..MostCharacters] + "…";
        if (!list.Contains(shown))
            list.Add(shown);
    }
}
