using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

public class SignedNoteTests
{
    private static readonly byte[] Good = Convert.FromBase64String(FixedNote.LowS);

    [Fact]
    public void A_note_that_openssl_signed_verifies()
    {
        var note = SignedNote.TryParse(FixedNote.Note);
        Assert.NotNull(note);
        Assert.Equal(FixedNote.Text, note.Text);
        var signature = Assert.Single(note.Signatures);
        Assert.Equal(FixedNote.Name, signature.Name);
        Assert.Equal(FixedNote.KeyId, signature.KeyId);
        Assert.Equal(Good, signature.Signature.ToArray());
        var key = VerifierKey.Parse(FixedNote.Vkey);
        Assert.Equal([key], note.VerifiedBy([key]));
    }

    [Fact]
    public void What_we_sign_is_the_specifications_form()
    {
        using var key = TestKey.OfPem(FixedNote.Pem);
        var note = key.Note(FixedNote.Text, FixedNote.Name);
        Assert.StartsWith(FixedNote.Text + "\n\u2014 " + FixedNote.Name + " 3e5GiD", note, StringComparison.Ordinal);
        Assert.EndsWith("\n", note, StringComparison.Ordinal);
        Assert.Single(SignedNote.TryParse(note)!.VerifiedBy([VerifierKey.Parse(FixedNote.Vkey)]));
    }

    [Fact]
    public void Every_altered_character_of_the_text_spoils_it()
    {
        var key = VerifierKey.Parse(FixedNote.Vkey);
        for (var i = 0; i < FixedNote.Text.Length; i++)
        {
            var altered = FixedNote.Note[..i] + (FixedNote.Note[i] == '\n' ? ' ' : (char)(FixedNote.Note[i] ^ 1)) + FixedNote.Note[(i + 1)..];
            Assert.Empty(SignedNote.TryParse(altered)?.VerifiedBy([key]) ?? []);
        }
    }

    [Fact]
    public void Unknown_signatures_are_ignored_and_a_bad_known_one_spoils_the_note()
    {
        using var other = new TestKey();
        var key = VerifierKey.Parse(FixedNote.Vkey);
        var otherKey = other.Named(FixedNote.Name);
        var otherLine = other.Note(FixedNote.Text, FixedNote.Name)[(FixedNote.Text.Length + 1)..];
        byte[] bad = [.. Good[..^1], (byte)(Good[^1] ^ 1)];

        // An unknown key's line, good or bad, before or behind.
        Assert.Equal([key], Verified(FixedNote.Text + "\n" + otherLine + FixedNote.SignatureLine, key));
        Assert.Equal([key], Verified(FixedNote.Text + "\n" + FixedNote.SignatureLine + FixedNote.Line(bad, keyId: 1), key));
        Assert.Equal([key], Verified(FixedNote.Text + "\n" + FixedNote.Line(bad, name: "another") + FixedNote.SignatureLine, key));
        // Only unknown ones.
        Assert.Empty(Verified(FixedNote.Text + "\n" + otherLine, key));
        // Both known: both are told, in the note's order.
        Assert.Equal([otherKey, key], Verified(FixedNote.Text + "\n" + otherLine + FixedNote.SignatureLine, key, otherKey));
        // A known key's bad signature, alone, before its good one, behind it, and beside another's good one.
        Assert.Empty(Verified(FixedNote.Text + "\n" + FixedNote.Line(bad), key));
        Assert.Empty(Verified(FixedNote.Text + "\n" + FixedNote.Line(bad) + FixedNote.SignatureLine, key));
        Assert.Empty(Verified(FixedNote.Text + "\n" + FixedNote.SignatureLine + FixedNote.Line(bad), key));
        Assert.Empty(Verified(FixedNote.Text + "\n" + otherLine + FixedNote.Line(bad), key, otherKey));
    }

    [Fact]
    public void A_verifier_takes_at_least_sixteen_signatures()
    {
        var lines = string.Concat(Enumerable.Range(0, 15).Select(i => FixedNote.Line([1, 2, 3], "unknown" + i)));
        var key = VerifierKey.Parse(FixedNote.Vkey);
        Assert.Equal([key], Verified(FixedNote.Text + "\n" + lines + FixedNote.SignatureLine, key));
        Assert.Null(SignedNote.TryParse(FixedNote.Text + "\n" + string.Concat(Enumerable.Repeat(FixedNote.SignatureLine, 100_000))));
    }

    [Fact]
    public void Text_and_signatures_part_at_the_last_empty_line()
    {
        using var key = new TestKey();
        var text = "first paragraph\n\nsecond\n\n\u2014 looks like a signature AAAAAAAA\n";
        var note = SignedNote.TryParse(key.Note(text, "name"));
        Assert.NotNull(note);
        Assert.Equal(text, note.Text);
        Assert.Single(note.VerifiedBy([key.Named("name")]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\n\n")]
    [InlineData("\n\n\n")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n\n")]
    [InlineData("text\n\n\n\n")]
    [InlineData("text\n\nno dash AAAAAAAA\n")]
    [InlineData("text\n\n- name AAAAAAAA\n")] // hyphen
    [InlineData("text\n\n\u2013 name AAAAAAAA\n")] // en dash
    [InlineData("text\n\n\u2014name AAAAAAAA\n")]
    [InlineData("text\n\n\u2014 name\n")]
    [InlineData("text\n\n\u2014 name \n")]
    [InlineData("text\n\n\u2014  AAAAAAAA\n")]
    [InlineData("text\n\n\u2014 name AAAAAAAA")] // no line feed
    [InlineData("text\n\n\u2014 name AAAAAAAA \n")]
    [InlineData("text\n\n\u2014 name  AAAAAAAA\n")]
    [InlineData("text\n\n\u2014 na me AAAAAAAA\n")]
    [InlineData("text\n\n\u2014 na+me AAAAAAAA\n")]
    [InlineData("text\n\n\u2014 na\u00A0me AAAAAAAA\n")] // a Unicode space
    [InlineData("text\n\n\u2014 na\u2003me AAAAAAAA\n")]
    [InlineData("text\n\n\u2014 name AAAAAA\n")] // not padded
    [InlineData("text\n\n\u2014 name AAAAAA==\n")] // a key ID and nothing
    [InlineData("text\n\n\u2014 name AAAAAAB=\n")] // unused bits
    [InlineData("text\n\n\u2014 name AAAA AAAA\n")]
    [InlineData("text\n\n\u2014 name AAAA\tAAAA\n")]
    [InlineData("text\n\n\u2014 name AAAA_-AA\n")] // the other alphabet
    [InlineData("te\rxt\n\n\u2014 name AAAAAAAA\n")]
    [InlineData("te\txt\n\n\u2014 name AAAAAAAA\n")]
    [InlineData("te\0xt\n\n\u2014 name AAAAAAAA\n")]
    [InlineData("text\r\n\r\n\u2014 name AAAAAAAA\r\n")]
    [InlineData("text\n\n\u2014 name AAAAAAAA\nmore\n")]
    [InlineData("text\n\n\u2014 name AAAAAAAA\n\n")]
    public void What_is_not_a_note_is_refused(string text) => Assert.Null(SignedNote.TryParse(text));

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        // Not theory data: test runners replace what isn't well-formed.
        Assert.Null(SignedNote.TryParse("te\ud800xt\n\n\u2014 name AAAAAAAA\n"));
        Assert.Null(SignedNote.TryParse("text\n\n\u2014 na\udc00me AAAAAAAA\n"));
        Assert.False(SignedNote.IsKeyName("a\ud800"));
    }

    [Fact]
    public void The_least_note_is_one()
    {
        var note = SignedNote.TryParse("text\n\n\u2014 name AAAAAAA=\n");
        Assert.NotNull(note);
        Assert.Equal("text\n", note.Text);
        Assert.Equal([0], note.Signatures[0].Signature.ToArray());
    }

    [Theory]
    [InlineData("text", "name")]
    [InlineData("text\n", "")]
    [InlineData("text\n", "a b")]
    [InlineData("text\n", "a+b")]
    [InlineData("text\n", "a\nb")]
    public async Task What_would_be_no_note_is_not_signed(string text, string name)
    {
        using var key = new TestKey();
        var e = await Assert.ThrowsAsync<AuditException>(async () => await SignedNote.SignAsync(text, name, key, default));
        Assert.Equal(AuditErrors.FormatInvalid, e.ErrorId);
    }

    private static IReadOnlyList<VerifierKey> Verified(string note, params VerifierKey[] known) => SignedNote.TryParse(note)!.VerifiedBy(known);
}
