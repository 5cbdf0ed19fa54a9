using System.Reflection;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>The cloud, loaded when something first needs it, so that logs in directories never load the AWS SDK.</summary>
internal static class Cloud
{
    private static readonly Lock Gate = new();
    private static ICloud? _cloud;

    /// <summary>The one cloud of this process.</summary>
    /// <exception cref="AuditException"><c>StoreUnsuitable</c> where the module's files are missing.</exception>
    public static ICloud Get()
    {
        lock (Gate)
            return _cloud ??= Load();
    }

    private static ICloud Load()
    {
        var folder = Path.Combine(Path.GetDirectoryName(typeof(Cloud).Assembly.Location)!, "aws");
        var file = Path.Combine(folder, "ImmutableAudit.Aws.dll");
        if (!File.Exists(file))
            throw new AuditException(AuditErrors.StoreUnsuitable, $"'{file}' is missing, and without it only logs in directories can be used. Install the module again.", file);
        try
        {
            var assembly = new AwsLoadContext(folder).LoadFromAssemblyPath(file);
            return (ICloud)Activator.CreateInstance(assembly.GetType("ImmutableAudit.Aws.AwsCloud", throwOnError: true)!)!;
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or TypeLoadException or InvalidCastException or TargetInvocationException)
        {
            throw new AuditException(AuditErrors.StoreUnsuitable, $"The AWS part of the module in '{folder}' can't be loaded: {e.Message} Install the module again, all of one version.", folder, e);
        }
    }
}
