using ImmutableAudit.Aws;
using ImmutableAudit.Storage;

namespace ImmutableAudit.WriterProcess;

/// <summary>Opens the store at a location; for a bucket, as the environment says how to reach it.</summary>
internal static class Stores
{
    private const string Endpoint = "IMMUTABLEAUDIT_WRITER_ENDPOINT";
    private const string AccessKey = "IMMUTABLEAUDIT_WRITER_ACCESS_KEY";
    private const string SecretKey = "IMMUTABLEAUDIT_WRITER_SECRET_KEY";

    public static IObjectStore Open(LogLocation location) =>
        location.IsS3 ? Bucket(location) : new DirectoryStore(location);

    /// <summary>What a process needs to know to reach a server.</summary>
    public static Dictionary<string, string> EnvironmentOf(CloudConnection connection) => new()
    {
        [Endpoint] = connection.EndpointUrl!.ToString(),
        [AccessKey] = connection.AccessKey!,
        [SecretKey] = connection.SecretKey!,
    };

    // Apart, so that a writer on a directory never loads the SDK.
    private static IObjectStore Bucket(LogLocation location) => new AwsCloud().OpenStore(location, new CloudConnection
    {
        EndpointUrl = new Uri(Environment.GetEnvironmentVariable(Endpoint)!),
        AccessKey = Environment.GetEnvironmentVariable(AccessKey),
        SecretKey = Environment.GetEnvironmentVariable(SecretKey),
    });
}
