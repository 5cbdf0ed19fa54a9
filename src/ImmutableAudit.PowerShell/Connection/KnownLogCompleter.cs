using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell;

/// <summary>Offers the logs that this account remembers.</summary>
internal sealed class KnownLogCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            var word = wordToComplete.Trim('\'', '"');
            return KnownLogs.OfThisAccount().All()
                .Where(known => known.Location.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .DistinctBy(known => known.Location)
                .Select(known => Completion.Of(known.Location, known.Origin))
                .ToList();
        }
        catch (AuditException)
        {
            return []; // Nothing to offer: a completer never fails.
        }
    }
}
