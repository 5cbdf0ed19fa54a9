using System.Management.Automation;
using System.Security;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Makes a signing key in a file.</summary>
[Cmdlet(VerbsCommon.New, "AuditKey", SupportsShouldProcess = true)]
[OutputType(typeof(AuditKeyInfo))]
public sealed class NewAuditKeyCommand : AuditCommand
{
    /// <summary>The file. Nothing may be there yet.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The passphrase that the file is encrypted with.</summary>
    [Parameter(Position = 1)]
    public SecureString? Passphrase { get; set; }

    private protected override void Process()
    {
        var path = LogAddress.FilePath(Path, SessionState);
        if (!ShouldProcess(path, "Make a signing key"))
            return;
        var encrypted = Passphrase is { Length: > 0 };
        using var key = KeyOpener.Create(path, Passphrase);
        if (!encrypted)
            WriteWarning($"The key '{path}' isn't encrypted: whoever reads the file can sign. Give -Passphrase to encrypt it, or keep the file where only its owner can read.");
        WriteObject(new AuditKeyInfo(key, encrypted));
    }
}
