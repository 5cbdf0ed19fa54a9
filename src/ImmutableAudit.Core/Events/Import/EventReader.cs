using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Xml;

namespace ImmutableAudit.Events.Import;

/// <summary>A piece of a source that should be one event, or what is wrong with it.</summary>
/// <param name="Position">Where it is: see <see cref="SourceEntry.Position"/>.</param>
/// <param name="Bytes">Its bytes in UTF-8, as they stand there; only good until the next piece is asked for.</param>
/// <param name="Problem">Why it can't be read; null if it can.</param>
internal readonly record struct RawEntry(long Position, ReadOnlyMemory<byte> Bytes, string? Problem = null);

/// <summary>An event, and the identity that its source gave it.</summary>
/// <param name="Event">The event.</param>
/// <param name="Id">What tells it from all others of its format; null where the source has no such thing.</param>
internal readonly record struct MappedEvent(AuditEvent Event, string[]? Id);

/// <summary>
/// What all formats share: a source is cut into pieces as its bytes arrive, and each piece becomes an event or is told
/// to be bad in its place. One reader reads one source, once, and holds no more of it than one piece.
/// </summary>
internal abstract class EventReader
{
    /// <summary>No piece is larger, whatever the format: a record of a log holds far less.</summary>
    public const int MaxEntryBytes = 1024 * 1024;

    protected abstract SourceFormat Format { get; }

    /// <summary>What a piece should be, with its article.</summary>
    protected abstract string What { get; }

    /// <summary>What positions count.</summary>
    protected virtual string Unit => "Line";

    public async IAsyncEnumerable<SourceEntry> ReadAsync(SourceContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[]? source = null;
        await foreach (var raw in CutAsync(content, cancellationToken).ConfigureAwait(false))
        {
            if (raw.Problem is null)
                source ??= SHA256.HashData(raw.Bytes.Span);
            yield return Interpret(raw, content.Name, source ?? []);
        }
    }

    protected abstract IAsyncEnumerable<RawEntry> CutAsync(SourceContent content, CancellationToken cancellationToken);

    /// <summary>Makes an event of a piece, right after it was cut.</summary>
    /// <exception cref="FormatException">It isn't what it should be; the message says why.</exception>
    protected abstract MappedEvent Map(RawEntry raw);

    private SourceEntry Interpret(RawEntry raw, string name, byte[] source)
    {
        var why = raw.Problem;
        Exception? cause = null;
        if (why is null)
        {
            try
            {
                var (made, id) = Map(raw);
                var key = id is null ? SourceKey.OfContent(Format, source, raw.Position, raw.Bytes.Span) : SourceKey.OfId(Format, id);
                return new SourceEntry(name, raw.Position, made with { ImportKey = key }, null);
            }
            catch (Exception e) when (e is AuditException or FormatException or JsonException or XmlException or InvalidOperationException)
            {
                (why, cause) = (e.Message, e);
            }
        }

        var error = new AuditException(AuditErrors.FormatInvalid, $"{Unit} {raw.Position} of '{name}' isn't {What} that can be recorded: {why}", name, cause);
        return new SourceEntry(name, raw.Position, null, error);
    }
}
