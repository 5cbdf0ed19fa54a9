using System.Text.Json;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Watching;

/// <summary>
/// How far a watcher got, in a file: the log's size and root there, with the origin and genesis hash. So the next watcher
/// goes on behind it, and notices whether the log still is what it was.
/// </summary>
/// <param name="Checkpoint">The origin, size and root.</param>
/// <param name="GenesisHash">SHA-256 of the first segment's stored bytes, in hex.</param>
internal sealed record WatchState(Checkpoint Checkpoint, string GenesisHash)
{
    private const int MostBytes = 64 * 1024;

    /// <summary>Reads the file; null where there is none.</summary>
    /// <exception cref="AuditException"><c>WatchStateInvalid</c>, <c>AccessDenied</c>.</exception>
    public static WatchState? Load(string path)
    {
        byte[] json;
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return Directory.Exists(path) ? throw Invalid(path, "it is a folder") : null;
            json = file.Length <= MostBytes ? File.ReadAllBytes(path) : throw Invalid(path, "it is too large");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return root.GetProperty("watch").GetInt32() == 1 && Digest.TryParse(root.GetProperty("root").GetString(), out var digest) && root.GetProperty("size").GetInt64() is > 0 and var size
                ? new WatchState(new Checkpoint(root.GetProperty("origin").GetString()!, size, digest), root.GetProperty("genesisHash").GetString()!)
                : throw Invalid(path, "a value can't be");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Invalid(path, e.Message);
        }
    }

    /// <summary>Writes the file: the old one stays until the new one is whole and on disk.</summary>
    public void Save(string path)
    {
        var temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                using (var json = new Utf8JsonWriter(file))
                {
                    json.WriteStartObject();
                    json.WriteNumber("watch", 1);
                    json.WriteString("origin", Checkpoint.Origin);
                    json.WriteString("genesisHash", GenesisHash);
                    json.WriteNumber("size", Checkpoint.Size);
                    json.WriteString("root", Checkpoint.Root.ToString());
                    json.WriteEndObject();
                }

                file.Flush(true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }
    }

    private static AuditException Invalid(string path, string why) => new(
        AuditErrors.WatchStateInvalid, $"'{path}' doesn't say how far a watcher got ({why}). Restore it, or remove it to begin at the log's end and without what was known of the log.", path);
}
