using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

public class VerifierKeyTests
{
    private static readonly byte[] Spki = Convert.FromBase64String(FixedNote.Spki);

    [Fact]
    public void The_key_id_is_of_the_public_key_alone_and_the_vkey_has_the_type_before_it()
    {
        var key = VerifierKey.Create(FixedNote.Name, Spki);
        Assert.Equal(FixedNote.KeyId, key.KeyId);
        Assert.Equal(FixedNote.Vkey, key.ToString());
        Assert.Equal(key, VerifierKey.Parse(FixedNote.Vkey));
        Assert.Equal(FixedNote.Name, key.Name);
        Assert.Equal(Spki, key.PublicKey.ToArray());
        // ECDSA's is the exception: the name isn't part of it.
        Assert.Equal(FixedNote.KeyId, VerifierKey.Create("another", Spki).KeyId);
        Assert.NotEqual(key, VerifierKey.Create("another", Spki));
    }

    [Fact]
    public void A_base64_with_plus_signs_reads_back()
    {
        for (var i = 0; i < 20; i++)
        {
            using var key = new TestKey();
            var vkey = key.Named("name").ToString();
            Assert.Equal(vkey, VerifierKey.Parse(vkey).ToString());
        }
    }

    [Fact]
    public void Every_altered_character_of_a_vkey_is_refused_but_for_its_name()
    {
        var start = FixedNote.Name.Length;
        for (var i = start; i < FixedNote.Vkey.Length; i++)
        {
            foreach (var c in "aA0+/= ~\n")
            {
                if (FixedNote.Vkey[i] != c)
                    Assert.Null(VerifierKey.TryParse(FixedNote.Vkey[..i] + c + FixedNote.Vkey[(i + 1)..]));
            }

            Assert.Null(VerifierKey.TryParse(FixedNote.Vkey[..i]));
        }
    }

    [Fact]
    public void Other_spellings_and_types_are_refused()
    {
        var hex = "+ddee4688+";
        Assert.Null(VerifierKey.TryParse(FixedNote.Vkey.Replace(hex, "+DDEE4688+", StringComparison.Ordinal)));
        Assert.Null(VerifierKey.TryParse(FixedNote.Vkey.Replace(hex, "+0ddee4688+", StringComparison.Ordinal)));
        Assert.Null(VerifierKey.TryParse(FixedNote.Vkey.Replace(hex, "+00000000+", StringComparison.Ordinal)));
        Assert.Null(VerifierKey.TryParse(FixedNote.Vkey + "\n"));
        Assert.Null(VerifierKey.TryParse(" " + FixedNote.Vkey));
        Assert.Null(VerifierKey.TryParse("+ddee4688+" + FixedNote.Vkey.Split('+', 3)[2]));
        foreach (byte type in new byte[] { 0, 1, 4, 6 })
            Assert.Null(VerifierKey.TryParse(FixedNote.Name + hex + Convert.ToBase64String([type, .. Spki])));
        Assert.Null(VerifierKey.TryParse(FixedNote.Name + hex + Convert.ToBase64String([2, .. Spki, 0])));
        Assert.Null(VerifierKey.TryParse(FixedNote.Name + hex + "Ag=="));
        Assert.Null(VerifierKey.TryParse(""));
        Assert.Null(VerifierKey.TryParse("++"));
    }

    [Theory]
    [InlineData(FixedNote.SpkiExplicitCurve)]
    [InlineData(FixedNote.SpkiCompressed)]
    [InlineData(FixedNote.SpkiSecp256k1)]
    [InlineData("")]
    [InlineData("AAAA")]
    public void Keys_of_other_curves_or_in_other_spellings_are_refused(string spki)
    {
        var bytes = Convert.FromBase64String(spki);
        var text = $"name+{VerifierKey.KeyIdOf(bytes):x8}+{Convert.ToBase64String([2, .. bytes])}";
        Assert.Null(VerifierKey.TryParse(text));
        Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => VerifierKey.Parse(text)).ErrorId);
        Assert.Equal(AuditErrors.KeyInvalid, Assert.Throws<AuditException>(() => VerifierKey.Create("name", bytes)).ErrorId);
    }

    [Fact]
    public void A_point_off_the_curve_is_refused()
    {
        var off = (byte[])Spki.Clone();
        off[^1] ^= 1;
        Assert.Equal(AuditErrors.KeyInvalid, Assert.Throws<AuditException>(() => VerifierKey.Create("name", off)).ErrorId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a+b")]
    [InlineData("a\tb")]
    [InlineData("a\u0085b")]
    [InlineData("a\u007Fb")]
    public void A_name_that_notes_cannot_hold_is_refused(string name) =>
        Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => VerifierKey.Create(name, Spki)).ErrorId);
}
