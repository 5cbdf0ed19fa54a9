using System.Security.Cryptography;

namespace ImmutableAudit.Evidence;

/// <summary>The files of a package, each held against the manifest when it is read.</summary>
internal sealed class EvidencePackage
{
    private readonly ZipReader _zip;
    private readonly EvidenceFindings _findings;
    private readonly Dictionary<string, PackedFile> _listed;
    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);

    private EvidencePackage(ZipReader zip, EvidenceManifest manifest, EvidenceFindings findings)
    {
        _zip = zip;
        _findings = findings;
        Manifest = manifest;
        _listed = manifest.Files.DistinctBy(file => file.Name, StringComparer.Ordinal).ToDictionary(file => file.Name, StringComparer.Ordinal);
        if (_listed.Count != manifest.Files.Count)
            findings.Fail(EvidenceFindingKind.FileInvalid, EvidenceNames.Manifest, null, "The manifest lists a file twice.");
    }

    public EvidenceManifest Manifest { get; }

    /// <summary>The names of all files, but the manifest.</summary>
    public IEnumerable<string> Names => _zip.Names.Where(name => name != EvidenceNames.Manifest);

    /// <summary>Opens a package.</summary>
    /// <exception cref="AuditException"><c>EvidenceInvalid</c>.</exception>
    public static EvidencePackage Open(Stream source, string path, EvidenceFindings findings)
    {
        var zip = ZipReader.Open(source, path);
        return zip.Read(EvidenceNames.Manifest) is { } json && EvidenceManifest.TryParse(json) is { } manifest
            ? new EvidencePackage(zip, manifest, findings)
            : throw new AuditException(AuditErrors.EvidenceInvalid, $"'{path}' isn't an evidence package of format {EvidenceManifest.Format}: its {EvidenceNames.Manifest} is missing or isn't one. Was it made by Export-AuditEvidence, or by a newer version?", path);
    }

    /// <summary>The numbers of the files whose names are of a kind, ascending.</summary>
    public List<long> Numbers(EvidenceNames.Numbered kind) => [.. Names.Select(name => kind.TryParse(name, out var number) ? number : -1).Where(number => number >= 0).Order()];

    /// <summary>A file's content; null where it isn't there. Altered content is given, and told.</summary>
    public byte[]? Read(string name)
    {
        var content = _zip.Read(name);
        if (content is not null && _checked.Add(name) && _listed.TryGetValue(name, out var listed)
            && (content.Length != listed.Size || Convert.ToHexStringLower(SHA256.HashData(content)) != listed.Sha256))
            _findings.Fail(EvidenceFindingKind.FileAltered, name, null, $"'{name}' isn't as {EvidenceNames.Manifest} lists it: one of them was changed since the export.");
        return content;
    }

    /// <summary>A file that a package can't do without; null, and told, where it isn't there.</summary>
    public byte[]? Demand(string name)
    {
        var content = Read(name);
        if (content is null && !_listed.ContainsKey(name))
            _findings.Fail(EvidenceFindingKind.FileMissing, name, null, $"'{name}' isn't there.");
        return content;
    }

    /// <summary>Holds whatever wasn't read yet against the manifest, and the manifest against what is there.</summary>
    public void CheckRest()
    {
        foreach (var name in Names)
        {
            if (!_listed.ContainsKey(name) || !EvidenceNames.IsKnown(name))
                _findings.Fail(EvidenceFindingKind.FileUnknown, name, null, $"'{name}' isn't listed in {EvidenceNames.Manifest}, or isn't a file of a package: it was added since the export.");
            Read(name);
        }

        var there = Names.ToHashSet(StringComparer.Ordinal);
        foreach (var name in _listed.Keys.Where(name => !there.Contains(name)))
            _findings.Fail(EvidenceFindingKind.FileMissing, name, null, $"'{name}' is listed in {EvidenceNames.Manifest} and isn't there: it was removed since the export.");
    }
}
