using ImmutableAudit.Storage;

namespace ImmutableAudit.WriterProcess;

/// <summary>Opens the store at a location.</summary>
internal static class Stores
{
    public static IObjectStore Open(LogLocation location) => new DirectoryStore(location);
}
