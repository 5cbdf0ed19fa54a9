using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Fuzz;

/// <summary>Files of the account's own, which others may have got at: keys, and what is remembered.</summary>
internal sealed class FileTargets : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-fuzz-").FullName;

    public IEnumerable<Target> Targets
    {
        get
        {
            yield return new Target("key-file", [Encoding.ASCII.GetBytes(FixedNote.Pem), Encrypted()], Key);
            yield return new Target("known-logs", [Known()], Remembered);
        }
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private static byte[] Encrypted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Few rounds, so that the time goes to reading.
        return Encoding.ASCII.GetBytes(key.ExportEncryptedPkcs8PrivateKeyPem("pass", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 100)));
    }

    private byte[] Known()
    {
        var logs = new KnownLogs(Path.Combine(_folder, "sample"));
        logs.Update("/srv/audit/prod", null, _ => new KnownLog
        {
            Location = "/srv/audit/prod", Origin = FixedNote.Name, GenesisHash = RecordLines.Hash, Key = "/keys/a.key",
            Checkpoint = new Checkpoint(FixedNote.Name, 9, Digest.Parse(RecordLines.Hash)), Verified = new Checkpoint(FixedNote.Name, 7, Digest.Parse(RecordLines.Hash)),
        });
        logs.Update("s3://b/prod", "http://localhost:9000", _ => new KnownLog { Location = "s3://b/prod", Endpoint = "http://localhost:9000", Origin = FixedNote.Name, GenesisHash = RecordLines.Hash });
        return File.ReadAllBytes(Path.Combine(logs.Home, "known-logs.json"));
    }

    private string Key(byte[] bytes)
    {
        var path = Path.Combine(_folder, "a.key");
        File.WriteAllBytes(path, bytes);
        return Target.Documented(() => KeyFile.Open(path, "pass").Dispose(), AuditErrors.KeyInvalid, AuditErrors.KeyPassphraseWrong);
    }

    private string Remembered(byte[] bytes)
    {
        var logs = new KnownLogs(Path.Combine(_folder, "home"));
        Directory.CreateDirectory(logs.Home);
        File.WriteAllBytes(Path.Combine(logs.Home, "known-logs.json"), bytes);
        return Target.Documented(
            () =>
            {
                foreach (var known in logs.All())
                {
                    // What those who use it take for granted.
                    Assert.NotNull(known.Location);
                    Assert.NotNull(known.Origin);
                    Assert.NotNull(known.GenesisHash);
                    Assert.Same(known.Origin, known.Checkpoint?.Origin ?? known.Origin);
                    Assert.True(known.Checkpoint is null or { Size: >= 0 } && known.Verified is null or { Size: >= 0 }, "A size below nothing.");
                }

                logs.Find("/srv/audit/prod", null);
            },
            AuditErrors.KnownLogsInvalid);
    }
}
