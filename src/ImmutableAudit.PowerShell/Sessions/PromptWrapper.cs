using System.Management.Automation;
using Microsoft.PowerShell.Commands;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Puts our functions in place of the console's prompt and, where there is one, of the function that reads a line; each
/// calls the one that was there. Without PSReadLine there is none, and the console reads lines by itself.
/// </summary>
internal sealed class PromptWrapper
{
    // A method call in a condition leaves $? as it is, so the prompt that was there still sees how the command ended.
    private const string PromptText = """
        if ([ImmutableAudit.PowerShell.SessionHooks]::BeforePrompt($?, $ExecutionContext)) {
            try { & ([ImmutableAudit.PowerShell.SessionHooks]::Prompt) } finally { [ImmutableAudit.PowerShell.SessionHooks]::AfterPrompt($ExecutionContext) }
        }
        """;

    private const string ReaderText = """
        $line = & ([ImmutableAudit.PowerShell.SessionHooks]::Reader)
        [ImmutableAudit.PowerShell.SessionHooks]::BeforeCommand($line, $ExecutionContext)
        $line
        """;

    private const string PromptName = "prompt";
    private const string ReaderName = "PSConsoleHostReadLine";
    private static readonly ScriptBlock OurPrompt = ScriptBlock.Create(PromptText);
    private static readonly ScriptBlock OurReader = ScriptBlock.Create(ReaderText);
    private static readonly ScriptBlock NoPrompt = ScriptBlock.Create("'PS> '");
    private static readonly ScriptBlock GetHistory = ScriptBlock.Create("param($Count) Microsoft.PowerShell.Core\\Get-History -Count $Count");

    // Not Get-Command, which would load a module that has such a function.
    private static readonly ScriptBlock GetFunction = ScriptBlock.Create("param($Name) Microsoft.PowerShell.Management\\Get-Item -LiteralPath function:$Name -ErrorAction Ignore");
    private static readonly ScriptBlock SetFunction = ScriptBlock.Create("param($Name, $Block) Microsoft.PowerShell.Management\\Set-Item -LiteralPath function:global:$Name -Value $Block -Force");
    private static readonly ScriptBlock RemoveFunction = ScriptBlock.Create("param($Name) Microsoft.PowerShell.Management\\Remove-Item -LiteralPath function:global:$Name -Force");
    private const int MostHistory = 64;

    /// <summary>What the console called before.</summary>
    public ScriptBlock? Prompt { get; private set; }

    /// <summary>What read lines before; null where the console does.</summary>
    public ScriptBlock? Reader { get; private set; }

    public static PromptWrapper Install(SessionState state)
    {
        var wrapper = new PromptWrapper();
        wrapper.Mend(state, prompt: true);
        return wrapper;
    }

    /// <summary>The newest entries of the console's history.</summary>
    public static IEnumerable<HistoryInfo> History(SessionState state) =>
        state.InvokeCommand.InvokeScript(state, GetHistory, MostHistory).Select(found => found.BaseObject).OfType<HistoryInfo>();

    /// <summary>Takes the places again that somebody else took.</summary>
    /// <param name="state">The console's.</param>
    /// <param name="prompt">Whether the prompt's place is to be looked at: ours may be called by what took it, which is fine.</param>
    public void Mend(SessionState state, bool prompt)
    {
        if (prompt && Function(state, PromptName) is var found && !ReferenceEquals(found, OurPrompt))
        {
            Prompt = found;
            Set(state, PromptName, OurPrompt);
        }

        if (Function(state, ReaderName) is { } reader && !ReferenceEquals(reader, OurReader) && !Calls(reader))
        {
            Reader = reader;
            Set(state, ReaderName, OurReader);
        }
    }

    /// <summary>Puts back what was there, unless somebody took our place meanwhile: then ours, if it is still called, only passes on.</summary>
    public void Restore(SessionState state)
    {
        if (ReferenceEquals(Function(state, PromptName), OurPrompt))
            Put(state, PromptName, Prompt);
        if (ReferenceEquals(Function(state, ReaderName), OurReader))
            Put(state, ReaderName, Reader);
    }

    public static ScriptBlock Empty => NoPrompt;

    // A wrapper that somebody put around ours.
    private static bool Calls(ScriptBlock block) => block.ToString().Contains(nameof(SessionHooks), StringComparison.Ordinal);

    private static void Put(SessionState state, string name, ScriptBlock? block)
    {
        if (block is null)
            state.InvokeCommand.InvokeScript(state, RemoveFunction, name);
        else
            Set(state, name, block);
    }

    private static void Set(SessionState state, string name, ScriptBlock block) => state.InvokeCommand.InvokeScript(state, SetFunction, name, block);

    private static ScriptBlock? Function(SessionState state, string name) =>
        (state.InvokeCommand.InvokeScript(state, GetFunction, name).FirstOrDefault()?.BaseObject as FunctionInfo)?.ScriptBlock;
}
