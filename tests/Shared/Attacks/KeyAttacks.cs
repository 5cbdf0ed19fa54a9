using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Seals by keys that may not seal there, and keys brought into the log that nobody let in.</summary>
public sealed class KeyAttacks
{
    [Theory, OnEveryStore]
    public async Task Resealed_with_another_key(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeBefore(2);
        await FoundAsync(log, forge.Segment(log.Thief, new("s3:DeleteObject"), new(), new(), new(), new()), "which this log doesn't know");
    }

    [Theory, OnEveryStore]
    public async Task Resealed_with_a_newer_key_of_the_log(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var newer = new TestKey();
        await log.ChangeKeysAsync(log.Seal, KeyChange.Add(KeyRole.Seal, newer.PublicKey));
        using var forge = log.ForgeBefore(2);
        // The very lines that are there, under a key that came later.
        var honest = log.Segments[2].Lines;
        await FoundAsync(log, forge.Sealed(newer, 6, honest[..^1], forge.Frontier), "which this log doesn't know");
    }

    [Theory, OnEveryStore]
    public async Task Sealed_by_a_retired_key(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var next = new TestKey();
        await log.ChangeKeysAsync(log.Seal, KeyChange.Add(KeyRole.Seal, next.PublicKey), KeyChange.Retire(log.Seal.PublicKey));
        using var forge = log.ForgeAtEnd();
        await log.PutAsync(forge.Copy().Segment(next, new(), new()));
        using var follows = log.ForgeAtEnd();
        follows.Segment(next, new(), new());
        await log.PutAsync(follows.Segment(next, new ForgedRecord()));
        var first = forge.Size;
        await FoundAsync(log, forge.Segment(log.Seal, new("s3:DeleteObject"), new()), "took out of force", first);
    }

    [Theory, OnEveryStore]
    public async Task A_segment_without_a_signature(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var lines = log.Segments[2].Lines;
        var seal = lines[^1];
        // The checkpoint stays, its signature line goes.
        lines[^1] = seal[..(seal.IndexOf("\\n\\n", StringComparison.Ordinal) + 4)] + "\"}";
        var version = await log.RewriteAsync(2, lines);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 6, log.Key(2), version));
    }

    // The thief has a sealing key, but not the admin key that would let his own in.
    [Theory, OnEveryStore]
    public async Task A_thiefs_key_added_without_an_admin_signature(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeAtEnd();
        var adding = forge.Segment(log.Seal, forge.Admin(log.Seal, AdminRecord.KeyAdded, [("role", "seal"), log.Vkey(log.Thief)]), new());
        var added = await log.PutAsync(adding);
        var used = await log.PutAsync(forge.Segment(log.Thief, new(), new()));
        var report = await log.VerifyAsync(log.Remembering);
        Assert.Equal(14, report.Records);
        // What the thief's key sealed is sound in itself: told as what follows a lost or false key record.
        Sight.Only(report, log.BehindTheEnd(14, added), log.BehindTheEnd(16, null) with { Last = 17 });
        Assert.Contains(report.Findings, finding => finding.Message.Contains("isn't signed by an admin key", StringComparison.Ordinal));
        Assert.True(log.IsBucket == used is not null);
    }

    // 32 bits are few: two keys with one id can be found. The numbers are of such a pair.
    [Theory, OnEveryStore]
    public async Task A_key_whose_id_collides_with_an_earlier_ones(string place)
    {
        using var earlier = TestKey.OfScalar(111_185);
        using var colliding = TestKey.OfScalar(112_152);
        await using var log = await AttackedLogs.WriteAsync(place);
        Assert.Equal(earlier.Named(log.Origin).KeyId, colliding.Named(log.Origin).KeyId);
        await log.ChangeKeysAsync(log.Seal, KeyChange.Add(KeyRole.Seal, earlier.PublicKey));

        // Its seal isn't taken for the earlier one's.
        using var forge = log.ForgeAtEnd();
        var version = await log.PutAsync(forge.Copy().Segment(colliding, new ForgedRecord("s3:DeleteObject")));
        var report = await log.VerifyAsync(log.Remembering);
        Sight.Only(report, log.BehindTheEnd(15, version));
        Assert.Contains("signature is false", Assert.Single(report.Findings).Message, StringComparison.Ordinal);

        // And no admin can let it in, by mistake or under duress, in either role.
        foreach (var role in new[] { "seal", "admin" })
        {
            using var adding = forge.Copy();
            version = await log.ReplaceAsync(adding.Segment(log.Seal, adding.Admin(log.Admin, AdminRecord.KeyAdded, [("role", role), log.Vkey(colliding)])));
            report = await log.VerifyAsync(log.Remembering);
            Sight.Only(report, log.BehindTheEnd(15, version));
            Assert.Contains("with the ID of another", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
        }
    }

    // A vkey text may claim any id. Whoever pastes such a one as a trusted key is told, before anything is verified.
    [Theory, OnEveryStore]
    public async Task A_key_that_claims_anothers_id(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var claimed = log.Thief.Named(log.Origin).ToString().Replace(Id(log.Thief), Id(log.Seal), StringComparison.Ordinal);
        Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => VerifierKey.Parse(claimed)).ErrorId);
        using var forge = log.ForgeAtEnd();
        var version = await log.PutAsync(forge.Segment(log.Seal, forge.Admin(log.Admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", claimed)])));
        Sight.Only(await log.VerifyAsync(log.Remembering), log.BehindTheEnd(14, version));

        string Id(TestKey key) => "+" + key.Named(log.Origin).KeyId.ToString("x8", System.Globalization.CultureInfo.InvariantCulture) + "+";
    }

    private static async Task FoundAsync(AttackedLog log, ForgedSegment forged, string why, long first = 6)
    {
        var version = await log.ReplaceAsync(forged);
        var report = await log.VerifyAsync();
        Sight.Only(report, Sight.Failure(FindingKind.SegmentInvalid, first, SegmentName.Format(first), version));
        Assert.Contains(why, report.Findings[0].Message, StringComparison.Ordinal);
    }
}
