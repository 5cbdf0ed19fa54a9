using System.Globalization;
using System.Management.Automation;
using ImmutableAudit.Log;
using ImmutableAudit.PowerShell.Commands;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.PowerShell;

/// <summary>What a verification brings along: what the caller gives, and what the account remembers.</summary>
internal sealed record TrustedHistory(VerifyOptions Options, TrustBasis Basis)
{
    private const int MaxFileBytes = 1024 * 1024;

    public static TrustedHistory Collect(TestAuditChainCommand command, KnownLog? known)
    {
        var keys = (command.TrustedKey ?? []).SelectMany(text => Keys(text, command.SessionState)).ToList();
        var checkpoints = (command.Checkpoint ?? []).Select(text => ReadCheckpoint(text, command.SessionState)).ToList();
        var origin = known?.Origin ?? checkpoints.FirstOrDefault()?.Origin;
        if (checkpoints.FirstOrDefault(checkpoint => checkpoint.Origin != origin) is { } foreign)
            throw new AuditException(AuditErrors.FormatInvalid, $"A checkpoint is of the log '{foreign.Origin}', and this place is known to hold '{origin}'. Give checkpoints of this log, or -NoMemory to forget what is remembered.", foreign.Origin);
        if (known?.Checkpoint is { } remembered)
            checkpoints.Add(remembered);
        // A checkpoint or receipt stands for everything up to it, the first segment included.
        var given = keys.Count + (command.Checkpoint?.Length ?? 0) + (command.Receipt?.Length ?? 0) > 0;
        var basis = given ? TrustBasis.Given : known is not null ? TrustBasis.Remembered : TrustBasis.FirstSight;
        return new TrustedHistory(
            new VerifyOptions
            {
                TrustedKeys = keys,
                Origin = origin,
                GenesisHash = known?.GenesisHash,
                KnownCheckpoints = checkpoints,
                SeenCheckpoints = known?.Seen ?? [],
                Receipts = [.. (command.Receipt ?? []).Select(ReadReceipt)],
            },
            basis);
    }

    /// <summary>The keys that one -TrustedKey names: a verifier key, or a file of them or with a trust policy.</summary>
    internal static IReadOnlyList<VerifierKey> Keys(string text, SessionState session) => VerifierKey.TryParse(text.Trim()) is { } key
        ? [key]
        : TrustedKeyFile.Parse(ReadBytes(text, session));

    /// <summary>A checkpoint's whole text, given as such or as a file.</summary>
    internal static string ReadNote(string text, SessionState session)
    {
        var note = (text.Contains('\n', StringComparison.Ordinal) ? text : ReadText(text, session)).ReplaceLineEndings("\n");
        return note.EndsWith('\n') ? note : note + "\n";
    }

    internal static Checkpoint ReadCheckpoint(string text, SessionState session)
    {
        var note = ReadNote(text, session);
        return Signing.Checkpoint.TryParse(SignedNote.TryParse(note)?.Text ?? note)
            ?? throw new AuditException(AuditErrors.FormatInvalid, "What was given as a checkpoint isn't one. It is the text that Get-AuditLog shows as Checkpoint, or a file with it.", text);
    }

    private static (long Sequence, string LeafHash) ReadReceipt(PSObject receipt)
    {
        var sequence = Convert.ToString(receipt.Properties["Sequence"]?.Value, CultureInfo.InvariantCulture);
        return long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && receipt.Properties["LeafHash"]?.Value is { } hash
            ? (number, hash.ToString()!)
            : throw new AuditException(AuditErrors.FormatInvalid, "What was given as a receipt has no Sequence and LeafHash. Write-AuditEvent -PassThru gives receipts.", receipt);
    }

    internal static string ReadText(string path, SessionState session)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path, session)));
        return reader.ReadToEnd();
    }

    private static byte[] ReadBytes(string path, SessionState session)
    {
        var file = new FileInfo(LogAddress.FilePath(path, session));
        if (!file.Exists)
            throw new AuditException(AuditErrors.FormatInvalid, $"'{path}' is neither a verifier key or checkpoint nor a file with one.", path);
        if (file.Length > MaxFileBytes)
            throw new AuditException(AuditErrors.FormatInvalid, $"'{file.FullName}' is too large to hold keys or checkpoints.", path);
        return File.ReadAllBytes(file.FullName);
    }
}
