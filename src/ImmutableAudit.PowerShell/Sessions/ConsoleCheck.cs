using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;

namespace ImmutableAudit.PowerShell;

/// <summary>Whether commands are typed at a prompt here, so that a session can see them.</summary>
internal static class ConsoleCheck
{
    private static readonly string[] Running = ["-c", "-command", "-f", "-file", "-e", "-ec", "-encodedcommand", "-cwa", "-commandwithargs"];

    /// <exception cref="AuditException"><c>SessionNotInteractive</c>.</exception>
    public static void Require(PSHost host)
    {
        if (Obstacle(host) is { } why)
            throw new AuditException(AuditErrors.SessionNotInteractive, $"Commands can't be seen here: {why}. Run what is to be recorded by Invoke-AuditedCommand.", host.Name);
    }

    private static string? Obstacle(PSHost host)
    {
        if (host.Name != "ConsoleHost")
            return $"the host is '{host.Name}', and only PowerShell's own console is known to show a prompt for each command";
        if (host is IHostSupportsInteractiveSession { Runspace: { } console } && Runspace.DefaultRunspace is { } own && console.InstanceId != own.InstanceId)
            return "this is a runspace beside the console's";
        if (Console.IsInputRedirected)
            return "the console's input is no terminal";
        var arguments = Environment.GetCommandLineArgs().Skip(1).Select(argument => argument.ToLowerInvariant().Replace("--", "-", StringComparison.Ordinal).Replace('/', '-')).ToList();
        // What follows -File or -Command is somebody else's.
        var at = arguments.FindIndex(argument => Running.Contains(argument));
        var own2 = at < 0 ? arguments : arguments[..at];
        if (own2.Any(argument => argument.Length > 5 && "-noninteractive".StartsWith(argument, StringComparison.Ordinal)))
            return "this PowerShell was started with -NonInteractive";
        if (own2.Any(argument => argument.Length > 3 && "-noexit".StartsWith(argument, StringComparison.Ordinal)))
            return null;
        if (at >= 0)
            return $"this PowerShell runs {arguments[at]} and shows no prompt";
        return own2.Count > 0 && !own2[^1].StartsWith('-') && File.Exists(Environment.GetCommandLineArgs()[^1]) ? "this PowerShell runs a script and shows no prompt" : null;
    }
}
