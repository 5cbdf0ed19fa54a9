using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ImmutableAudit.PowerShell;

/// <summary>Ends a session whose module is removed: its prompt would call what isn't meant to run any more.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        if (AuditSession.Current is not { } session)
            return;
        if (Runspace.DefaultRunspace?.SessionStateProxy.GetVariable("ExecutionContext") is EngineIntrinsics context)
            session.Prompt?.Restore(context.SessionState);
        session.End("the module was removed");
    }
}
