using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace ImmutableAudit.Aws.Identity;

/// <summary>A call of IAM's Query API: an action's name and its parameters, which go out as a form.</summary>
internal abstract class IamRequest : AmazonWebServiceRequest
{
    private const string ApiVersion = "2010-05-08";

    /// <summary>How often it was sent; more than once where the SDK repeated it.</summary>
    public int Attempts { get; set; }

    /// <summary>The action as the API calls it: the type's name, as in the official client.</summary>
    public string Action => GetType().Name[..^"Request".Length];

    /// <summary>The parameters; what is null isn't sent.</summary>
    protected abstract IEnumerable<(string Name, string? Value)> Parameters { get; }

    /// <summary>A list, as the Query API writes lists.</summary>
    protected static IEnumerable<(string Name, string? Value)> Members(string name, IEnumerable<string> values) =>
        values.Select((value, i) => ($"{name}.member.{i + 1}", (string?)value));

    /// <summary>Makes the HTTP request. The SDK writes its parameters into the body, blanks as %20, which all servers read alike.</summary>
    internal sealed class Marshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public static Marshaller Instance { get; } = new();

        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var call = (IamRequest)input;
            var request = new DefaultRequest(call, "Amazon.IdentityManagement") { HttpMethod = "POST", ResourcePath = "/" };
            request.Parameters.Add("Action", call.Action);
            request.Parameters.Add("Version", ApiVersion);
            foreach (var (name, value) in call.Parameters)
            {
                if (value is not null)
                    request.Parameters.Add(name, value);
            }

            return request;
        }
    }
}
