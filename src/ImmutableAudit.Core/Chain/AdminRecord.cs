using System.Globalization;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Chain;

/// <summary>
/// A record by which the log speaks about itself after its genesis: keys, pruning, moving, closing. Each carries a
/// note signed by an admin key, over a text that can't be taken for a checkpoint:
/// <code>
/// immutableaudit/admin/v1
/// origin
/// action
/// sequence number of the key record before this one
/// the arguments, one a line
/// </code>
/// </summary>
internal sealed class AdminRecord
{
    public const string KeyAdded = LogFormat.ReservedPrefix + "KeyAdded";
    public const string KeyRetired = LogFormat.ReservedPrefix + "KeyRetired";
    public const string KeyCompromised = LogFormat.ReservedPrefix + "KeyCompromised";
    public const string Pruned = LogFormat.ReservedPrefix + "Pruned";
    public const string LogMoved = LogFormat.ReservedPrefix + "LogMoved";
    public const string LogClosed = LogFormat.ReservedPrefix + "LogClosed";

    private const string NoteHeader = "immutableaudit/admin/v1";

    // What each action's data holds beside the note, in the order of the note's lines.
    private static readonly Dictionary<string, string[]> ArgumentsOf = new(StringComparer.Ordinal)
    {
        [KeyAdded] = ["role", "vkey"],
        [KeyRetired] = ["vkey"],
        [KeyCompromised] = ["vkey", "since"],
        [Pruned] = ["before"],
        [LogMoved] = ["from", "size", "root"],
        [LogClosed] = [],
    };

    private AdminRecord(long sequence, string action, Dictionary<string, string> arguments, string note)
    {
        Sequence = sequence;
        Action = action;
        Arguments = arguments;
        Note = note;
    }

    public long Sequence { get; }

    public string Action { get; }

    public IReadOnlyDictionary<string, string> Arguments { get; }

    public string Note { get; }

    /// <summary>Whether it counts as a key record: one that later segments point back to.</summary>
    public bool IsKeyRecord => Action is KeyAdded or KeyRetired or KeyCompromised;

    /// <summary>The key that it is about; null where it is about none.</summary>
    public VerifierKey? Key { get; private set; }

    public KeyRole Role { get; private set; }

    public long SinceTicks { get; private set; }

    /// <summary>The text that the admin key signs.</summary>
    public static string NoteText(string origin, string action, long keysBefore, params string[] arguments)
    {
        var text = new StringBuilder()
            .Append(NoteHeader).Append('\n').Append(origin).Append('\n').Append(action).Append('\n')
            .Append(CultureInfo.InvariantCulture, $"{keysBefore}\n");
        foreach (var argument in arguments)
            text.Append(argument).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads a reserved record other than the genesis; null where the format doesn't know it or it lacks something.</summary>
    public static AdminRecord? TryParse(long sequence, string action, ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty || !ArgumentsOf.TryGetValue(action, out var names))
            return null;
        using var document = JsonDocument.Parse(data);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return null;
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal);
        string? note = null;
        foreach (var member in document.RootElement.EnumerateObject())
        {
            var value = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString(),
                JsonValueKind.Number when names.Contains(member.Name) && member.Name is "before" or "size" => member.Value.GetRawText(),
                _ => null,
            };
            if (value is null || value.Contains('\n', StringComparison.Ordinal) != (member.Name == "note"))
                return null;
            if (member.Name == "note")
                note = value;
            else if (names.Contains(member.Name))
                arguments[member.Name] = value;
            else
                return null;
        }

        if (note is null || arguments.Count != names.Length)
            return null;
        var record = new AdminRecord(sequence, action, arguments, note);
        return record.ArgumentsAreGood() ? record : null;
    }

    /// <summary>Whether one of the admin keys signed exactly what this record says, at this place among the key records.</summary>
    public bool IsSignedBy(IEnumerable<VerifierKey> adminKeys, string origin, long keysBefore)
    {
        if (SignedNote.TryParse(Note) is not { Signatures.Count: 1 } note)
            return false;
        var arguments = ArgumentsOf[Action].Select(name => Arguments[name]).ToArray();
        return note.Text == NoteText(origin, Action, keysBefore, arguments) && note.VerifiedBy(adminKeys).Count == 1;
    }

    private bool ArgumentsAreGood()
    {
        if (Arguments.TryGetValue("vkey", out var vkey))
        {
            Key = VerifierKey.TryParse(vkey);
            if (Key is null)
                return false;
        }

        if (Arguments.TryGetValue("role", out var role))
        {
            if (Genesis.ParseRole(role) is not { } parsed)
                return false;
            Role = parsed;
        }

        if (Arguments.TryGetValue("since", out var since))
        {
            if (!LogTime.TryParse(Encoding.UTF8.GetBytes(since), out var ticks))
                return false;
            SinceTicks = ticks;
        }

        return (!Arguments.TryGetValue("before", out var before) || IsSequence(before))
            && (!Arguments.TryGetValue("size", out var size) || IsSequence(size))
            && (!Arguments.TryGetValue("root", out var root) || Digest.TryParse(root, out _));
    }

    private static bool IsSequence(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && value <= LogFormat.MaxSequence && value.ToString(CultureInfo.InvariantCulture) == text;
}
