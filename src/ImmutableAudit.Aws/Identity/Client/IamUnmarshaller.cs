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
