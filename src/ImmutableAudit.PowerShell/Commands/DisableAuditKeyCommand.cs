using System.Management.Automation;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Takes a key of a log out of force: retired in peace, or because it fell into wrong hands.</summary>
[Cmdlet(VerbsLifecycle.Disable, "AuditKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = RetiredSet)]
[OutputType(typeof(AuditReceipt))]
public sealed class DisableAuditKeyCommand : KeyChangeCommand
{
    private const string RetiredSet = "Retired";
    private const string CompromisedSet = "Compromised";

    /// <summary>The key: a key file, a public key in PEM, a verifier key, or the ARN or alias of an AWS KMS key.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OldKey { get; set; } = "";

    /// <summary>Others may have used it: what it sealed since then is suspect.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CompromisedSet)]
    public SwitchParameter Compromised { get; set; }

    /// <summary>Since when others may have used it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CompromisedSet)]
    public DateTime Since { get; set; }

    private protected override void Process()
    {
        var publicKey = PublicKeyOf(OldKey);
        if (ParameterSetName == RetiredSet)
            Change([KeyChange.Retire(publicKey)], $"Take key '{OldKey}' out of force for ever");
        else if (!Compromised)
            throw new AuditException(AuditErrors.RangeInvalid, "-Since goes with -Compromised.", Since);
        else
            Change([KeyChange.Compromise(publicKey, Since.ToUniversalTime())], $"Take key '{OldKey}' out of force for ever, and tell that it is compromised since {Since.ToUniversalTime():u}");
    }
}
