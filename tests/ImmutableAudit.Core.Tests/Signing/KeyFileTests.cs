using System.Security.Cryptography;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

public sealed class KeyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-key-").FullName;

    [Fact]
    public void A_key_opens_again_and_is_its_owners_only()
    {
        var path = Path.Combine(_folder, "plain.key");
        using var made = KeyFile.Create(path, default);
        using var opened = KeyFile.Open(path, default);
        Assert.Equal(made.PublicKey.ToArray(), opened.PublicKey.ToArray());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_key_with_a_passphrase_needs_it()
    {
        var path = Path.Combine(_folder, "secret.key");
        using var made = KeyFile.Create(path, "correct horse");
        Assert.DoesNotContain("BEGIN PRIVATE", File.ReadAllText(path), StringComparison.Ordinal);
        using (var opened = KeyFile.Open(path, "correct horse"))
            Assert.Equal(made.PublicKey.ToArray(), opened.PublicKey.ToArray());
        Assert.Equal(AuditErrors.KeyPassphraseWrong, Error(path));
        var wrong = Assert.Throws<AuditException>(() => KeyFile.Open(path, "correct horsf"));
        Assert.Equal(AuditErrors.KeyPassphraseWrong, wrong.ErrorId);
        Assert.DoesNotContain("horsf", wrong.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_a_key_is_told_so()
    {
        Assert.Equal(AuditErrors.KeyNotFound, Error(Path.Combine(_folder, "none.key")));
        Assert.Equal(AuditErrors.KeyNotFound, Error(Path.Combine(_folder, "none", "none.key")));
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write("")));
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write("not a key")));
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")));
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write("-----BEGIN PRIVATE KEY-----\n")));
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "x"));
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write(new string('x', 100_000))));
        using var rsa = RSA.Create(2048);
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write(rsa.ExportPkcs8PrivateKeyPem())));
        using var larger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write(larger.ExportPkcs8PrivateKeyPem())));
        Assert.Equal(AuditErrors.KeyInvalid, Error(Write(larger.ExportSubjectPublicKeyInfoPem())));
        Assert.NotEqual("", Error(_folder));
    }

    [Fact]
    public void A_key_whose_curve_is_spelt_out_opens_as_the_curve_that_it_is_or_is_refused()
    {
        // .NET and OpenSSL versions differ in whether they recognise the curve; neither may end in another error.
        var path = Write(FixedNote.PemExplicitCurve);
        try
        {
            using var key = KeyFile.Open(path, default);
            Assert.Equal(Convert.FromBase64String(FixedNote.Spki), key.PublicKey.ToArray());
        }
        catch (AuditException e)
        {
            Assert.Equal(AuditErrors.KeyInvalid, e.ErrorId);
        }
    }

    [Fact]
    public void A_file_that_is_there_is_never_overwritten()
    {
        var path = Write("precious");
        Assert.Equal(AuditErrors.KeyAlreadyExists, Assert.Throws<AuditException>(() => KeyFile.Create(path, default)).ErrorId);
        Assert.Equal("precious", File.ReadAllText(path));
        Assert.Equal(AuditErrors.LocationInvalid, Assert.Throws<AuditException>(() => KeyFile.Create(Path.Combine(_folder, "no", "where.key"), default)).ErrorId);
    }

    [Fact]
    public void No_half_written_key_stays_behind_where_the_disk_is_full()
    {
        using var disk = SmallDisk.TryMount(64);
        if (disk is null)
            return;
        disk.Fill();
        var path = Path.Combine(disk.Path, "audit.key");
        Assert.Equal(AuditErrors.DiskFull, Assert.Throws<AuditException>(() => KeyFile.Create(path, default)).ErrorId);
        Assert.False(File.Exists(path));
        disk.Free();
        using var key = KeyFile.Create(path, default);
        using var opened = KeyFile.Open(path, default);
        Assert.Equal(key.PublicKey.ToArray(), opened.PublicKey.ToArray());
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private string Write(string content)
    {
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, content);
        return path;
    }

    private static string Error(string path, string passphrase = "") => Assert.Throws<AuditException>(() => KeyFile.Open(path, passphrase).Dispose()).ErrorId;
}
