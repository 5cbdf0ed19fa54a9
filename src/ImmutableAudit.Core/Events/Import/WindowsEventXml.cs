using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace ImmutableAudit.Events.Import;

/// <summary>A Windows event as its XML has it.</summary>
internal sealed class WindowsEventXml
{
    private const int MostLevels = 20;

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersFromEntities = 1,
        MaxCharactersInDocument = EventReader.MaxEntryBytes,
        // Messages hold control characters that XML 1.0 forbids; what is well formed otherwise is read.
        CheckCharacters = false,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
    };

    private readonly XElement _system;

    private WindowsEventXml(SourceText source, XElement system, List<KeyValuePair<string, object?>> data, string? message) =>
        (Source, _system, Data, Message) = (source, system, data, message);

    /// <summary>The XML.</summary>
    public SourceText Source { get; }

    /// <summary>Named values of EventData, or the elements of UserData.</summary>
    public List<KeyValuePair<string, object?>> Data { get; }

    /// <summary>The text that Windows made of it, where it was exported with it.</summary>
    public string? Message { get; }

    public string? Provider => Attribute("Provider", "Name");

    public string? Channel => Text("Channel");

    public string? Computer => Text("Computer");

    public string? RecordId => Text("EventRecordID");

    public int Id => int.TryParse(Text("EventID"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new FormatException("it has no EventID.");

    public string? UserId => Attribute("Security", "UserID");

    /// <summary>Bits that say, among others, whether an audited access succeeded.</summary>
    public ulong Keywords => Text("Keywords") is { } text && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var keywords) ? keywords : 0;

    /// <exception cref="FormatException">It has none, or not one.</exception>
    public DateTimeOffset Time
    {
        get
        {
            var text = Attribute("TimeCreated", "SystemTime") ?? throw new FormatException("it has no TimeCreated.");
            // Some versions write nine digits of a second, of which a record holds seven.
            var dot = text.IndexOf('.', StringComparison.Ordinal);
            var digits = dot < 0 ? 0 : text.AsSpan(dot + 1).IndexOfAnyExceptInRange('0', '9');
            return SourceTime.Parse(digits > 7 ? text.Remove(dot + 8, digits - 7) : text, null, "SystemTime");
        }
    }

    /// <exception cref="XmlException">It isn't XML, or refers to an entity.</exception>
    /// <exception cref="FormatException">It isn't an event.</exception>
    public static WindowsEventXml Parse(SourceText source)
    {
        using var reader = XmlReader.Create(new StringReader(source.Text), Settings);
        var root = XElement.Load(reader);
        var system = Child(root, "System") ?? throw new FormatException("it has no System element.");
        var data = Child(root, "EventData") is { } named ? Named(named) : Child(root, "UserData")?.Elements().FirstOrDefault() is { } user ? Members(user, 0) : [];
        return new WindowsEventXml(source, system, data, Child(root, "RenderingInfo") is { } rendered ? Child(rendered, "Message")?.Value : null);
    }

    /// <summary>A named value; null where there is none, or a hyphen, which Windows writes for nothing.</summary>
    public string? Value(string name)
    {
        foreach (var (key, value) in Data)
        {
            if (key == name)
                return value is string { Length: > 0 } text && text != "-" ? text : null;
        }

        return null;
    }

    public string? Text(string name) => Child(_system, name)?.Value is { Length: > 0 } text ? text : null;

    public string? Attribute(string name, string attribute) => Child(_system, name)?.Attribute(attribute)?.Value is { Length: > 0 } text ? text : null;

    private static XElement? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    // Old providers give their values no names: those are kept in order.
    private static List<KeyValuePair<string, object?>> Named(XElement data)
    {
        var members = new List<KeyValuePair<string, object?>>();
        var unnamed = new List<string>();
        foreach (var item in data.Elements())
        {
            if (item.Attribute("Name")?.Value is { Length: > 0 } name)
                members.Add(new(name, item.Value));
            else
                unnamed.Add(item.Value);
        }

        if (unnamed.Count > 0)
            members.Add(new("values", unnamed));
        return members;
    }

    private static List<KeyValuePair<string, object?>> Members(XElement parent, int level)
    {
        if (level > MostLevels)
            throw new FormatException($"its UserData has more than {MostLevels} levels.");
        return [.. parent.Elements().Select(child => new KeyValuePair<string, object?>(
            child.Name.LocalName, child.HasElements ? Members(child, level + 1) : child.Value))];
    }
}
