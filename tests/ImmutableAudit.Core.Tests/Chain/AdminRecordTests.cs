using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Core.Tests;

/// <summary>Which records about the log itself are allowed, and from when they count.</summary>
public sealed class AdminRecordTests : IDisposable
{
    private static readonly string Since = LogTime.ToText(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks);
    private readonly TestKey _seal = new(), _admin = new(), _other = new(), _third = new();
    private readonly SegmentParser _parser = new();
    private readonly SegmentForge _forge = new(SegmentForge.NewOrigin());
    private ChainState _state = ChainState.Empty;

    public AdminRecordTests() => Accepted(_forge.Create(_seal, (KeyRole.Admin, _admin)));

    [Fact]
    public void An_added_key_seals_from_the_next_segment_on()
    {
        Refused("doesn't know", _forge.Copy().Segment(_other, new ForgedRecord()));
        // Not yet the segment that says so.
        Refused("doesn't know", _forge.Copy().Segment(_other, Added("seal", _other)));
        Accepted(_forge.Segment(_seal, new(), Added("seal", _other), new()));
        Assert.Equal(2, _state.KeysAt);
        Accepted(_forge.Segment(_other, new ForgedRecord()));
        Accepted(_forge.Segment(_seal, new ForgedRecord()));
        // It may seal and nothing else.
        Refused("isn't signed", _forge.Copy().Segment(_other, _forge.Admin(_other, AdminRecord.LogClosed, [])));
    }

    [Fact]
    public void A_retired_key_seals_up_to_the_segment_that_says_so()
    {
        Accepted(_forge.Segment(_seal, Added("seal", _other)));
        Accepted(_forge.Segment(_seal, new(), Retired(_seal), new()));
        Refused("record 3 took out of force", _forge.Copy().Segment(_seal, new ForgedRecord()));
        Accepted(_forge.Segment(_other, new ForgedRecord()));
        // Neither again nor back into force.
        Refused("names a key", _forge.Copy().Segment(_other, Retired(_seal)));
        Refused("names a key", _forge.Copy().Segment(_other, Added("seal", _seal)));
    }

    [Fact]
    public void A_compromised_key_is_out_of_force_and_can_be_told_of_after_it_was_retired()
    {
        Accepted(_forge.Segment(_seal, Added("seal", _other)));
        Accepted(_forge.Segment(_seal, Admin(AdminRecord.KeyCompromised, ("vkey", Vkey(_seal)), ("since", Since))));
        Refused("took out of force", _forge.Copy().Segment(_seal, new ForgedRecord()));
        Assert.Equal(LogTime.TryParse(System.Text.Encoding.ASCII.GetBytes(Since), out var ticks) ? ticks : -1, _state.Keys!.Find(_seal.Named(_forge.Origin).KeyId)!.CompromisedSince);
        Accepted(_forge.Segment(_other, Added("seal", _third)));
        Accepted(_forge.Segment(_other, Retired(_other)));
        Accepted(_forge.Segment(_third, Admin(AdminRecord.KeyCompromised, ("vkey", Vkey(_other)), ("since", Since))));
    }

    [Fact]
    public void An_admin_key_that_is_added_or_retired_counts_from_the_next_segment()
    {
        var added = Added("admin", _other);
        Refused("isn't signed", _forge.Copy().Segment(_seal, added, _forge.Admin(_other, AdminRecord.LogClosed, [], place: 1)));
        Accepted(_forge.Segment(_seal, added));
        Refused("which may not seal", _forge.Copy().Segment(_other, new ForgedRecord()));
        // The first admin key is retired, and may still sign beside its own retirement, never behind it.
        Accepted(_forge.Segment(_seal, Retired(_admin), _forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_third))], place: 2)));
        Assert.Equal(3, _state.KeysAt);
        Refused("isn't signed", _forge.Copy().Segment(_seal, _forge.Admin(_admin, AdminRecord.LogClosed, [])));
        Accepted(_forge.Segment(_seal, _forge.Admin(_other, AdminRecord.LogClosed, [])));
    }

    [Fact]
    public void One_key_may_get_its_second_role_and_no_role_twice()
    {
        Refused("names a key", _forge.Copy().Segment(_seal, Added("seal", _seal)));
        Accepted(_forge.Segment(_seal, Added("admin", _seal)));
        Accepted(_forge.Segment(_seal, _forge.Admin(_seal, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_other))])));
        Refused("names a key", _forge.Copy().Segment(_seal, Added("admin", _seal)));
    }

    [Fact]
    public void Nothing_follows_a_closed_log()
    {
        var closed = Admin(AdminRecord.LogClosed);
        Refused("follows LogClosed", _forge.Copy().Segment(_seal, closed, new()));
        Refused("follows LogClosed", _forge.Copy().Segment(_seal, closed, closed));
        Accepted(_forge.Segment(_seal, new(), closed));
        Assert.True(_state.IsClosed);
        Refused("was closed", _forge.Copy().Segment(_seal, new ForgedRecord()));
    }

    [Fact]
    public void What_is_not_signed_for_this_very_place_is_refused()
    {
        (string, string)[] arguments = [("role", "seal"), ("vkey", Vkey(_other))];
        var good = Admin(AdminRecord.KeyAdded, arguments);
        Assert.NotNull(Try(_forge.Copy().Segment(_seal, good)));
        Refused("isn't signed", One(_forge.Admin(_seal, AdminRecord.KeyAdded, arguments))); // by a key that only seals
        Refused("isn't signed", One(_forge.Admin(_other, AdminRecord.KeyAdded, arguments))); // by the very key
        Refused("isn't signed", One(_forge.Admin(_admin, AdminRecord.KeyAdded, arguments, place: 1)));
        Refused("isn't signed", One(_forge.Admin(_admin, AdminRecord.KeyAdded, arguments, place: -1)));
        Refused("isn't signed", One(_forge.Admin(_admin, AdminRecord.KeyAdded, arguments, origin: SegmentForge.NewOrigin()))); // another log's
        Refused("its data is wrong", One(SegmentForge.AdminWithNote(AdminRecord.KeyAdded, arguments, null)));
        Refused("isn't signed", One(SegmentForge.AdminWithNote(AdminRecord.KeyAdded, arguments, "not a note\n")));
        Refused("isn't signed", One(SegmentForge.AdminWithNote(AdminRecord.KeyAdded, arguments, "text\n\n")));

        // Arguments that aren't the signed ones; an action that isn't.
        var note = _admin.Note(AdminRecord.NoteText(_forge.Origin, AdminRecord.KeyAdded, 0, "seal", Vkey(_other)), _forge.Origin);
        Refused("isn't signed", One(SegmentForge.AdminWithNote(AdminRecord.KeyAdded, [("role", "admin"), ("vkey", Vkey(_other))], note)));
        Refused("isn't signed", One(SegmentForge.AdminWithNote(AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_third))], note)));
        Refused("isn't signed", One(SegmentForge.AdminWithNote(AdminRecord.KeyRetired, [("vkey", Vkey(_other))], note)));

        // A note with two signatures, and a checkpoint in a note's place.
        var two = note + _seal.Note(AdminRecord.NoteText(_forge.Origin, AdminRecord.KeyAdded, 0, "seal", Vkey(_other)), _forge.Origin).Split('\n')[^2] + "\n";
        Refused("isn't signed", One(SegmentForge.AdminWithNote(AdminRecord.KeyAdded, arguments, two)));
        Refused("isn't signed", One(SegmentForge.AdminWithNote(AdminRecord.LogClosed, [], _state.Note)));

        // What was used once doesn't do again behind it.
        Accepted(_forge.Segment(_seal, good));
        Accepted(_forge.Segment(_seal, Retired(_other)));
        Refused("isn't signed", One(good));
    }

    [Theory]
    [InlineData(AdminRecord.KeyAdded)]
    [InlineData(AdminRecord.KeyRetired)]
    [InlineData(AdminRecord.KeyCompromised)]
    [InlineData(AdminRecord.Pruned)]
    [InlineData(AdminRecord.LogMoved)]
    public void Arguments_that_are_missing_foreign_or_misspelt_are_refused(string action)
    {
        (string Name, string Value)[] good = action switch
        {
            AdminRecord.KeyAdded => [("role", "seal"), ("vkey", Vkey(_other))],
            AdminRecord.KeyRetired => [("vkey", Vkey(_seal))],
            AdminRecord.KeyCompromised => [("vkey", Vkey(_seal)), ("since", Since)],
            AdminRecord.Pruned => [("before", "16384")],
            _ => [("from", "s3://elsewhere"), ("size", "5"), ("root", RecordLines.Hash)],
        };
        Assert.NotNull(Try(One(Admin(action, good))));
        for (var i = 0; i < good.Length; i++)
        {
            Refused("its data is wrong", One(Admin(action, [.. good[..i], .. good[(i + 1)..]])));
            Refused("its data is wrong", One(Admin(action, [.. good[..i], (good[i].Name + "x", good[i].Value), .. good[(i + 1)..]])));
            if (good[i].Name == "from")
                continue; // Any text.
            foreach (var wrong in new[] { "", "x", good[i].Value + " ", " " + good[i].Value, good[i].Value.ToUpperInvariant() + "X", "-1", "05" })
                Refused("its data is wrong", One(Admin(action, [.. good[..i], (good[i].Name, wrong), .. good[(i + 1)..]])));
        }

        Refused("its data is wrong", One(Admin(action, [.. good, ("more", "1")])));
        foreach (var data in new[] { null, "null", "{}", "{\"note\":1}", "{\"note\":null}", "{\"vkey\":{}}", "{\"before\":1,\"note\":\"no line feed\"}" })
            Refused("its data is wrong", One(new ForgedRecord(action, data)));
    }

    [Theory]
    [InlineData(LogFormat.LogCreated)]
    [InlineData("immutableaudit:")]
    [InlineData("immutableaudit:Unknown")]
    [InlineData("immutableaudit:keyadded")]
    [InlineData("IMMUTABLEAUDIT:KeyAdded")]
    [InlineData("immutableaudit:KeyAdded ")]
    public void Reserved_actions_that_the_format_does_not_know_are_refused(string action)
    {
        (string, string)[] arguments = [("role", "seal"), ("vkey", Vkey(_other))];
        Refused("isn't a record of the log's own", One(Admin(action, arguments)));
        var genesis = new Genesis(_forge.Origin, [new GenesisKey(KeyRole.Seal, _seal.Named(_forge.Origin))], null, 300, null);
        Refused("isn't a record of the log's own", One(new ForgedRecord(action, System.Text.Encoding.UTF8.GetString(genesis.ToJson()))));
        Refused("isn't a record of the log's own", One(new ForgedRecord(action)));
    }

    [Fact]
    public void A_key_that_shares_the_id_of_an_earlier_one_is_refused()
    {
        // Found by trying 112,152 of them: 32 bits aren't many.
        using var one = TestKey.OfScalar(111_185);
        using var two = TestKey.OfScalar(112_152);
        Assert.NotEqual(one.PublicKey.ToArray(), two.PublicKey.ToArray());
        Assert.Equal(0xccb2db67, one.Named("x").KeyId);
        Assert.Equal(0xccb2db67, two.Named("x").KeyId);
        Accepted(_forge.Segment(_seal, Added("seal", one)));
        Refused("names a key", One(Added("seal", two)));
        Refused("names a key", One(Added("admin", two)));
        Refused("names a key", One(Retired(two)));
        Accepted(_forge.Segment(_seal, Retired(one)));
        Refused("names a key", One(Added("seal", two)));

        // Nor may both be in one segment, or one genesis.
        using var fresh = new SegmentForge(_forge.Origin);
        Assert.Null(ChainState.Empty.Accept(Parsed(fresh.Create(_seal, (KeyRole.Admin, one), (KeyRole.Seal, two))), out var defect));
        Assert.Equal(DefectKind.Admin, defect!.Kind);
    }

    [Fact]
    public void Every_keys_name_is_the_origin()
    {
        var elsewhere = SegmentForge.NewOrigin();
        foreach (var role in new[] { "seal", "admin" })
            Refused("names a key", One(Admin(AdminRecord.KeyAdded, ("role", role), ("vkey", _other.Named(elsewhere).ToString()))));
        Refused("names a key", One(Admin(AdminRecord.KeyRetired, ("vkey", _seal.Named(elsewhere).ToString()))));
        Refused("names a key", One(Admin(AdminRecord.KeyCompromised, ("vkey", _seal.Named(elsewhere).ToString()), ("since", Since))));
    }

    [Fact]
    public void Several_key_records_in_one_segment_name_each_other_in_turn()
    {
        var before = _forge.Copy();
        Accepted(_forge.Segment(_seal, Added("seal", _other), _forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_third))], place: 1), new()));
        Assert.Equal(2, _state.KeysAt);
        Accepted(_forge.Segment(_third, new ForgedRecord()));

        // Both signed for the same place: the second doesn't stand where it was signed for.
        var state = _state;
        _state = ChainState.Empty;
        Assert.Null(Try(before.Segment(_seal, Added("seal", _other), Added("seal", _third))));
        _state = state;
    }

    [Fact]
    public void A_first_record_names_the_newest_key_record()
    {
        Accepted(_forge.Segment(_seal, new(), Added("seal", _other)));
        foreach (var wrong in new long[] { 0, 1, 3 })
        {
            var forge = _forge.Copy();
            forge.KeysAt = wrong;
            Refused("newest key record", forge.Segment(_seal, new ForgedRecord()));
        }

        Accepted(_forge.Segment(_seal, new ForgedRecord()));
    }

    public void Dispose()
    {
        foreach (var key in new[] { _seal, _admin, _other, _third })
            key.Dispose();
        _parser.Dispose();
        _forge.Dispose();
    }

    private string Vkey(TestKey key) => key.Named(_forge.Origin).ToString();

    private ForgedRecord Admin(string action, params (string, string)[] arguments) => _forge.Admin(_admin, action, arguments);

    private ForgedRecord Added(string role, TestKey key) => Admin(AdminRecord.KeyAdded, ("role", role), ("vkey", Vkey(key)));

    private ForgedRecord Retired(TestKey key) => Admin(AdminRecord.KeyRetired, ("vkey", Vkey(key)));

    private ForgedSegment One(ForgedRecord record) => _forge.Copy().Segment(_seal, record);

    private ParsedSegment Parsed(ForgedSegment segment)
    {
        var parsed = _parser.Parse(segment.Stored, segment.First, SegmentParts.None, out var defect);
        Assert.True(parsed is not null, defect?.Message);
        return parsed;
    }

    private ChainState? Try(ForgedSegment segment) => _state.Accept(Parsed(segment), out _);

    private void Accepted(ForgedSegment segment)
    {
        var next = _state.Accept(Parsed(segment), out var defect);
        Assert.True(next is not null, defect?.Message);
        _state = next;
    }

    private void Refused(string why, ForgedSegment segment)
    {
        Assert.Null(_state.Accept(Parsed(segment), out var defect));
        Assert.Contains(why, defect!.Message, StringComparison.Ordinal);
    }
}
