using System.Management.Automation;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// What the wrapped prompt calls. Public because a function of the console has to reach it; not for anybody else. A
/// prompt must come whatever happens, so an error is told there and never thrown.
/// </summary>
public static class SessionHooks
{
    // Kept beyond a session's end: somebody's own prompt may still call ours.
    private static PromptWrapper? _last;

    /// <summary>The prompt that was there before.</summary>
    public static ScriptBlock Prompt => (_last = AuditSession.Current?.Prompt ?? _last)?.Prompt ?? PromptWrapper.Empty;

    /// <summary>What read lines before.</summary>
    public static ScriptBlock Reader => (_last = AuditSession.Current?.Prompt ?? _last)?.Reader ?? PromptWrapper.Empty;

    /// <summary>The prompt is about to be shown.</summary>
    /// <param name="succeeded"><c>$?</c>.</param>
    /// <param name="context">The console's <c>$ExecutionContext</c>.</param>
    /// <returns>Always true, so that it can stand in a condition.</returns>
    public static bool BeforePrompt(bool succeeded, EngineIntrinsics context)
    {
        Guard(session => session.BeforePrompt(succeeded, context.SessionState));
        return true;
    }

    /// <summary>The prompt has been made.</summary>
    /// <param name="context">The console's <c>$ExecutionContext</c>.</param>
    public static void AfterPrompt(EngineIntrinsics context) => Guard(session => session.AfterPrompt(context.SessionState));

    /// <summary>A line was read.</summary>
    /// <param name="line">The line.</param>
    /// <param name="context">The console's <c>$ExecutionContext</c>.</param>
    public static void BeforeCommand(object? line, EngineIntrinsics context) => Guard(session => session.BeforeCommand(line?.ToString(), context.SessionState));

    private static void Guard(Action<AuditSession> step)
    {
        if (AuditSession.Current is not { } session)
            return;
        try
        {
            step(session);
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            session.Warn($"A command may not have been recorded: {e.GetType().Name}: {e.Message}");
        }
    }
}
