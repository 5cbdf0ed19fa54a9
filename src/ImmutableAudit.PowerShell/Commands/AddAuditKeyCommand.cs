using System.Management.Automation;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Lets another key seal a log, or sign changes of its keys.</summary>
[Cmdlet(VerbsCommon.Add, "AuditKey", SupportsShouldProcess = true)]
[OutputType(typeof(AuditReceipt))]
public sealed class AddAuditKeyCommand : KeyChangeCommand
{
    /// <summary>The new key: a key file, a public key in PEM, a verifier key, or the ARN or alias of an AWS KMS key.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string NewKey { get; set; } = "";

    /// <summary>What it may do.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public KeyRole[] Role { get; set; } = [KeyRole.Seal];

    private protected override void Process()
    {
        var publicKey = PublicKeyOf(NewKey);
        var roles = new[] { KeyRole.Seal, KeyRole.Admin }.Where(role => Role.Any(given => given.HasFlag(role))).ToList();
        Change([.. roles.Select(role => KeyChange.Add(role, publicKey))], $"Let key '{NewKey}' {string.Join(" and ", roles.Select(role => role == KeyRole.Seal ? "seal" : "sign changes of keys"))}");
    }
}
