using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ImmutableAudit.PowerShell;

/// <summary>Completes the beginnings of actions that many logs hold, and the log's own. No log is read for it.</summary>
internal sealed class ActionCompleter : IArgumentCompleter
{
    private static readonly string[] Actions =
    [
        "dynamodb:*", "ec2:*", "iam:*", "kms:*", "rds:*", "s3:*", "sts:*",
        "immutableaudit:KeyAdded", "immutableaudit:KeyCompromised", "immutableaudit:KeyRetired", "immutableaudit:LogCreated",
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Actions.Where(action => action.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase)).Select(action => Completion.Of(action, action));
}
