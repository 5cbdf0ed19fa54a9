using System.Diagnostics;
using System.Text.Json;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Shared;

/// <summary>
/// Imports of the real CloudTrail events in processes of their own, and the check of a log against the source's own files.
/// Linked into the tests of every kind of store.
/// </summary>
/// <param name="location">The log, which exists.</param>
/// <param name="keyPath">Its sealing key.</param>
/// <param name="home">A folder for what the importer keeps.</param>
/// <param name="environment">More variables for the processes: how to reach the store.</param>
internal sealed class CloudTrailImports(string location, string keyPath, string home, IReadOnlyDictionary<string, string>? environment = null)
{
    private static string Source => SharedData.Folder("cloudtrail")!;

    /// <summary>Starts an import; it commits after each file.</summary>
    public Process Start()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { "exec", Path.Combine(AppContext.BaseDirectory, "ImmutableAudit.WriterProcess.dll"), "import", location, keyPath, home, Source })
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs an import to its end.</summary>
    public async Task FinishAsync()
    {
        using var process = Start();
        var told = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, told);
    }

    /// <summary>Each of the source's events, as its own files have them, is in the log once, and the log verifies.</summary>
    public static async Task CheckAsync(IObjectStore store)
    {
        var found = new List<string>();
        await foreach (var record in (await AuditLog.OpenAsync(store, default)).ReadAsync(1, long.MaxValue))
            found.Add(IdIn(record.Data!));
        Assert.Equal(Expected().Distinct().Order(), found.Order());
        Assert.Equal(ChainResult.Passed, (await ChainVerifier.VerifyAsync(store, null, default)).Result);
    }

    /// <summary>The id that CloudTrail gave an event.</summary>
    public static string IdIn(string json)
    {
        var data = JsonDocument.Parse(json).RootElement;
        if (data.TryGetProperty("original", out var original) && !data.TryGetProperty("eventID", out _))
            data = JsonDocument.Parse(original.GetString()!).RootElement;
        return data.GetProperty("eventID").GetString()!;
    }

    /// <summary>The ids of all events, counted by other code than the importer's.</summary>
    public static IEnumerable<string> Expected() => Directory.GetFiles(Source, "*.json").SelectMany(file =>
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.GetProperty("Records").EnumerateArray().Select(record => record.GetProperty("eventID").GetString()!).ToList();
    });
}
