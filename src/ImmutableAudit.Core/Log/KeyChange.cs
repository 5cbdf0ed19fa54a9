using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Log;

/// <summary>
/// A change of a log's keys, to be recorded in the log and signed by an admin key. It takes effect with the segment
/// after the one that records it.
/// </summary>
public sealed record KeyChange
{
    private KeyChange(string action, ReadOnlyMemory<byte> publicKey) => (Action, PublicKey) = (action, publicKey);

    internal string Action { get; }

    internal ReadOnlyMemory<byte> PublicKey { get; }

    internal KeyRole Role { get; private init; }

    internal DateTimeOffset Since { get; private init; }

    /// <summary>A key comes to the log, or a key in force gets its other role.</summary>
    /// <param name="role">One role: sealing, or signing changes.</param>
    /// <param name="publicKey">The key as DER SubjectPublicKeyInfo.</param>
    public static KeyChange Add(KeyRole role, ReadOnlyMemory<byte> publicKey) => role is KeyRole.Seal or KeyRole.Admin
        ? new KeyChange(AdminRecord.KeyAdded, publicKey) { Role = role }
        : throw new ArgumentOutOfRangeException(nameof(role), "One role at a time: each is a record of its own.");

    /// <summary>A key leaves the log in peace: what it sealed stays good.</summary>
    /// <param name="publicKey">The key as DER SubjectPublicKeyInfo.</param>
    public static KeyChange Retire(ReadOnlyMemory<byte> publicKey) => new(AdminRecord.KeyRetired, publicKey);

    /// <summary>A key fell into wrong hands: what it sealed since then is suspect.</summary>
    /// <param name="publicKey">The key as DER SubjectPublicKeyInfo.</param>
    /// <param name="since">From when on it may have been used by others.</param>
    public static KeyChange Compromise(ReadOnlyMemory<byte> publicKey, DateTimeOffset since) => new(AdminRecord.KeyCompromised, publicKey) { Since = since.ToUniversalTime() };

    /// <summary>Says what keeps the log from taking this change; null if nothing does.</summary>
    internal AuditException? Obstacle(ChainState state, ISealKey admin)
    {
        var keys = state.Keys!;
        var key = VerifierKey.Create(state.Origin, PublicKey.Span);
        if (!keys.Admins.Any(one => one.PublicKey.Span.SequenceEqual(admin.PublicKey.Span)))
            return new AuditException(AuditErrors.KeyNotInForce, $"The key '{admin.Description}' may not sign changes to the keys of '{state.Origin}'. Give its admin key.", admin.Description);
        var known = keys.Find(key.KeyId);
        if (known is not null && !known.Key.Equals(key))
            return new AuditException(AuditErrors.KeyInvalid, $"Key {key.KeyId:x8} has the id of another key of this log. Make a new one.", key.ToString());
        if (Action == AdminRecord.KeyAdded)
        {
            return known switch
            {
                { InForce: false } => new AuditException(AuditErrors.KeyNotInForce, $"Key {key.KeyId:x8} was taken out of force by record {known.RetiredAt}, and a key never comes back. Make a new one.", key.ToString()),
                { } same when same.Role.HasFlag(Role) => new AuditException(AuditErrors.KeyAlreadyExists, $"Key {key.KeyId:x8} has this role already.", key.ToString()),
                _ => null,
            };
        }

        if (known is null)
            return new AuditException(AuditErrors.KeyNotFound, $"The log '{state.Origin}' never knew key {key.KeyId:x8}.", key.ToString());
        if (!known.InForce && Action == AdminRecord.KeyRetired)
            return new AuditException(AuditErrors.KeyNotInForce, $"Key {key.KeyId:x8} was taken out of force already, by record {known.RetiredAt}.", key.ToString());
        if (!keys.Sealers.Any(one => one.KeyId != key.KeyId))
            return new AuditException(AuditErrors.KeyNotInForce, $"Key {key.KeyId:x8} is the only one that may seal '{state.Origin}': without it nothing could follow. Add another with Add-AuditKey first.", key.ToString());
        return keys.Admins.Any(one => one.KeyId != key.KeyId)
            ? null
            : new AuditException(AuditErrors.KeyNotInForce, $"Key {key.KeyId:x8} is the only one that may sign changes to keys: without it no key could ever be changed again. Add another with Add-AuditKey -Role Admin first.", key.ToString());
    }

    /// <summary>The record, signed for its place among the key records.</summary>
    internal async ValueTask<AuditEvent> ToEventAsync(ChainState state, ISealKey admin, CancellationToken cancellationToken)
    {
        var vkey = VerifierKey.Create(state.Origin, PublicKey.Span).ToString();
        (string Name, string Value)[] arguments = Action switch
        {
            AdminRecord.KeyAdded => [("role", Role == KeyRole.Seal ? "seal" : "admin"), ("vkey", vkey)],
            AdminRecord.KeyRetired => [("vkey", vkey)],
            _ => [("vkey", vkey), ("since", LogTime.ToText(Since.UtcTicks))],
        };
        var text = AdminRecord.NoteText(state.Origin, Action, state.KeysAt, [.. arguments.Select(argument => argument.Value)]);
        var note = await SignedNote.SignAsync(text, state.Origin, admin, cancellationToken).ConfigureAwait(false);
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in arguments)
                writer.WriteString(name, value);
            writer.WriteString("note", note);
            writer.WriteEndObject();
        }

        return new AuditEvent { Action = Action, Data = EventData.Parse(Encoding.UTF8.GetString(json.WrittenSpan)) };
    }

    /// <summary>What it is, in words.</summary>
    public override string ToString() => Action switch
    {
        AdminRecord.KeyAdded => $"add a key that may {(Role == KeyRole.Seal ? "seal" : "sign changes of keys")}",
        AdminRecord.KeyRetired => "retire a key",
        _ => string.Create(CultureInfo.InvariantCulture, $"tell that a key is compromised since {Since:u}"),
    };
}
