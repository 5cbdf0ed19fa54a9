using System.Net;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Makes IAM's XML into a response. Names count and namespaces don't: servers other than AWS leave them out.</summary>
internal sealed class IamUnmarshaller<T> : XmlResponseUnmarshaller
    where T : IamResponse, new()
{
    private static readonly XmlReaderSettings Strict = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    public static IamUnmarshaller<T> Instance { get; } = new();

    public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext context)
    {
        var root = Load(context.Stream);
        var response = new T { ResponseMetadata = new ResponseMetadata { RequestId = root.Deep("RequestId")?.Value ?? "" } };
        response.Read(root.Elements().FirstOrDefault(e => e.Name.LocalName.EndsWith("Result", StringComparison.Ordinal)) ?? root);
        return response;
    }

    public override AmazonServiceException UnmarshallException(XmlUnmarshallerContext context, Exception innerException, HttpStatusCode statusCode)
    {
        try
        {
            var root = LoadLast(context.Stream);
            var message = root.Deep("Message")?.Value;
            return new AmazonServiceException(
                message ?? "", innerException, ErrorType.Unknown, root.Deep("Code")?.Value, root.Deep("RequestId")?.Value, statusCode);
        }
        catch (XmlException)
        {
            // A proxy's page, or nothing. The status is all there is, and it tells enough.
            return new AmazonServiceException("the answer isn't IAM's XML", innerException, ErrorType.Unknown, null, null, statusCode);
        }
    }

    // Ceph 16.2 may begin an answer before it fails: then the error stands behind it, as a document of its own.
    private static XElement LoadLast(Stream stream)
    {
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        var last = text.LastIndexOf("<?xml", StringComparison.Ordinal);
        using var document = new MemoryStream(Encoding.UTF8.GetBytes(last > 0 ? text[last..] : text));
        return Load(document);
    }

    private static XElement Load(Stream stream)
    {
        using var reader = XmlReader.Create(stream, Strict);
        return XDocument.Load(reader).Root!;
    }
}

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
        element.Text(name), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time)
        ? time.UtcDateTime : null;
}
