using System.Globalization;
using System.Text;

namespace ImmutableAudit.Signing;

/// <summary>
/// Whom a verifier trusts, as a C2SP tlog-policy file says it: logs by their keys, witnesses, groups of them, and the
/// quorum of witnesses that a checkpoint needs. Reading is strict; what isn't understood is refused, with its line.
/// </summary>
public sealed class TrustPolicy
{
    /// <summary>The most bytes that a policy may have.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const string None = "none";
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
    private readonly List<PolicyKey> _logs = [];
    private readonly HashSet<string> _logKeys = [];
    private readonly HashSet<string> _witnessKeys = [];

    // Witnesses and groups, each with whether it may still become a member of a group.
    private readonly Dictionary<string, bool> _names = [];
    private string? _quorum;

    private TrustPolicy()
    {
    }

    /// <summary>The name behind <c>quorum</c>: <c>none</c>, a witness or a group.</summary>
    public string Quorum => Shown(_quorum!);

    /// <summary>How many logs it names, with keys of whatever type.</summary>
    public int Logs => _logs.Count;

    /// <summary>How many witnesses it names.</summary>
    public int Witnesses => _witnessKeys.Count;

    /// <summary>Reads a policy. Its bytes are taken as the specification has them: names are octets, not characters.</summary>
    /// <param name="utf8">The file's bytes.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>, with the line's number.</exception>
    public static TrustPolicy Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
            throw new AuditException(AuditErrors.FormatInvalid, $"The trust policy has {utf8.Length:N0} bytes, and may have {MaxBytes:N0}.");
        var policy = new TrustPolicy();
        var number = 0;
        while (!utf8.IsEmpty)
        {
            number++;
            var end = utf8.IndexOf((byte)'\n');
            if (end < 0)
                throw Wrong(number, "has no line feed at its end. Was the file cut off?");
            var line = utf8[..end];
            utf8 = utf8[(end + 1)..];
            if (HasControl(line))
                throw Wrong(number, "has a control character other than tab. Lines end in a line feed alone.");
            policy.Take(number, Encoding.Latin1.GetString(line).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
        }

        return policy._quorum is null
            ? throw new AuditException(AuditErrors.FormatInvalid, "The trust policy has no quorum line. Without witnesses it is 'quorum none'.")
            : policy;
    }

    /// <summary>The keys of its logs that this product can verify with. A checkpoint signed by any of them fulfils the policy.</summary>
    /// <exception cref="AuditException"><c>QuorumUnsupported</c> for a policy that asks for witnesses, <c>FormatInvalid</c> for one that names no log with an ECDSA P-256 key.</exception>
    public IReadOnlyList<VerifierKey> TrustedKeys()
    {
        // To trust the log's key alone would be less than the policy asks for.
        if (_quorum != None)
            throw new AuditException(AuditErrors.QuorumUnsupported, $"The trust policy asks for cosignatures of '{Quorum}', and witnesses aren't supported yet: it can't be fulfilled. To trust logs by their keys alone, give a policy with 'quorum none'.", Quorum);
        VerifierKey[] keys = [.. _logs.Select(log => log.Verifier).OfType<VerifierKey>()];
        return keys.Length > 0 ? keys : throw new AuditException(AuditErrors.FormatInvalid, "The trust policy names no log with an ECDSA P-256 key, so nothing could fulfil it.");
    }

    private static bool HasControl(ReadOnlySpan<byte> line)
    {
        foreach (var octet in line)
        {
            if (octet is < 0x20 and not (byte)'\t' or 0x7F)
                return true;
        }

        return false;
    }

    private void Take(int number, string[] words)
    {
        if (words.Length == 0 || words[0].StartsWith('#'))
            return;
        switch (words[0])
        {
            case "log":
                TakeLog(number, words);
                break;
            case "witness":
                TakeWitness(number, words);
                break;
            case "group":
                TakeGroup(number, words);
                break;
            case "quorum":
                TakeQuorum(number, words);
                break;
            default:
                throw Wrong(number, $"begins with '{Shown(words[0])}', and lines of a trust policy begin with log, witness, group or quorum.");
        }
    }

    private void TakeLog(int number, string[] words)
    {
        if (words.Length is not (2 or 3))
            throw Wrong(number, "isn't 'log <vkey> [<url>]'.");
        var key = Key(number, words[1], PolicyKey.Ed25519, PolicyKey.Ecdsa, PolicyKey.MlDsa44);
        if (!_logKeys.Add(Convert.ToBase64String(key.Typed)))
            throw Wrong(number, "names a log by a key that an earlier line has.");
        _logs.Add(key);
    }

    private void TakeWitness(int number, string[] words)
    {
        if (words.Length is not (3 or 4))
            throw Wrong(number, "isn't 'witness <name> <vkey> [<url>]'.");
        var key = Key(number, words[2], PolicyKey.Ed25519Cosignature, PolicyKey.MlDsa44);
        if (!_witnessKeys.Add(Convert.ToBase64String(key.Typed)))
            throw Wrong(number, "names a witness by a key that an earlier line has.");
        Define(number, words[1]);
    }

    private void TakeGroup(int number, string[] words)
    {
        if (words.Length < 4)
            throw Wrong(number, "isn't 'group <name> <all|any|number> <member>…'.");
        var members = words.AsSpan(3);
        if (words[2] is not ("all" or "any") && !IsThreshold(words[2], members.Length))
            throw Wrong(number, $"asks for '{Shown(words[2])}' of {members.Length:N0} members; that is 'all', 'any', or a number from 1 to {members.Length:N0}.");
        foreach (var member in members)
        {
            if (!_names.TryGetValue(member, out var free))
                throw Wrong(number, $"names '{Shown(member)}', which no earlier line defines as a witness or group.");
            // Else one witness could count twice.
            if (!free)
                throw Wrong(number, $"names '{Shown(member)}', which is a member already.");
            _names[member] = false;
        }

        // Behind its members: a group isn't in itself.
        Define(number, words[1]);
    }

    private void TakeQuorum(int number, string[] words)
    {
        if (words.Length != 2)
            throw Wrong(number, "isn't 'quorum <name>'.");
        if (_quorum is not null)
            throw Wrong(number, "is a second quorum.");
        if (words[1] != None && !_names.ContainsKey(words[1]))
            throw Wrong(number, $"names '{Shown(words[1])}', which no earlier line defines as a witness or group.");
        _quorum = words[1];
    }

    private void Define(int number, string name)
    {
        if (name == None || !_names.TryAdd(name, true))
            throw Wrong(number, $"defines '{Shown(name)}', which has a meaning already.");
    }

    private static bool IsThreshold(string word, int most) =>
        word[0] != '0' && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most;

    private static PolicyKey Key(int number, string word, params ReadOnlySpan<byte> types)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(Encoding.Latin1.GetBytes(word));
        }
        catch (DecoderFallbackException)
        {
            throw Wrong(number, "has a key whose name isn't UTF-8.");
        }

        return PolicyKey.TryParse(text, types) ?? throw Wrong(number, $"has '{text}', which isn't a verifier key that may stand there.");
    }

    // For people: octets that aren't UTF-8 show as such.
    private static string Shown(string octets) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(octets));

    private static AuditException Wrong(int number, string what) => new(AuditErrors.FormatInvalid, $"Line {number:N0} of the trust policy {what}", number);
}
