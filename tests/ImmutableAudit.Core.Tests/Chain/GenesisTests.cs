using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests;

public sealed class GenesisTests : IDisposable
{
    private const string Origin = FixedNote.Name;
    private const string Keys = "\"keys\":[{\"role\":\"seal\",\"vkey\":\"" + FixedNote.Vkey + "\"}]";
    private const string Least = "{\"format\":1,\"origin\":\"" + Origin + "\"," + Keys + ",\"tolerance\":300}";
    private readonly TestKey _key = TestKey.OfPem(FixedNote.Pem);

    [Fact]
    public void A_genesis_reads_back()
    {
        using var other = new TestKey();
        var genesis = new Genesis(Origin, [new GenesisKey(KeyRole.Seal | KeyRole.Admin, _key.Named(Origin)), new GenesisKey(KeyRole.Admin, other.Named(Origin))], new PromisedRetention(RetentionMode.Compliance, 2557), 5, 3600);
        var read = Genesis.TryParse(genesis.ToJson());
        Assert.NotNull(read);
        Assert.Equal(genesis.Keys, read.Keys);
        Assert.Equal((genesis.Origin, genesis.Retention, 5, 3600), (read.Origin, read.Retention, read.ToleranceSeconds, read.HeartbeatSeconds));
        Assert.Null(new RecordScanner().ScanData(genesis.ToJson()));
    }

    [Fact]
    public void The_designs_example_is_one()
    {
        var text = "{\"format\":1,\"origin\":\"" + Origin + "\"," + Keys.Replace("]", ",{\"role\":\"admin\",\"vkey\":\"" + FixedNote.Vkey + "\"}]", StringComparison.Ordinal)
            + ",\"retention\":{\"mode\":\"Compliance\",\"days\":2557},\"tolerance\":300,\"heartbeat\":3600}";
        var genesis = Genesis.TryParse(Encoding.UTF8.GetBytes(text));
        Assert.NotNull(genesis);
        Assert.Equal(KeyRole.Seal | KeyRole.Admin, Assert.Single(genesis.Keys).Role);
        Assert.Equal(text, Encoding.UTF8.GetString(genesis.ToJson()));
        Assert.NotNull(Genesis.TryParse(Encoding.UTF8.GetBytes(Least)));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("{\"keys\":[]}")]
    public void What_is_not_a_genesis_is_refused(string text) => Assert.Null(Genesis.TryParse(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("\"format\":1", "\"format\":2")]
    [InlineData("\"format\":1", "\"format\":\"1\"")]
    [InlineData("\"format\":1", "\"format\":1.0")]
    [InlineData("\"format\":1", "\"format\":1e0")]
    [InlineData("\"format\":1,", "")]
    [InlineData("\"format\":1", "\"format\":null")]
    [InlineData("\"origin\":\"" + Origin + "\",", "")]
    [InlineData("\"origin\":\"test/", "\"origin\":\"text/")] // not the keys' name
    [InlineData("\"origin\":\"" + Origin, "\"origin\":\"")]
    [InlineData("\"tolerance\":300", "\"tolerance\":4")]
    [InlineData("\"tolerance\":300", "\"tolerance\":86401")]
    [InlineData("\"tolerance\":300", "\"tolerance\":-300")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300.0")]
    [InlineData("\"tolerance\":300", "\"tolerance\":99999999999")]
    [InlineData(",\"tolerance\":300", "")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"heartbeat\":0")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"heartbeat\":-1")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"heartbeat\":null")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"more\":1")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"retention\":null")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"retention\":{}")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"retention\":{\"mode\":\"Compliance\"}")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"retention\":{\"mode\":\"compliance\",\"days\":1}")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"retention\":{\"mode\":\"0\",\"days\":1}")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"retention\":{\"mode\":\"Compliance\",\"days\":0}")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"retention\":{\"mode\":\"Compliance\",\"days\":36526}")]
    [InlineData("\"tolerance\":300", "\"tolerance\":300,\"retention\":{\"mode\":\"Compliance\",\"days\":1,\"x\":1}")]
    [InlineData(Keys, "\"keys\":[]")]
    [InlineData(Keys, "\"keys\":{}")]
    [InlineData(Keys, "\"keys\":[1]")]
    [InlineData("\"role\":\"seal\"", "\"role\":\"admin\"")] // nobody may seal
    [InlineData("\"role\":\"seal\"", "\"role\":\"Seal\"")]
    [InlineData("\"role\":\"seal\"", "\"role\":null")]
    [InlineData("\"role\":\"seal\"", "\"role\":\"seal\",\"x\":1")]
    [InlineData("\"role\":\"seal\",", "")]
    [InlineData("ddee4688", "ddee4689")]
    public void A_wrong_member_makes_it_none(string part, string by)
    {
        Assert.Contains(part, Least, StringComparison.Ordinal);
        Assert.Null(Genesis.TryParse(Encoding.UTF8.GetBytes(Least.Replace(part, by, StringComparison.Ordinal))));
    }

    [Fact]
    public void Record_0_without_a_genesis_begins_no_log()
    {
        // Whoever may write can put this there, and it must be told, not thrown.
        using var parser = new SegmentParser();
        foreach (var record in new ForgedRecord[]
        {
            new(), new(LogFormat.LogCreated), new(LogFormat.LogCreated, "null"), new(LogFormat.LogCreated, "{}"),
            new("immutableaudit:logcreated", Least), new(AdminRecord.KeyAdded, "{}"), new(LogFormat.LogCreated, Least.Replace("300", "1", StringComparison.Ordinal)),
        })
        {
            using var forge = new SegmentForge(Origin);
            var segment = parser.Parse(forge.Segment(_key, record, new()).Stored, 0, SegmentParts.None, out _);
            Assert.NotNull(segment);
            Assert.Null(ChainState.Empty.Accept(segment, out var defect));
            Assert.Equal((DefectKind.Admin, 0), (defect!.Kind, defect.Sequence));
        }
    }

    [Fact]
    public void Position_0_is_sealed_by_a_key_that_its_genesis_lets_seal()
    {
        using var parser = new SegmentParser();
        using var admin = new TestKey();
        using var stranger = new TestKey();
        var data = Encoding.UTF8.GetString(new Genesis(Origin, [new GenesisKey(KeyRole.Seal, _key.Named(Origin)), new GenesisKey(KeyRole.Admin, admin.Named(Origin))], null, 300, null).ToJson());
        foreach (var (key, good) in new[] { (_key, true), (admin, false), (stranger, false) })
        {
            using var forge = new SegmentForge(Origin);
            var segment = parser.Parse(forge.Segment(key, new ForgedRecord(LogFormat.LogCreated, data)).Stored, 0, SegmentParts.None, out _);
            Assert.Equal(good, ChainState.Empty.Accept(segment!, out var defect) is not null);
            Assert.Equal(good ? null : DefectKind.Signature, defect?.Kind);
        }

        // A genesis of one origin under a seal of another.
        using var other = new SegmentForge(SegmentForge.NewOrigin());
        Assert.Null(ChainState.Empty.Accept(parser.Parse(other.Segment(_key, new ForgedRecord(LogFormat.LogCreated, data)).Stored, 0, SegmentParts.None, out _)!, out var misfit));
        Assert.Equal(DefectKind.Signature, misfit!.Kind);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("acme/prod")]
    [InlineData("A.b_c-9")]
    public void Names_that_can_begin_an_origin(string name)
    {
        var origin = Genesis.NewOrigin(name);
        Assert.Matches("^" + System.Text.RegularExpressions.Regex.Escape(name) + "/[0-9a-f]{32}$", origin);
        Assert.NotEqual(origin, Genesis.NewOrigin(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a b")]
    [InlineData("a+b")]
    [InlineData("é")]
    [InlineData("a\"b")]
    [InlineData("a\nb")]
    public void Names_that_cannot(string name) =>
        Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => Genesis.NewOrigin(name)).ErrorId);

    public void Dispose() => _key.Dispose();
}
