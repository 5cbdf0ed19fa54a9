using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Fuzz;

/// <summary>Summaries: as stored, and with a body that the log's own key signed.</summary>
internal sealed class SummaryTargets : IDisposable
{
    // The length that the gzip claims and a body of it, for each of the names that an input is opened as.
    private const long MostAllocated = 3 * 2L * LogFormat.MaxSegmentBytes;
    private static readonly NamePattern Pattern = new("s3://p*/?[0-9]*.csv", true);
    private readonly AlterableLog _log = AlterableLog.CreateAsync().GetAwaiter().GetResult();
    private readonly AuditLog _opened;
    private readonly Summary[] _summaries;

    public SummaryTargets()
    {
        _opened = AuditLog.OpenAsync(_log.Log.Store, default).GetAwaiter().GetResult();
        using var parser = new SegmentParser();
        long[] firsts = [0, 1, 21, 41];
        var terms = firsts.Select((first, i) => SegmentTerms.Of(parser.Parse(_log.Genuine(i), first, SegmentParts.Text | SegmentParts.Leaves, out _)!, _log.Genuine(i).Length)).ToArray();
        var part = Summary.OfSegments(terms);
        var inBlock = part.ForBlock() with { Count = SummaryId.BlockSize };
        _summaries = [part, Summary.OfSegments([terms[1]]), Summary.OfEntries(new SummaryId(SummaryId.Block, 0, SummaryId.BlockSize), [inBlock])];
    }

    public IEnumerable<Target> Targets
    {
        get
        {
            yield return new Target("summary", [.. _summaries.Select(summary => summary.SealAsync(_opened.Genesis.Origin, _log.Log.Key, default).AsTask().GetAwaiter().GetResult())], Stored) { Fixed = MostAllocated };
            yield return new Target("summary-body", [.. _summaries.Select(summary => summary.Body)], Signed) { Fixed = MostAllocated, PerByte = 400 };
        }
    }

    public void Dispose() => _log.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private string Stored(byte[] stored)
    {
        var outcome = "";
        foreach (var genuine in _summaries)
        {
            if (Open(genuine.Id, stored, out outcome) is not { } read)
                continue;
            // Whoever hasn't the key can't say anything else of the range.
            Assert.Equal(genuine.Body, read.Body);
            return Target.Accepted;
        }

        return outcome;
    }

    private string Signed(byte[] body)
    {
        var outcome = "";
        foreach (var id in _summaries.Select(genuine => genuine.Id))
        {
            if (Open(id, Seal(id, body), out outcome) is not { } read)
                continue;
            // A search asks these, whatever stands there.
            foreach (var terms in read.Entries.SelectMany(entry => new[] { entry.Actors, entry.Actions, entry.Resources, entry.Under }))
                _ = terms.MayHold("alice1") | terms.MayMatch(Pattern);
            Assert.Equal((id.First, id.End), (read.Entries[0].First, read.Entries[^1].End));
            // What was taken can be written and is taken again.
            var again = Summary.OfEntries(id, read.Entries);
            Assert.Equal(again.Body, Assert.IsType<Summary>(Open(id, Seal(id, again.Body), out _)).Body);
            return Target.Accepted;
        }

        return outcome;
    }

    private Summary? Open(SummaryId id, byte[] stored, out string trouble)
    {
        var summary = Summary.TryOpen(id, stored, _opened.Genesis.Origin, _opened.Head.State.Keys!, out trouble);
        Assert.NotEmpty(trouble);
        return summary;
    }

    // As docs/log-format.md has it: a line with the signed note, then the body.
    private byte[] Seal(SummaryId id, byte[] body)
    {
        var origin = _opened.Genesis.Origin;
        var text = string.Create(CultureInfo.InvariantCulture, $"immutableaudit/index/v1\n{origin}\n{id.Level}\n{id.First}\n{id.End}\n{new Digest(SHA256.HashData(body))}\n");
        var note = SignedNote.SignAsync(text, origin, _log.Log.Key, default).AsTask().GetAwaiter().GetResult();
        return SegmentForge.Gzip([.. Encoding.UTF8.GetBytes($"{{\"index\":1,\"note\":\"{JsonEncodedText.Encode(note)}\"}}\n"), .. body]);
    }
}
