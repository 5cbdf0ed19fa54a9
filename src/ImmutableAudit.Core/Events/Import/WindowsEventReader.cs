using System.Runtime.CompilerServices;

namespace ImmutableAudit.Events.Import;

/// <summary>Reads Windows events as XML: one root, or one event after the other.</summary>
internal sealed class WindowsEventReader : EventReader
{
    protected override SourceFormat Format => SourceFormat.WindowsEvent;

    protected override string What => "a Windows event";

    protected override string Unit => "The event at line";

    protected override async IAsyncEnumerable<RawEntry> CutAsync(SourceContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var events = new XmlEventCutter(content.Text);
        while (await events.ReadAsync(cancellationToken).ConfigureAwait(false))
            yield return new RawEntry(events.Line, events.Event, events.Problem);
    }

    protected override MappedEvent Map(RawEntry raw) => WindowsEventMapping.ToEvent(WindowsEventXml.Parse(SourceText.Of(raw.Bytes.Span)));
}
