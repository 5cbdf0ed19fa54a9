using System.Reflection;
using System.Runtime.Loader;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Holds our copy of the AWS SDK apart from the copies that other modules bring: two versions in one context break
/// each other. What isn't in the folder is shared with everybody, above all the core, whose types both sides speak.
/// </summary>
internal sealed class AwsLoadContext(string folder) : AssemblyLoadContext("ImmutableAudit.Aws")
{
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // By the very assembly, not by name: a second copy of the core would have types of its own.
        if (assemblyName.Name == typeof(ICloud).Assembly.GetName().Name)
            return typeof(ICloud).Assembly;
        var file = Path.Combine(folder, assemblyName.Name + ".dll");
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }
}
