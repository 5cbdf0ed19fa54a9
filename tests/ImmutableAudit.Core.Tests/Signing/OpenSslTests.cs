using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

/// <summary>Another program's word on what we sign. Says nothing where that program isn't installed.</summary>
public sealed class OpenSslTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-openssl-").FullName;

    [Fact]
    public async Task Openssl_verifies_a_seals_signature()
    {
        if (!IsInstalled())
            return;
        await using var log = new TestLog();
        await log.CreateAsync();
        await log.WriteAsync(3);
        var lines = Encoding.UTF8.GetString(SegmentForge.Gunzip(File.ReadAllBytes(log.SegmentFiles()[^1]))).Split('\n');
        var seal = Seal.TryParse(Encoding.UTF8.GetBytes(lines[^2]));
        Assert.NotNull(seal);
        Assert.True(OpenSslVerifies(log.Key.PublicKey, seal.Checkpoint.ToText(), seal.Signature.Signature.ToArray()));
        Assert.False(OpenSslVerifies(log.Key.PublicKey, seal.Checkpoint.ToText() + " ", seal.Signature.Signature.ToArray()));
    }

    [Fact]
    public void A_key_of_ours_opens_in_openssl_and_one_of_openssls_opens_here()
    {
        if (!IsInstalled())
            return;
        var ours = Path.Combine(_folder, "ours.key");
        using (var key = KeyFile.Create(ours, "correct horse"))
        {
            Assert.Equal(0, Run("pkey", "-in", ours, "-passin", "pass:correct horse", "-pubout", "-outform", "DER", "-out", Path.Combine(_folder, "ours.der")));
            Assert.Equal(key.PublicKey.ToArray(), File.ReadAllBytes(Path.Combine(_folder, "ours.der")));
        }

        var theirs = Path.Combine(_folder, "theirs.key");
        Assert.Equal(0, Run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", theirs));
        using var opened = KeyFile.Open(theirs, default);
        Assert.Equal(91, opened.PublicKey.Length);
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private bool OpenSslVerifies(ReadOnlyMemory<byte> spki, string text, byte[] signature)
    {
        File.WriteAllText(Path.Combine(_folder, "key.pem"), PemEncoding.WriteString("PUBLIC KEY", spki.Span));
        File.WriteAllText(Path.Combine(_folder, "text"), text);
        File.WriteAllBytes(Path.Combine(_folder, "signature"), signature);
        return Run("dgst", "-sha256", "-verify", Path.Combine(_folder, "key.pem"), "-signature", Path.Combine(_folder, "signature"), Path.Combine(_folder, "text")) == 0;
    }

    private static bool IsInstalled()
    {
        try
        {
            return Run("version") == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static int Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardOutput.ReadToEnd();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
