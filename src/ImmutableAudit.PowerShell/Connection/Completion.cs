using System.Management.Automation;
using System.Management.Automation.Language;

namespace ImmutableAudit.PowerShell;

/// <summary>Makes completions that can stand on the command line as they are.</summary>
internal static class Completion
{
    public static CompletionResult Of(string value, string tip)
    {
        var plain = value.All(c => char.IsLetterOrDigit(c) || c is '/' or '\\' or ':' or '.' or '_' or '-');
        var text = plain ? value : "'" + CodeGeneration.EscapeSingleQuotedStringContent(value) + "'";
        return new CompletionResult(text, value, CompletionResultType.ParameterValue, tip);
    }
}
