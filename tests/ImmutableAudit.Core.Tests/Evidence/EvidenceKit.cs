using System.IO.Compression;
using System.Text.Json.Nodes;
using ImmutableAudit.Evidence;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Evidence;

/// <summary>Exports evidence, takes it apart and packs it again as a package is packed.</summary>
internal static class EvidenceKit
{
    public static EvidencePlan Plan(params long[] sequences) => new() { Selection = new EvidenceSelection { Sequences = sequences.Length == 0 ? null : sequences } };

    public static Task<EvidenceSummary> ExportAsync(IObjectStore store, string path, EvidencePlan plan) =>
        EvidenceBuilder.ExportAsync(store, plan, path, true, default);

    public static EvidenceReport Check(string path, EvidenceTrust? trust = null) => EvidenceVerifier.Verify(path, trust, default);

    public static SortedDictionary<string, byte[]> Unpack(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var content = new MemoryStream();
            using var stream = entry.Open();
            stream.CopyTo(content);
            files.Add(entry.FullName, content.ToArray());
        }

        return files;
    }

    public static void Pack(string path, IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        using var file = File.Create(path);
        using var zip = new ZipWriter(file);
        foreach (var (name, content) in files)
            zip.Add(name, content);
        zip.Finish();
    }

    /// <summary>Makes the manifest list what is there, as a forger would.</summary>
    public static void Relist(SortedDictionary<string, byte[]> files)
    {
        var old = EvidenceManifest.TryParse(files[EvidenceNames.Manifest])!;
        var listed = files.Where(file => file.Key != EvidenceNames.Manifest).Select(file => new PackedFile(
            file.Key, file.Value.Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file.Value)))).ToArray();
        files[EvidenceNames.Manifest] = (old with { Files = listed, Records = files.Keys.Count(name => EvidenceNames.Records.TryParse(name, out _)) }).ToJson();
    }

    public static async Task ChangeKeyAsync(TestLog log, ISealKey seal, ISealKey admin, KeyChange change)
    {
        await using var writer = await AuditWriter.OpenAsync(log.Store, seal, null, default);
        await writer.ChangeKeysAsync(change, admin, default);
    }

    public static string Describe(EvidenceReport report) => $"{report.Result}: {string.Join("\n", report.Findings)}";
}
