using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Remoting;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Who is at it: the account of the process and, where it can be known, who is behind it. What comes of the environment
/// is what the user's shell was told, and says so by its name.
/// </summary>
internal sealed record SessionIdentity
{
    private const uint NoLogin = uint.MaxValue;

    public required string ActorId { get; init; }

    public string? Ip { get; init; }

    public string Host { get; } = Environment.MachineName;

    /// <summary>What else is known, for the record's data.</summary>
    public required IReadOnlyDictionary<string, object?> Facts { get; init; }

    public static SessionIdentity Of(SessionState session)
    {
        var facts = new Dictionary<string, object?>();
        var actor = EventDefaults.CallerName;
        // A remote endpoint knows who connected, whatever account it runs under.
        if (session.PSVariable.GetValue("PSSenderInfo") is PSSenderInfo sender && sender.UserInfo.Identity.Name is { Length: > 0 } connected)
        {
            facts["runAs"] = actor;
            actor = connected;
        }

        if (LoginUser() is { } login)
            facts["loginUid"] = login;
        Add("sudoUser", "SUDO_USER");
        Add("sshConnection", "SSH_CONNECTION");
        facts["processId"] = Environment.ProcessId;
        return new SessionIdentity { ActorId = actor, Ip = Environment.GetEnvironmentVariable("SSH_CONNECTION")?.Split(' ')[0] is { Length: > 0 } ip ? ip : null, Facts = facts };

        void Add(string name, string variable)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 and < 256 } value)
                facts[name] = BoundedText.Cut(value, 512);
        }
    }

    // The kernel's own note of who logged in: sudo and su don't change it.
    private static uint? LoginUser()
    {
        try
        {
            return OperatingSystem.IsLinux() && uint.TryParse(File.ReadAllText("/proc/self/loginuid"), CultureInfo.InvariantCulture, out var uid) && uid != NoLogin ? uid : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // A kernel without auditing: not known.
        }
    }
}
