using System.Net.Http;
using System.Text;

namespace ImmutableAudit.Aws;

/// <summary>Mends what Ceph says in words that the SDK doesn't know.</summary>
internal static class CephAnswers
{
    private const string Theirs = "BlockPublicAccessBlockConfiguration";
    private const string Ours = "PublicAccessBlockConfiguration";

    /// <summary>
    /// Ceph 16.2 calls the root of GetPublicAccessBlock's answer by another name; the SDK then finds nothing in it,
    /// and a block that is in place would be reported as none.
    /// </summary>
    public static async Task MendAsync(HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (request.Method != HttpMethod.Get || !response.IsSuccessStatusCode
            || request.RequestUri?.Query.Contains("publicAccessBlock", StringComparison.OrdinalIgnoreCase) != true)
            return;

        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (!text.Contains('<' + Theirs, StringComparison.Ordinal))
            return;
        var mended = new ByteArrayContent(Encoding.UTF8.GetBytes(text.Replace(Theirs, Ours, StringComparison.Ordinal)));
        mended.Headers.ContentType = response.Content.Headers.ContentType;
        response.Content.Dispose();
        response.Content = mended;
    }
}
