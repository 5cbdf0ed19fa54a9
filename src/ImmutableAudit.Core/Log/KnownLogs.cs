using System.Buffers;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// The logs that an account knows, in one JSON file that only its owner can read. Nothing in it is secret, and a log
/// can be used without it: it lets this machine notice that a log was replaced or rolled back.
/// </summary>
public sealed class KnownLogs
{
    private const string FileName = "known-logs.json";
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);
    private static readonly JsonWriterOptions Indented = new() { Indented = true };
    private readonly string _file;

    /// <summary>Uses a directory, which is made when something is remembered.</summary>
    /// <param name="home">An absolute directory.</param>
    public KnownLogs(string home)
    {
        ArgumentException.ThrowIfNullOrEmpty(home);
        Home = home;
        _file = Path.Combine(home, FileName);
    }

    /// <summary>The directory.</summary>
    public string Home { get; }

    /// <summary>
    /// The account's own: <c>$IMMUTABLEAUDIT_HOME</c>; else <c>%APPDATA%\ImmutableAudit</c> on Windows and
    /// <c>$XDG_CONFIG_HOME/immutableaudit</c> or <c>~/.config/immutableaudit</c> elsewhere.
    /// </summary>
    public static KnownLogs OfThisAccount()
    {
        var given = Environment.GetEnvironmentVariable("IMMUTABLEAUDIT_HOME");
        if (!string.IsNullOrWhiteSpace(given))
            return new KnownLogs(Path.GetFullPath(given));
        // On Unix this folder is $XDG_CONFIG_HOME or ~/.config.
        var configuration = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (configuration.Length == 0)
            throw new AuditException(AuditErrors.KnownLogsInvalid, "This account has no home directory to remember logs in. Set IMMUTABLEAUDIT_HOME to a directory of its own.");
        return new KnownLogs(Path.Combine(configuration, OperatingSystem.IsWindows() ? "ImmutableAudit" : "immutableaudit"));
    }

    /// <summary>Every known log, in no order that matters.</summary>
    /// <exception cref="AuditException"><c>KnownLogsInvalid</c>, <c>AccessDenied</c>.</exception>
    public IReadOnlyList<KnownLog> All()
    {
        byte[] json;
        try
        {
            json = File.ReadAllBytes(_file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, _file);
        }

        return Parse(json) ?? throw new AuditException(AuditErrors.KnownLogsInvalid, $"'{_file}' isn't a list of known logs, so nobody can say here whether a log was replaced or rolled back. Restore it, or remove it to trust at first sight again.", _file);
    }

    /// <summary>What is known of the log at a location; null if nothing is.</summary>
    /// <param name="location">The absolute directory or s3:// location.</param>
    /// <param name="endpoint">The S3-compatible endpoint; null for AWS and directories.</param>
    /// <exception cref="AuditException"><c>KnownLogsInvalid</c>, <c>AccessDenied</c>.</exception>
    public KnownLog? Find(string location, string? endpoint) => All().FirstOrDefault(known => IsAt(known, location, endpoint));

    /// <summary>Changes what is known of one log, however many processes do so at once.</summary>
    /// <param name="location">The absolute directory or s3:// location.</param>
    /// <param name="endpoint">The S3-compatible endpoint; null for AWS and directories.</param>
    /// <param name="change">Makes the new state of the old one; either may be null. Called under a lock, so it should only compute.</param>
    /// <exception cref="AuditException"><c>KnownLogsInvalid</c>, <c>AccessDenied</c>, <c>DiskFull</c>.</exception>
    public void Update(string location, string? endpoint, Func<KnownLog?, KnownLog?> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        try
        {
            MakePrivateDirectory(Home);
            using var held = Lock();
            var all = All().ToList();
            var at = all.FindIndex(known => IsAt(known, location, endpoint));
            var before = at < 0 ? null : all[at];
            var after = change(before);
            if (Equals(before, after))
                return;
            if (at >= 0)
                all.RemoveAt(at);
            if (after is not null)
                all.Add(after);
            Replace(Format(all));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, _file);
        }
    }

    /// <summary>A directory below <see cref="Home"/> that only its owner can enter.</summary>
    /// <param name="name">Its name.</param>
    public string PrivateDirectory(string name)
    {
        var path = Path.Combine(Home, name);
        try
        {
            MakePrivateDirectory(Home);
            MakePrivateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }

        return path;
    }

    private static bool IsAt(KnownLog known, string location, string? endpoint) => known.Location == location && known.Endpoint == endpoint;

    private static void MakePrivateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path); // Below the profile: inherits that only its owner may.
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // The lock is the operating system's, on an open file: whoever is killed lets go of it.
    private FileStream Lock()
    {
        var path = _file + ".lock";
        var deadline = Environment.TickCount64 + (long)LockPatience.TotalMilliseconds;
        while (true)
        {
            try
            {
                return new FileStream(path, OwnersOnly(FileMode.OpenOrCreate));
            }
            catch (IOException e) when (e is not DirectoryNotFoundException && File.Exists(path))
            {
                if (Environment.TickCount64 > deadline)
                    throw new AuditException(AuditErrors.KnownLogsInvalid, $"Another process has held '{path}' for {LockPatience.TotalSeconds:N0} s. Try again when it has ended.", path, e);
                Thread.Sleep(Random.Shared.Next(5, 25));
            }
        }
    }

    private void Replace(ReadOnlySpan<byte> json)
    {
        var temporary = _file + ".new";
        using (var file = new FileStream(temporary, OwnersOnly(FileMode.Create)))
        {
            file.Write(json);
            file.Flush(true);
        }

        File.Move(temporary, _file, overwrite: true);
    }

    private static FileStreamOptions OwnersOnly(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private static ReadOnlySpan<byte> Format(List<KnownLog> all)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Indented);
        json.WriteStartObject();
        json.WriteStartArray("logs");
        foreach (var known in all.OrderBy(known => known.Location, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("location", known.Location);
            if (known.Endpoint is not null)
                json.WriteString("endpoint", known.Endpoint);
            json.WriteString("origin", known.Origin);
            json.WriteString("genesisHash", known.GenesisHash);
            if (known.Key is not null)
                json.WriteString("key", known.Key);
            if (known.Checkpoint is { } checkpoint)
            {
                json.WriteNumber("size", checkpoint.Size);
                json.WriteString("root", checkpoint.Root.ToString());
            }

            if (known.Verified is { } verified)
            {
                json.WriteNumber("verifiedSize", verified.Size);
                json.WriteString("verifiedRoot", verified.Root.ToString());
            }

            if (known.Seen.Count > 0)
                WriteSeen(json, known.Seen);

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static void WriteSeen(Utf8JsonWriter json, IReadOnlyList<SeenCheckpoint> all)
    {
        json.WriteStartArray("seen");
        foreach (var seen in all)
        {
            json.WriteStartObject();
            json.WriteNumber("size", seen.Checkpoint.Size);
            json.WriteString("root", seen.Checkpoint.Root.ToString());
            json.WriteString("at", LogTime.ToText(seen.Seen.UtcTicks));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static List<KnownLog>? Parse(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var all = new List<KnownLog>();
            foreach (var entry in document.RootElement.GetProperty("logs").EnumerateArray())
            {
                var origin = entry.GetProperty("origin").GetString()!;
                all.Add(new KnownLog
                {
                    Location = entry.GetProperty("location").GetString()!,
                    Endpoint = Text(entry, "endpoint"),
                    Origin = origin,
                    GenesisHash = entry.GetProperty("genesisHash").GetString()!,
                    Key = Text(entry, "key"),
                    Checkpoint = ReadCheckpoint(entry, origin, "size", "root"),
                    Verified = ReadCheckpoint(entry, origin, "verifiedSize", "verifiedRoot"),
                    Seen = entry.TryGetProperty("seen", out var seen) ? seen.EnumerateArray().Select(one => ReadSeen(one, origin)).ToArray() : [],
                });
            }

            return all;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null; // Told by the caller, who knows what it means.
        }
    }

    private static SeenCheckpoint ReadSeen(JsonElement entry, string origin) =>
        ReadCheckpoint(entry, origin, "size", "root") is { } checkpoint && LogTime.TryParse(Encoding.ASCII.GetBytes(Text(entry, "at") ?? ""), out var ticks)
            ? new SeenCheckpoint(checkpoint, new DateTimeOffset(ticks, TimeSpan.Zero))
            : throw new FormatException("A checkpoint that was seen has a size, a root and a time.");

    private static Checkpoint? ReadCheckpoint(JsonElement entry, string origin, string sizeName, string rootName) =>
        entry.TryGetProperty(sizeName, out var size) && Digest.TryParse(Text(entry, rootName), out var root)
            ? new Checkpoint(origin, size.GetInt64() is >= 0 and var count ? count : throw new FormatException("A log can't have had fewer records than none."), root)
            : null;

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetString() : null;
}
