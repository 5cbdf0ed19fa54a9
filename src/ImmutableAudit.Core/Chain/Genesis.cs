using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Chain;

/// <summary>What a key may do in a log.</summary>
[Flags]
public enum KeyRole
{
    /// <summary>Seal segments.</summary>
    Seal = 1,

    /// <summary>Sign changes to keys and other statements about the log. Belongs offline.</summary>
    Admin = 2,
}

/// <summary>A key that the genesis names.</summary>
/// <param name="Role">What it may do.</param>
/// <param name="Key">The key; its name is the log's origin.</param>
public sealed record GenesisKey(KeyRole Role, VerifierKey Key);

/// <summary>The lock that a log's creator promised for every version that counts.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Days">Days from each version's Last-Modified.</param>
public sealed record PromisedRetention(RetentionMode Mode, int Days);

/// <summary>What the <c>data</c> of record 0 says about the log, for ever.</summary>
/// <param name="Origin">The log's name: what its creator chose, then 128 random bits in hex.</param>
/// <param name="Keys">The keys in force from the beginning.</param>
/// <param name="Retention">The promised lock; null where none was promised (a directory).</param>
/// <param name="ToleranceSeconds">How far clocks may be apart, in seconds.</param>
/// <param name="HeartbeatSeconds">The longest silence promised, in seconds; null for no promise.</param>
public sealed record Genesis(
    string Origin, IReadOnlyList<GenesisKey> Keys, PromisedRetention? Retention, int ToleranceSeconds, int? HeartbeatSeconds)
{
    private const int MaxNameLength = 128;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes a new origin: the name, a slash and 32 random hex digits.</summary>
    /// <param name="name">ASCII letters, digits and <c>. _ / -</c>, at most 128.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>.</exception>
    public static string NewOrigin(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsOriginName(name))
            throw new AuditException(AuditErrors.FormatInvalid, $"'{name}' can't name a log: use 1 to {MaxNameLength} ASCII letters, digits, '.', '_', '-' and '/', beginning and ending with a letter or digit.", name);
        return name + "/" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    }

    /// <summary>The <c>data</c> of record 0 in UTF-8 JSON.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteNumber("format", LogFormat.Version);
            json.WriteString("origin", Origin);
            json.WriteStartArray("keys");
            foreach (var key in Keys)
            {
                // A key with both roles is written once for each, so that every entry has one role.
                foreach (var role in new[] { KeyRole.Seal, KeyRole.Admin })
                {
                    if (!key.Role.HasFlag(role))
                        continue;
                    json.WriteStartObject();
                    json.WriteString("role", RoleText(role));
                    json.WriteString("vkey", key.Key.ToString());
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
            if (Retention is not null)
            {
                json.WriteStartObject("retention");
                json.WriteString("mode", Retention.Mode.ToString());
                json.WriteNumber("days", Retention.Days);
                json.WriteEndObject();
            }

            json.WriteNumber("tolerance", ToleranceSeconds);
            if (HeartbeatSeconds is { } heartbeat)
                json.WriteNumber("heartbeat", heartbeat);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the <c>data</c> of record 0; null where it isn't a genesis of this format.</summary>
    /// <param name="data">The JSON of <c>data</c>.</param>
    public static Genesis? TryParse(ReadOnlyMemory<byte> data)
    {
        try
        {
            using var document = JsonDocument.Parse(data);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or half of a surrogate pair: bytes that no scanned line holds.
            return null;
        }
    }

    private static Genesis? Read(JsonElement root)
    {
        string? origin = null;
        List<GenesisKey>? keys = null;
        PromisedRetention? retention = null;
        int? format = null, tolerance = null, heartbeat = null;
        foreach (var member in root.EnumerateObject())
        {
            var value = member.Value;
            var good = member.Name switch
            {
                "format" => TryInteger(value, out format),
                "origin" => value.ValueKind == JsonValueKind.String && (origin = value.GetString()) is not null,
                "keys" => TryKeys(value, out keys),
                "retention" => TryRetention(value, out retention),
                "tolerance" => TryInteger(value, out tolerance),
                "heartbeat" => TryInteger(value, out heartbeat),
                _ => false,
            };
            if (!good)
                return null;
        }

        if (format != LogFormat.Version || origin is null || !IsOrigin(origin) || keys is null
            || keys.Any(key => key.Key.Name != origin) || !keys.Any(key => key.Role.HasFlag(KeyRole.Seal))
            || keys.GroupBy(key => key.Key.KeyId).Any(group => group.Select(key => key.Key).Distinct().Count() > 1)
            || tolerance is null or < LogFormat.MinToleranceSeconds or > 86_400 || heartbeat is < 1)
            return null;
        var merged = keys.GroupBy(key => key.Key).Select(group => new GenesisKey(group.Aggregate(default(KeyRole), (role, key) => role | key.Role), group.Key));
        return new Genesis(origin, [.. merged], retention, tolerance.Value, heartbeat);
    }

    internal static string RoleText(KeyRole role) => role == KeyRole.Seal ? "seal" : "admin";

    internal static KeyRole? ParseRole(string? text) => text switch { "seal" => KeyRole.Seal, "admin" => KeyRole.Admin, _ => null };

    private static bool IsOriginName(string name) =>
        name.Length is >= 1 and <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/' or '-');

    private static bool IsOrigin(string origin)
    {
        var slash = origin.LastIndexOf('/');
        return slash > 0 && IsOriginName(origin[..slash]) && origin.Length - slash == 33
            && !origin.AsSpan(slash + 1).ContainsAnyExcept(HexDigits);
    }

    private static bool TryInteger(JsonElement value, out int? number)
    {
        var good = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var read)
            && value.GetRawText() == read.ToString(System.Globalization.CultureInfo.InvariantCulture);
        number = good ? value.GetInt32() : null;
        return good;
    }

    private static bool TryKeys(JsonElement value, out List<GenesisKey>? keys)
    {
        keys = null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is < 1 or > 64)
            return false;
        keys = [];
        foreach (var entry in value.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object || entry.EnumerateObject().Count() != 2
                || !entry.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String || ParseRole(role.GetString()) is not { } known
                || !entry.TryGetProperty("vkey", out var vkey) || vkey.ValueKind != JsonValueKind.String || VerifierKey.TryParse(vkey.GetString()!) is not { } key)
                return false;
            keys.Add(new GenesisKey(known, key));
        }

        return true;
    }

    private static bool TryRetention(JsonElement value, out PromisedRetention? retention)
    {
        retention = null;
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() != 2
            || !value.TryGetProperty("mode", out var mode) || mode.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("days", out var days) || !TryInteger(days, out var period) || period is < 1 or > 36_525)
            return false;
        RetentionMode? parsed = mode.GetString() switch { "Compliance" => RetentionMode.Compliance, "Governance" => RetentionMode.Governance, _ => null };
        if (parsed is null)
            return false;
        retention = new PromisedRetention(parsed.Value, period!.Value);
        return true;
    }
}
