using System.Text.RegularExpressions;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Which names stand for secrets: parameters, variables, keys of hashtables, members of connection strings. Too many
/// rather than too few: what is masked without need can be looked up elsewhere, what leaked into a locked log can't be
/// taken back.
/// </summary>
internal static partial class SecretNames
{
    // Abbreviations are what PowerShell itself lets people shorten -Password, -Secret, -Token and -Credential to.
    [GeneratedRegex("^(?:pw|pwd|pas|pass|cred|creds|sec|secr|secre|tok|toke|sas|sig|pin|psk|otp|auth)$|passw|passphrase|passwd|password|_pass$|_pwd$|_pw$|secret|token|credential|authorization|signature|connectionstring|connection_string|cookie|webhook|api[-_]?key|key$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    // What only names a secret, or says where or how long it is.
    [GeneratedRegex("(?:name|path|file|type|length|policy|age|expiry|public[-_]?key|hot[-_]?key|primary[-_]?key|foreign[-_]?key|trusted[-_]?key|press[-_]?any[-_]?key)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Harmless();

    // A file, an ARN or an alias: names a key and isn't one. Base64 has no dot and no colon, so it is none of these.
    [GeneratedRegex(@"^(?:arn:|alias/|.*[\\/.][^\\/]*\.(?:key|pem|pub|ppk|pfx|p12|cer|crt)$|[\w-]+\.(?:key|pem|pub|ppk|pfx|p12|cer|crt)$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex KeyPlace();

    /// <summary>Whether what has this name is a secret. Drives, scopes, dashes and slashes before it don't matter.</summary>
    public static bool IsSecret(string name)
    {
        var start = name.LastIndexOf(':') + 1;
        var bare = name.AsSpan(start == name.Length ? 0 : start).Trim("-/$:= ").ToString();
        return bare.Length is > 1 and <= 128 && Secret().IsMatch(bare) && !Harmless().IsMatch(bare);
    }

    /// <summary>Whether a value only says where a key is.</summary>
    public static bool IsPlaceOfKey(string value) => value.Length <= 1024 && KeyPlace().IsMatch(value);
}
