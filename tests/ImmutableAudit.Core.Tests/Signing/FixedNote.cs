namespace ImmutableAudit.Core.Tests;

/// <summary>
/// A key, a checkpoint and its signature that were made by the openssl program and Python, not by this code:
/// <code>
/// openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt      → Pem
/// openssl ec -pubout -outform DER | base64                                             → Spki
/// sha256(spki)[:4].hex()                                                               → KeyId
/// openssl dgst -sha256 -sign key.pem text | base64, s written lower or higher          → LowS, HighS
/// </code>
/// Both signatures verify with <c>openssl dgst -verify</c>.
/// </summary>
internal static class FixedNote
{
    public const string Pem = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+5WwR69pUh845g1o
        KDQdklG4xdLj0XiLKU/I/CBwObChRANCAAQCnR8OEcGcmDokYoMrUgRjfXQ3jBol
        IVf/s2u1WEYQ/Txy2z4BUvuNJLlLb1ITZr7KBgpiesQMgM5YUf/Mtkg5
        -----END PRIVATE KEY-----
        """;

    // The same key with the curve's parameters written out instead of its name.
    public const string PemExplicitCurve = """
        -----BEGIN PRIVATE KEY-----
        MIIBeQIBADCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAAB
        AAAAAAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA
        ///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMV
        AMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg
        9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8A
        AAAA//////////+85vqtpxeehPO5ysL8YyVRAgEBBG0wawIBAQQg+5WwR69pUh84
        5g1oKDQdklG4xdLj0XiLKU/I/CBwObChRANCAAQCnR8OEcGcmDokYoMrUgRjfXQ3
        jBolIVf/s2u1WEYQ/Txy2z4BUvuNJLlLb1ITZr7KBgpiesQMgM5YUf/Mtkg5
        -----END PRIVATE KEY-----
        """;

    public const string Spki =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAp0fDhHBnJg6JGKDK1IEY310N4waJSFX/7NrtVhGEP08cts+AVL7jSS5S29SE2a+ygYKYnrEDIDOWFH/zLZIOQ==";

    public const string SpkiExplicitCurve =
        "MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA"
        + "///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt"
        + "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABAKdHw4RwZyY"
        + "OiRigytSBGN9dDeMGiUhV/+za7VYRhD9PHLbPgFS+40kuUtvUhNmvsoGCmJ6xAyAzlhR/8y2SDk=";

    public const string SpkiCompressed = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADAp0fDhHBnJg6JGKDK1IEY310N4waJSFX/7NrtVhGEP0=";

    public const string SpkiSecp256k1 =
        "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEq468HBN3eDWFnWVrw/MlWVFZGBGHLnH9vnmG3GEP6v6NiYgXm+9caRNcD+eXBQDEtay0nK/4VRV5JpdQ5clSdQ==";

    public const string Name = "test/log/0123456789abcdef0123456789abcdef";

    public const uint KeyId = 0xddee4688;

    public const string Vkey =
        Name + "+ddee4688+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAKdHw4RwZyYOiRigytSBGN9dDeMGiUhV/+za7VYRhD9PHLbPgFS+40kuUtvUhNmvsoGCmJ6xAyAzlhR/8y2SDk=";

    // The tree of the eight entries of the certificate transparency test vectors.
    public const string Text = Name + "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";

    public const string LowS = "MEQCIGfL0mK/x0N6o6+y+RTK2fGdrMoUT2mSO94M5odGI/NaAiBVY2l/D5sXjSQ+6PTZAIZDE/9VHr345l8xi12v2JGLhA==";

    public const string HighS = "MEUCIGfL0mK/x0N6o6+y+RTK2fGdrMoUT2mSO94M5odGI/NaAiEAqpyWf/Bk6HPbwRcLJv95vKjnpY7pHrglwi5tEyPRmc0=";

    public const string SignatureLine =
        "\u2014 " + Name + " 3e5GiDBEAiBny9Jiv8dDeqOvsvkUytnxnazKFE9pkjveDOaHRiPzWgIgVWNpfw+bF40kPuj02QCGQxP/VR69+OZfMYtdr9iRi4Q=\n";

    public const string Note = Text + "\n" + SignatureLine;

    /// <summary>A signature line around any bytes.</summary>
    public static string Line(byte[] signature, string name = Name, uint keyId = KeyId)
    {
        var blob = new byte[4 + signature.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(blob, keyId);
        signature.CopyTo(blob, 4);
        return "\u2014 " + name + " " + Convert.ToBase64String(blob) + "\n";
    }
}
