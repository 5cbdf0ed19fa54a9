using System.Text;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Evidence;

/// <summary>
/// The timestamps that go into a package: all sound ones over checkpoints up to the package's that cover a selected record,
/// whoever issued them. Whom to believe is for the checker to say.
/// </summary>
internal sealed class EvidenceStamps(IObjectStore store, LogHead head, IReadOnlyList<(string Name, byte[] Content)> roots, List<string> unknown)
{
    /// <summary>Sizes in a package at most; the smallest, since the earliest tokens prove most.</summary>
    private const int MostSizes = 200;
    private readonly SortedDictionary<long, (string Note, Digest Root)> _notes = [];
    private readonly SortedDictionary<string, byte[]> _tokens = new(StringComparer.Ordinal);

    public int Count => _tokens.Count;

    /// <summary>The stamped sizes with the tree's root there.</summary>
    public IEnumerable<(long Size, Digest Root)> Roots => _notes.Select(note => (note.Key, note.Value.Root));

    /// <summary>Reads the tokens.</summary>
    /// <param name="first">The first selected record: a token that doesn't reach beyond it shows nothing.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task ReadAsync(long first, CancellationToken cancellationToken)
    {
        var findings = new FindingList();
        using var heads = new HeadFinder(store);
        var listed = await TimestampList.ReadAsync(store, findings, cancellationToken).ConfigureAwait(false);
        var sizes = listed.Where(one => one.Size > first && one.Size <= head.State.Size).GroupBy(one => one.Size).OrderBy(group => group.Key).ToList();
        foreach (var ofSize in sizes.Take(MostSizes))
        {
            var note = ofSize.Key == head.State.Size ? head.State.Note : (await heads.BeforeAsync(ofSize.Key, cancellationToken).ConfigureAwait(false))?.State.Note;
            foreach (var (_, version) in ofSize)
            {
                if (note is null || await TokenAsync(version, ofSize.Key, note, cancellationToken).ConfigureAwait(false) is not { } token)
                {
                    unknown.Add($"'{version.Key}' isn't a sound timestamp of this log, or can't be read, and was left out.");
                    continue;
                }

                _tokens[version.Key] = token;
                _notes[ofSize.Key] = (note, Checkpoint.TryParse(SignedNote.TryParse(note)!.Text)!.Root);
            }
        }

        if (sizes.Count > MostSizes)
            unknown.Add($"The timestamps over {sizes.Count - MostSizes} more checkpoints were left out; those over the first {MostSizes} that cover a record are here.");
        unknown.AddRange(findings.ToList().Where(finding => finding.Kind == FindingKind.TimestampUnchecked).Select(finding => finding.Message));
    }

    public void AddTo(ZipWriter zip)
    {
        foreach (var (size, (note, _)) in _notes)
            zip.Add(EvidenceNames.Stamped.Of(size), Encoding.UTF8.GetBytes(note));
        foreach (var (name, token) in _tokens)
            zip.Add(name, token);
        for (var i = 0; i < roots.Count; i++)
            zip.Add(EvidenceNames.Roots.Of(i + 1), roots[i].Content);
    }

    private async Task<byte[]?> TokenAsync(StoredVersion version, long size, string note, CancellationToken cancellationToken)
    {
        var read = await store.ReadAsync(version, TimestampToken.MaxBytes, cancellationToken).ConfigureAwait(false);
        if (read.Status != ReadStatus.Ok)
            return null;
        var bytes = read.Content.ToArray();
        read.Release();
        return TimestampName.Format(size, bytes) == version.Key && TimestampToken.TryRead(bytes) is { } token && token.Defect(TimestampToken.HashOf(note)) is null ? bytes : null;
    }
}
