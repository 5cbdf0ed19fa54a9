using Amazon.Runtime;

namespace ImmutableAudit.Aws;

/// <summary>
/// Credentials that are looked for at their first use, so that opening a store makes no request. It turns whatever
/// goes wrong into one kind of error, and knows the secrets, so that they can be kept out of messages.
/// </summary>
internal sealed class LazyCredentials(Func<CancellationToken, Task<AWSCredentials>> choose) : AWSCredentials
{
    private const string Hidden = "(hidden)";

    private volatile AWSCredentials? _chosen;
    private volatile ImmutableCredentials? _newest;

    public override ImmutableCredentials GetCredentials() => GetCredentialsAsync().GetAwaiter().GetResult();

    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        try
        {
            // Several threads may choose at once: they come to the same, and a failure isn't kept, so that signing in
            // again helps.
            var source = _chosen ??= await choose(CancellationToken.None).ConfigureAwait(false);
            var credentials = await source.GetCredentialsAsync().ConfigureAwait(false)
                ?? throw new AuditException(AuditErrors.CredentialsInvalid, "The source of the AWS credentials gave none.");
            return _newest = credentials;
        }
        catch (Exception e) when (e is not (AuditException or OperationCanceledException))
        {
            throw new AuditException(AuditErrors.CredentialsInvalid,
                $"The AWS credentials can't be had: {Scrub(e.Message).TrimEnd('.', ' ')}. "
                + "Sign in again (for SSO: 'aws sso login'), or give -ProfileName or -AccessKey and -SecretKey.",
                inner: Scrub(e.ToString()) == e.ToString() ? e : null);
        }
    }

    /// <summary>The text without the secrets that were in use.</summary>
    public string Scrub(string text)
    {
        if (_newest is not { } known)
            return text;
        if (known.SecretKey is { Length: > 0 } secret)
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        return known.Token is { Length: > 0 } token ? text.Replace(token, Hidden, StringComparison.Ordinal) : text;
    }
}
