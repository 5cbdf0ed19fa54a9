using System.Management.Automation;
using System.Security;
using ImmutableAudit.Log;
using ImmutableAudit.PowerShell.Commands;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>What it takes to open a log for writing, gathered on the pipeline thread, so that it can be opened again without one.</summary>
internal sealed class WriteTarget
{
    private const string SpoolVariable = "IMMUTABLEAUDIT_SPOOL";
    private readonly CloudConnection? _connection;
    private readonly KeyReference _key;
    private readonly SecureString? _passphrase;
    private readonly LogMemory _memory;

    private WriteTarget(LogLocation location, CloudConnection? connection, KeyReference key, SecureString? passphrase, LogMemory memory, KnownLog? known) =>
        (Location, _connection, _key, _passphrase, _memory, Known) = (location, connection, key, passphrase, memory, known);

    public LogLocation Location { get; }

    /// <summary>What this account remembered of the log.</summary>
    public KnownLog? Known { get; }

    /// <exception cref="AuditException"><c>KeyNotGiven</c>, and what the connection's parameters break.</exception>
    public static WriteTarget Of(ConnectedCommand command, LogLocation location, string? key, SecureString? passphrase)
    {
        var memory = command.MemoryOf(location);
        var known = command.RecallOrWarn(memory);
        var reference = command.SealKeyFor(location, key, known);
        var connection = location.IsS3 || reference.IsKms ? command.Connection : null;
        if (connection is not null)
            command.WriteVerbose($"Connecting to {connection}.");
        return new WriteTarget(location, connection, reference, passphrase?.Copy(), memory, known);
    }

    /// <summary>What was given, else what the environment says; null for no spool.</summary>
    public static string? SpoolDirectory(string? given, SessionState session)
    {
        var spool = string.IsNullOrWhiteSpace(given) ? Environment.GetEnvironmentVariable(SpoolVariable) : given;
        return string.IsNullOrWhiteSpace(spool) ? null : LogAddress.FilePath(spool, session);
    }

    /// <summary>Opens key, store and log, and settles what the spool kept.</summary>
    public async Task<WriteSession> OpenAsync(string? spool, CancellationToken open, CancellationToken stop)
    {
        var key = await KeyOpener.OpenAsync(_key, _passphrase, _connection, open).ConfigureAwait(false);
        IObjectStore? store = null;
        try
        {
            store = Location.IsS3 ? Cloud.Get().OpenStore(Location, _connection!) : new DirectoryStore(Location);
            return await WriteSession.OpenAsync(store, key, _key, new WriterOptions { SpoolDirectory = spool }, _memory, open, stop).ConfigureAwait(false);
        }
        catch
        {
            if (store is not null)
                await store.DisposeAsync().ConfigureAwait(false);
            key.Dispose();
            throw;
        }
    }
}
