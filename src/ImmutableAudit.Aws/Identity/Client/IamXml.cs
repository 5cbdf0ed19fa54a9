using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Looking into XML by local names.</summary>
internal static class IamXml
{
    /// <summary>The child of that name.</summary>
    public static XElement? Child(this XElement element, string name) => element.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    /// <summary>The first element of that name at any depth.</summary>
    public static XElement? Deep(this XElement element, string name) => element.Descendants().FirstOrDefault(e => e.Name.LocalName == name);

    /// <summary>A child's text; null where there is no such child.</summary>
    public static string? Text(this XElement element, string name) => element.Child(name)?.Value;

    /// <summary>The text of a child that must be there.</summary>
    public static string Needed(this XElement element, string name) => element.Text(name)
        ?? throw new XmlException($"'{element.Name.LocalName}' has no '{name}'");

    /// <summary>The members of a list.</summary>
    public static List<XElement> Members(this XElement element, string name) => [.. element.Child(name)?.Elements() ?? []];

    /// <summary>A child's time; null where there is none that can be read.</summary>
    public static DateTime? Time(this XElement element, string name) => DateTimeOffset.TryParse(
        element.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        ? time.UtcDateTime : null;
}
