using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;

namespace ImmutableAudit.Timestamps;

/// <summary>
/// A question to a timestamping authority (RFC 3161, 2.4.1), and the reading of its answer (2.4.2): is it a token, over what
/// was asked, for this very question. It asks for the authority's certificate, without which a token can't be checked later.
/// </summary>
internal sealed class TimestampQuery
{
    private readonly byte[] _hash;
    private readonly Rfc3161TimestampRequest _request;

    /// <summary>Asks for a hash.</summary>
    /// <param name="hash">SHA-256 over what is to be stamped.</param>
    /// <param name="policy">The authority's policy, in dots; null for its default.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>: the policy isn't an object identifier.</exception>
    public TimestampQuery(byte[] hash, string? policy)
    {
        _hash = hash;
        try
        {
            // Eight bytes: some authorities take no more.
            _request = Rfc3161TimestampRequest.CreateFromHash(
                hash, HashAlgorithmName.SHA256, policy is null ? null : new Oid(policy, null), RandomNumberGenerator.GetBytes(8), requestSignerCertificates: true);
        }
        catch (Exception e) when (policy is not null && TimestampToken.IsOfTheBytes(e))
        {
            throw new AuditException(AuditErrors.FormatInvalid, $"'{policy}' isn't an object identifier, for example 1.3.6.1.4.1.4146.2.3.", policy, e);
        }
    }

    /// <summary>The question as it is sent.</summary>
    public byte[] Encode() => _request.Encode();

    /// <summary>The token in an answer.</summary>
    /// <param name="answer">What the authority sent.</param>
    /// <param name="tsa">The authority's address, for messages.</param>
    /// <exception cref="AuditException"><c>TimestampRefused</c>: it says no. <c>TimestampInvalid</c>: what it sent isn't a sound answer to this question.</exception>
    public TimestampToken Read(ReadOnlyMemory<byte> answer, string tsa)
    {
        ReadOnlyMemory<byte> encoded;
        try
        {
            encoded = TokenOf(answer, tsa);
        }
        catch (Exception e) when (TimestampToken.IsOfTheBytes(e))
        {
            throw Invalid(tsa, "it isn't an answer of RFC 3161", e);
        }

        var token = TimestampToken.TryRead(encoded) ?? throw Invalid(tsa, "what it holds isn't a timestamp token by a certificate that may issue one", null);
        if (token.Defect(_hash) is { } defect)
            throw Invalid(tsa, defect, null);
        if (token.Nonce is not { } nonce || !nonce.Span.SequenceEqual(_request.GetNonce()!.Value.Span))
            throw Invalid(tsa, "it isn't for this question (another nonce): it may be an old one, played again", null);
        if (_request.RequestedPolicyId is { } policy && policy.Value != token.Policy)
            throw Invalid(tsa, $"it is issued under the policy {token.Policy}, not {policy.Value}", null);
        return token;
    }

    private static ReadOnlyMemory<byte> TokenOf(ReadOnlyMemory<byte> answer, string tsa)
    {
        var whole = new AsnReader(answer, AsnEncodingRules.BER);
        var response = whole.ReadSequence();
        whole.ThrowIfNotEmpty();
        var info = response.ReadSequence();
        if (!info.TryReadInt32(out var status))
            throw new AsnContentException();
        // 0 and 1: granted, and granted with changes, which are looked at below.
        if (status is 0 or 1 && response.HasData)
        {
            var token = response.ReadEncodedValue();
            response.ThrowIfNotEmpty();
            return token;
        }

        throw new AuditException(
            AuditErrors.TimestampRefused, $"The timestamping authority at {tsa} gave no timestamp: status {status.ToString(CultureInfo.InvariantCulture)}{Words(info)}. Nothing was stored.", tsa);
    }

    private static string Words(AsnReader info)
    {
        var words = "";
        if (info.HasData && info.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
        {
            var texts = info.ReadSequence();
            while (texts.HasData && words.Length < 200)
                words += ", " + texts.ReadCharacterString(UniversalTagNumber.UTF8String);
        }

        // They are a stranger's, and go to somebody's terminal.
        return string.Concat(words.Where(c => !char.IsControl(c)).Take(200));
    }

    private static AuditException Invalid(string tsa, string why, Exception? inner) => new(
        AuditErrors.TimestampInvalid, $"The answer of {tsa} isn't a timestamp that would stand: {why}. Nothing was stored. Use another timestamping authority, or find out who answers there.", tsa, inner);
}
