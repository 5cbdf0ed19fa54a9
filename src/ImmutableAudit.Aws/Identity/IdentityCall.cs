using System.Runtime.CompilerServices;
using Amazon.Runtime;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Makes calls of IAM and STS, and tells their errors as ours.</summary>
internal static class IdentityCall
{
    /// <summary>Makes a call.</summary>
    public static async Task<T> AskAsync<T>(AwsCall call, Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e) && !AwsErrorCodes.IsNoEntity(e) && !AwsErrorCodes.IsEntityThere(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    /// <summary>Makes a call about something that may not be there.</summary>
    /// <returns>The answer; null where there is no such thing.</returns>
    public static async Task<T?> FindAsync<T>(AwsCall call, Func<Task<T>> ask, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await AskAsync(call, ask, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonServiceException e) when (AwsErrorCodes.IsNoEntity(e))
        {
            return null;
        }
    }

    /// <summary>Makes a call that has no answer, about something that must be there.</summary>
    public static async Task DoAsync(AwsCall call, Func<Task> ask, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(call, () => DoneAsync(ask), cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonServiceException e)
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    /// <summary>Makes a call that takes something away. Nothing happens where it isn't there.</summary>
    public static Task RemoveAsync(AwsCall call, Func<Task> ask, CancellationToken cancellationToken) =>
        FindAsync(call, () => DoneAsync(ask), cancellationToken);

    /// <summary>Asks for a list, page by page.</summary>
    public static async IAsyncEnumerable<TPage> PagesAsync<TRequest, TPage>(
        AwsCall call, TRequest request, Func<TRequest, Task<TPage>> ask, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : IamRequest, IPagedRequest
        where TPage : PagedResponse
    {
        while (true)
        {
            var page = await FindAsync(call, () => ask(request), cancellationToken).ConfigureAwait(false);
            if (page is null)
                yield break;
            yield return page;
            if (!page.IsTruncated)
                yield break;

            // Half a list would be taken for the whole: a role would seem to have fewer policies than it has.
            if (string.IsNullOrEmpty(page.Marker) || page.Marker == request.Marker)
            {
                throw new AuditException(AuditErrors.StoreFailed,
                    $"{call.Connection.Place.Name} says that its list for {call.Action} on {call.Target} goes on, but not where.", call.Target);
            }

            request.Marker = page.Marker;
        }
    }

    private static async Task<object> DoneAsync(Func<Task> ask)
    {
        await ask().ConfigureAwait(false);
        return ask;
    }
}
