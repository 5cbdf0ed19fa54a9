using System.Buffers;
using System.Text;

namespace ImmutableAudit.Events.Export;

/// <summary>The record's line exactly as it was hashed: SHA-256 over a zero byte and the line is its leaf hash.</summary>
internal sealed class JsonLinesFormat : RecordFormat
{
    public override void Write(AuditRecord record, IBufferWriter<byte> output) => Encoding.UTF8.GetBytes(record.Json, output);
}
