using System.Buffers;

namespace ImmutableAudit.Events.Export;

/// <summary>How a record is written in one format.</summary>
internal abstract class RecordFormat
{
    /// <summary>The first line, without its end; null where there is none.</summary>
    public virtual string? Header => null;

    /// <summary>What ends a line.</summary>
    public virtual string LineEnd => "\n";

    /// <summary>Whether a file begins with a byte order mark.</summary>
    public virtual bool HasByteOrderMark => false;

    /// <summary>Writes one record as UTF-8, without the line's end.</summary>
    public abstract void Write(AuditRecord record, IBufferWriter<byte> output);
}
