using System.Management.Automation;
using System.Security;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>What adding and disabling keys have in common: the log, the key that seals the record, and the key that signs it.</summary>
public abstract class KeyChangeCommand : ConnectedCommand
{
    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The key that seals the record: a key file, or the ARN or alias of an AWS KMS key. Default: the remembered one.</summary>
    [Parameter]
    public string? Key { get; set; }

    /// <summary>The passphrase of the sealing key's file.</summary>
    [Parameter]
    public SecureString? Passphrase { get; set; }

    /// <summary>The key that signs the change: a key file, or the ARN or alias of an AWS KMS key. Default: the sealing key.</summary>
    [Parameter]
    public string? AdminKey { get; set; }

    /// <summary>The passphrase of the admin key's file.</summary>
    [Parameter]
    public SecureString? AdminPassphrase { get; set; }

    private protected void Change(IReadOnlyList<KeyChange> changes, string what)
    {
        var location = Locate(Log);
        if (!ShouldProcess(location.ToString(), what))
            return;
        var memory = MemoryOf(location);
        var known = RecallOrWarn(memory);
        var reference = SealKeyFor(location, Key, known);
        var store = OpenStore(location);
        using var key = OpenKey(reference, Passphrase);
        using var given = AdminKey is null ? null : OpenKey(KeyReference.Parse(AdminKey, SessionState), AdminPassphrase);
        try
        {
            var result = Settle(async token =>
            {
                var writer = await AuditWriter.OpenAsync(store, key, null, token).ConfigureAwait(false);
                await using (writer.ConfigureAwait(false))
                {
                    var receipts = new List<AuditReceipt>();
                    AuditException? failure = null;
                    foreach (var change in changes)
                    {
                        var one = await writer.ChangeKeysAsync(change, given ?? key, token).ConfigureAwait(false);
                        receipts.AddRange(one.Receipts());
                        failure = one.Failure;
                        if (failure is not null)
                            break;
                    }

                    return (Receipts: receipts, Failure: failure, writer.Genesis.Origin, writer.GenesisHash, writer.Checkpoint);
                }
            });
            memory.Note(result.Origin, result.GenesisHash, null, result.Checkpoint);
            foreach (var receipt in result.Receipts)
                WriteObject(receipt);
            if (result.Failure is { } failure)
                throw failure;
        }
        finally
        {
            Close(store);
        }
    }

    private static ReadOnlyMemory<byte> ReadPublicKey(string path)
    {
        try
        {
            return KeyOpener.ReadPublicKey(path);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.KeyPassphraseWrong)
        {
            throw new AuditException(AuditErrors.KeyInvalid, $"'{path}' is an encrypted private key, and only its public half is needed: give that in PEM, or as a verifier key.", path, e);
        }
    }

    /// <summary>The public half of a key that is named by a file, a verifier key or a KMS key.</summary>
    private protected ReadOnlyMemory<byte> PublicKeyOf(string text)
    {
        if (VerifierKey.TryParse(text.Trim()) is { } vkey)
            return vkey.PublicKey;
        var reference = KeyReference.Parse(text, SessionState);
        if (!reference.IsKms)
            return ReadPublicKey(reference.Text);
        using var key = OpenKey(reference, null);
        return key.PublicKey;
    }
}
