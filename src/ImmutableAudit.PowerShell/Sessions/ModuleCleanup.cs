using System.Management.Automation;

namespace ImmutableAudit.PowerShell;

/// <summary>Ends a session whose module is removed: its prompt would call what isn't meant to run any more.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        if (AuditSession.Current is not { } session)
            return;
        session.Unwrap();
        session.End("the module was removed");
    }
}
