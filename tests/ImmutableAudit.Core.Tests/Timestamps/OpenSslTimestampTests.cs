using System.Diagnostics;
using System.Security.Cryptography;
using ImmutableAudit.Log;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Timestamps;

/// <summary>A real authority, and another program's word on what is stored: <c>openssl ts</c>.</summary>
public sealed class OpenSslTimestampTests
{
    [TsaFact]
    public async Task Openssl_issues_what_we_ask_for_and_verifies_what_we_store()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await log.WriteAsync(3);
        var root = TsaFactAttribute.Variable("ROOT")!;
        var roots = TimestampRoots.Read([(root, await File.ReadAllBytesAsync(root))]);
        var stamp = await Timestamper.AddAsync(log.Store, new TimestampPlan { TsaUrl = new Uri(TsaFactAttribute.Variable("URL")!), Roots = roots, Policy = "1.3.6.1.4.1.99999.2" }, default);
        Assert.Equal((4L, TimestampTrust.Trusted, "CN=Throwaway TSA", "1.3.6.1.4.1.99999.2", TimeSpan.FromSeconds(1)), (stamp.Size, stamp.Trust, stamp.Tsa, stamp.Policy, stamp.Accuracy!.Value));
        var report = await log.VerifyAsync(new VerifyOptions { TimestampRoots = roots });
        Assert.True(report.Result == ChainResult.Passed && report.Findings.Count == 0, AlterableLog.Describe(report));
        Assert.Equal(stamp, Assert.Single(report.Timestamps));

        // The note as Get-AuditLog shows it, and nothing else.
        var note = log.Temporary("note");
        await File.WriteAllTextAsync(note, (await AuditLog.OpenAsync(log.Store, default)).Checkpoint);
        var token = Path.Combine(log.Directory, stamp.ObjectKey);
        Assert.Equal(0, Run("ts", "-verify", "-token_in", "-in", token, "-data", note, "-CAfile", root));
        await File.AppendAllTextAsync(note, " ");
        Assert.NotEqual(0, Run("ts", "-verify", "-token_in", "-in", token, "-data", note, "-CAfile", root));
    }

    [TsaFact]
    public async Task Openssl_refuses_a_policy_that_it_does_not_have()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var plan = new TimestampPlan { TsaUrl = new Uri(TsaFactAttribute.Variable("URL")!), Policy = "1.2.3.4" };
        Assert.Equal(AuditErrors.TimestampRefused, (await Assert.ThrowsAsync<AuditException>(() => Timestamper.AddAsync(log.Store, plan, default))).ErrorId);
    }

    [TsaFact]
    public void Openssl_verifies_tokens_of_the_authority_that_other_tests_use()
    {
        using var authority = new TestAuthority();
        var folder = Directory.CreateTempSubdirectory("immutableaudit-tsa-").FullName;
        string In(string name) => Path.Combine(folder, name);
        try
        {
            File.WriteAllText(In("note"), "a note\n");
            File.WriteAllText(In("root.pem"), authority.RootPem);
            File.WriteAllBytes(In("token"), authority.StampHash(SHA256.HashData("a note\n"u8)));
            Assert.Equal(0, Run("ts", "-verify", "-token_in", "-in", In("token"), "-data", In("note"), "-CAfile", In("root.pem")));
        }
        finally
        {
            Directory.Delete(folder, true);
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

/// <summary>Runs where tests/servers/with-servers.sh started a timestamping authority, or is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TsaFactAttribute : FactAttribute
{
    public TsaFactAttribute() => Skip = string.IsNullOrEmpty(Variable("URL")) || string.IsNullOrEmpty(Variable("ROOT"))
        ? "No timestamping authority to test against: IMMUTABLEAUDIT_TEST_TSA_URL isn't set."
        : null;

    internal static string? Variable(string name) => Environment.GetEnvironmentVariable("IMMUTABLEAUDIT_TEST_TSA_" + name);
}
