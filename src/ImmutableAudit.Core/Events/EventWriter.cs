using System.Buffers;
using System.Text.Unicode;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Events;

/// <summary>
/// Writes the caller's part of a record: everything behind <c>recorded</c>, beginning with <c>,"id"</c> and ending
/// with the brace. By hand, because a general JSON writer costs twice as much here; members that are null are left out.
/// </summary>
internal static class EventWriter
{
    private static readonly SearchValues<char> MustEscape =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\']);

    /// <summary>Appends an event to the buffer.</summary>
    /// <exception cref="AuditException"><c>EventInvalid</c>, <c>EventTooLarge</c>. The buffer is then as it was.</exception>
    public static void Write(ByteBuffer buffer, AuditEvent e, UInt128 id, DateTime utcNow, bool reservedAllowed = false)
    {
        var start = buffer.Length;
        try
        {
            WriteMembers(buffer, e, id, utcNow, reservedAllowed);
            if (buffer.Length - start + LogFormat.MaxHeadBytes > LogFormat.MaxRecordBytes)
                throw new AuditException(AuditErrors.EventTooLarge, $"The event takes {buffer.Length - start:N0} bytes, and a record holds at most {LogFormat.MaxRecordBytes - LogFormat.MaxHeadBytes:N0}. Put large content elsewhere and record its hash.", e);
        }
        catch
        {
            buffer.Length = start;
            throw;
        }
    }

    private static void WriteMembers(ByteBuffer buffer, AuditEvent e, UInt128 id, DateTime utcNow, bool reservedAllowed)
    {
        if (string.IsNullOrEmpty(e.Action))
            throw new AuditException(AuditErrors.EventInvalid, "The event has no action. Say what was done, for example s3:GetObject.", e);
        if (!reservedAllowed && e.Action.StartsWith(LogFormat.ReservedPrefix, StringComparison.OrdinalIgnoreCase))
            throw new AuditException(AuditErrors.EventInvalid, $"The action '{e.Action}' is reserved: actions that begin with '{LogFormat.ReservedPrefix}' are the log's own.", e);

        buffer.Append(",\"id\":\""u8);
        RecordId.Write(id, buffer.Take(RecordId.Length));
        buffer.Append("\",\"time\":\""u8);
        LogTime.Write(e.Time?.UtcDateTime ?? utcNow, buffer.Take(LogTime.Length));
        buffer.Append((byte)'"');

        if ((e.ActorType ?? e.ActorId ?? e.ActorName ?? e.Ip ?? e.Session) is not null)
        {
            buffer.Append(",\"actor\":{"u8);
            var empty = true;
            Member(buffer, "\"type\":"u8, e.ActorType, ref empty);
            Member(buffer, "\"id\":"u8, e.ActorId, ref empty);
            Member(buffer, "\"name\":"u8, e.ActorName, ref empty);
            Member(buffer, "\"ip\":"u8, e.Ip, ref empty);
            Member(buffer, "\"session\":"u8, e.Session, ref empty);
            buffer.Append((byte)'}');
        }

        buffer.Append(",\"action\":"u8);
        Text(buffer, e.Action);
        if ((e.ResourceType ?? e.ResourceId ?? e.ResourceName) is not null)
        {
            buffer.Append(",\"resource\":{"u8);
            var empty = true;
            Member(buffer, "\"type\":"u8, e.ResourceType, ref empty);
            Member(buffer, "\"id\":"u8, e.ResourceId, ref empty);
            Member(buffer, "\"name\":"u8, e.ResourceName, ref empty);
            buffer.Append((byte)'}');
        }

        if (e.Outcome is { } outcome)
        {
            buffer.Append(",\"outcome\":"u8);
            buffer.Append(outcome switch
            {
                AuditOutcome.Success => "\"Success\""u8,
                AuditOutcome.Failure => "\"Failure\""u8,
                AuditOutcome.Denied => "\"Denied\""u8,
                AuditOutcome.Unknown => "\"Unknown\""u8,
                _ => throw new AuditException(AuditErrors.EventInvalid, $"'{outcome}' isn't an outcome. Use Success, Failure, Denied or Unknown.", e),
            });
        }

        if (e.Reason is not null)
        {
            buffer.Append(",\"reason\":"u8);
            Text(buffer, e.Reason);
        }

        if ((e.Host ?? e.App) is not null)
        {
            buffer.Append(",\"source\":{"u8);
            var empty = true;
            Member(buffer, "\"host\":"u8, e.Host, ref empty);
            Member(buffer, "\"app\":"u8, e.App, ref empty);
            buffer.Append((byte)'}');
        }

        if (e.Data is { } data)
        {
            buffer.Append(",\"data\":"u8);
            buffer.Append(data.Utf8.Span);
        }

        if (e.ImportKey is { } key)
            Import.ImportMember.Write(buffer, key);
        buffer.Append((byte)'}');
    }

    private static void Member(ByteBuffer buffer, ReadOnlySpan<byte> name, string? value, ref bool empty)
    {
        if (value is null)
            return;
        if (!empty)
            buffer.Append((byte)',');
        empty = false;
        buffer.Append(name);
        Text(buffer, value);
    }

    private static void Text(ByteBuffer buffer, string value)
    {
        if (value.Length > LogFormat.MaxRecordBytes)
            throw new AuditException(AuditErrors.EventTooLarge, $"A text of the event has {value.Length:N0} characters, and a record holds at most {LogFormat.MaxRecordBytes:N0} bytes.");
        buffer.Append((byte)'"');
        var rest = value.AsSpan();
        while (true)
        {
            var plain = rest.IndexOfAny(MustEscape);
            Plain(buffer, plain < 0 ? rest : rest[..plain]);
            if (plain < 0)
                break;
            Escape(buffer, rest[plain]);
            rest = rest[(plain + 1)..];
        }

        buffer.Append((byte)'"');
    }

    private static void Plain(ByteBuffer buffer, ReadOnlySpan<char> text)
    {
        var destination = buffer.Reserve(text.Length * 3);
        if (Utf8.FromUtf16(text, destination, out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new AuditException(AuditErrors.EventInvalid, "A text of the event holds half of a surrogate pair, which UTF-8 can't write. Clean the text at its source.");
        buffer.Length += written;
    }

    private static void Escape(ByteBuffer buffer, char c)
    {
        switch (c)
        {
            case '"': buffer.Append("\\\""u8); break;
            case '\\': buffer.Append("\\\\"u8); break;
            case '\n': buffer.Append("\\n"u8); break;
            case '\r': buffer.Append("\\r"u8); break;
            case '\t': buffer.Append("\\t"u8); break;
            default:
                buffer.Append("\\u00"u8);
                Convert.TryToHexStringLower([(byte)c], buffer.Take(2), out _);
                break;
        }
    }
}
