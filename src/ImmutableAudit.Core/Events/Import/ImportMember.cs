using System.Globalization;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// The member <c>"x_import":{"key":"…"}</c> of an imported event's record: 32 hex digits that come of the source alone.
/// Always the last of the record, so that it is found without parsing the line.
/// </summary>
internal static class ImportMember
{
    private const int Digits = 32;

    private static ReadOnlySpan<byte> Begin => ",\"x_import\":{\"key\":\""u8;

    private static ReadOnlySpan<byte> End => "\"}"u8;

    public static void Write(ByteBuffer buffer, UInt128 key)
    {
        buffer.Append(Begin);
        key.TryFormat(buffer.Take(Digits), out _, "x32", CultureInfo.InvariantCulture);
        buffer.Append(End);
    }

    /// <summary>
    /// Reads it off a valid record's line. Nothing else can end a line so: inside of a string the quotes would have
    /// backslashes, and deeper inside of an object there would be another brace.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out UInt128 key)
    {
        key = default;
        var length = Begin.Length + Digits + End.Length + 1;
        if (line.Length < length)
            return false;
        var member = line[^length..];
        return member.StartsWith(Begin)
            && member[(Begin.Length + Digits)..].SequenceEqual("\"}}"u8)
            && !member.Slice(Begin.Length, Digits).ContainsAnyInRange((byte)'A', (byte)'F')
            && UInt128.TryParse(member.Slice(Begin.Length, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key);
    }
}
