using System.Management.Automation;
using System.Security;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>A cmdlet that can reach AWS or an S3-compatible endpoint, with the parameter names that people know.</summary>
public abstract class ConnectedCommand : AuditCommand
{
    private CloudConnection? _connection;

    /// <summary>A profile of the shared configuration files.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProfileNameCompleter))]
    public string? ProfileName { get; set; }

    /// <summary>Another place for the shared credentials file.</summary>
    [Parameter]
    [Alias("AWSProfilesLocation")]
    public string? ProfileLocation { get; set; }

    /// <summary>The region, for example eu-central-1.</summary>
    [Parameter]
    public string? Region { get; set; }

    /// <summary>An S3-compatible endpoint. Default: the environment variable IMMUTABLEAUDIT_ENDPOINT.</summary>
    [Parameter]
    public Uri? EndpointUrl { get; set; }

    /// <summary>The id of an access key.</summary>
    [Parameter]
    public string? AccessKey { get; set; }

    /// <summary>The access key's secret.</summary>
    [Parameter]
    [SecretTransformation]
    public SecureString? SecretKey { get; set; }

    /// <summary>The session token of temporary credentials.</summary>
    [Parameter]
    [SecretTransformation]
    public SecureString? SessionToken { get; set; }

    /// <summary>An access key as a credential: its id as the user name, its secret as the password.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    internal CloudConnection Connection => _connection ??= ConnectionFactory.Create(this);

    /// <summary>Where this account remembers a log: the endpoint belongs to it, since buckets of two endpoints can have one name.</summary>
    internal string? EndpointOf(LogLocation location) => location.IsS3 ? Connection.EndpointUrl?.AbsoluteUri : null;

    /// <summary>Opens a log's store without a request yet. Call it on the pipeline thread.</summary>
    internal IObjectStore OpenStore(LogLocation location)
    {
        if (!location.IsS3)
            return new DirectoryStore(location);
        WriteVerbose($"Connecting to {Connection}.");
        return Cloud.Get().OpenStore(location, Connection);
    }

    /// <summary>Lets go of a store, whatever became of what was done with it.</summary>
    internal static void Close(IObjectStore store) => store.DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Opens a key. Call it on the pipeline thread.</summary>
    internal ISealKey OpenKey(KeyReference key, SecureString? passphrase)
    {
        var connection = key.IsKms ? Connection : null;
        return Wait(token => KeyOpener.OpenAsync(key, passphrase, connection, token));
    }

    /// <summary>Which key seals: the one that was given, else the environment's, else the one that is remembered for the log.</summary>
    internal KeyReference SealKeyFor(LogLocation location, string? given, KnownLog? known) =>
        KeyReference.GivenOrDefault(given, SessionState) ?? (known?.Key is { } remembered ? KeyReference.Parse(remembered, SessionState) : null)
        ?? throw new AuditException(AuditErrors.KeyNotGiven, $"No key was given, and none is remembered for '{location}'. Give -Key, or set {KeyReference.Variable}.", location.ToString());

    internal LogMemory MemoryOf(LogLocation location) => new(location, EndpointOf(location));

    /// <summary>What is remembered of a log, where work can go on without.</summary>
    internal KnownLog? RecallOrWarn(LogMemory memory)
    {
        try
        {
            return memory.Recall();
        }
        catch (AuditException e)
        {
            WriteWarning(e.Message);
            return null;
        }
    }

    /// <summary>Tells what speaks against a log that was opened: what is remembered of it, what can't be seen, what lies behind its end.</summary>
    private protected void WarnOfDoubts(AuditLog opened, LogLocation location)
    {
        if (LogMemory.Contradiction(RecallOrWarn(MemoryOf(location)), opened.Genesis.Origin, opened.GenesisHash, opened.Size) is { } contradiction)
            WriteWarning(contradiction);
        if (opened.VersionsUnseen is { } unseen)
            WriteWarning($"Only what is current could be listed of '{location}', not what lies under or over it: newer records may be hidden. {unseen}");
        if (opened.Doubt is { } doubt)
            ReportItem(doubt, location.ToString());
    }

    /// <summary>Reads a -Log parameter: a directory from the PowerShell location, an s3:// URI, or the environment's default.</summary>
    internal LogLocation Locate(string? log) => LogAddress.Resolve(log, SessionState);

    /// <summary>Reads a -Log parameter that must be in a bucket, since a directory has no roles.</summary>
    private protected LogLocation LocateInBucket(string? log)
    {
        var location = Locate(log);
        return location.IsS3 ? location : throw new AuditException(
            AuditErrors.LocationInvalid, $"'{location}' is a directory: who may read and write there, the file system says. Give the s3:// location of a log.", location.ToString());
    }
}
