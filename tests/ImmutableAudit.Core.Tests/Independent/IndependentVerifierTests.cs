using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;
using Xunit.Abstractions;

namespace ImmutableAudit.Core.Tests.Independent;

/// <summary>Runs where the second verifier's two programs are there, or is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IndependentFactAttribute : FactAttribute
{
    public IndependentFactAttribute() => Skip = Missing("python3", "--version") ?? Missing("openssl", "version");

    internal static string? Missing(string program, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program} doesn't run.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{program} isn't installed.";
        }
    }
}

/// <summary>
/// tests/independent/verify.py was written from docs/log-format.md alone. Where it and ChainVerifier agree on logs that
/// are good and bad in many ways, the document says what the code does.
/// </summary>
public sealed class IndependentVerifierTests : IDisposable
{
    private readonly ITestOutputHelper _output;
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-independent-").FullName;
    private readonly List<(string Name, string Folder, ChainReport Report)> _cases = [];
    private readonly TestKey _seal = new(), _admin = new(), _other = new(), _third = new();
    private readonly SegmentForge _forge = new(SegmentForge.NewOrigin());

    public IndependentVerifierTests(ITestOutputHelper output) => _output = output;

    [IndependentFact]
    public async Task Good_logs_verify_alike()
    {
        await CaseAsync("example", Path.Combine(SharedData.Repository, "docs", "example-log"));
        await using var log = new TestLog();
        await log.CreateAsync();
        // Over the multiple of 16,384 that no segment crosses.
        await log.WriteAsync(16_500, 4_000);
        await log.WriteAsync(3);
        await CaseAsync("many records", log.Directory);

        await using var keys = new TestLog();
        await keys.CreateAsync();
        using var second = Signing.KeyFile.Create(keys.Temporary("second.key"), default);
        await ChangeAsync(keys, keys.Key, keys.Key, KeyChange.Add(KeyRole.Seal, second.PublicKey));
        await ChangeAsync(keys, second, keys.Key, KeyChange.Add(KeyRole.Admin, second.PublicKey));
        await keys.WriteAsync(2);
        await ChangeAsync(keys, second, second, KeyChange.Retire(keys.Key.PublicKey));
        await CaseAsync("retired", Copied(keys.Directory));
        await ChangeAsync(keys, second, second, KeyChange.Compromise(keys.Key.PublicKey, DateTimeOffset.UnixEpoch));
        await CaseAsync("compromised", keys.Directory);
        Compare();
        Assert.Equal([ChainResult.Passed, ChainResult.Passed, ChainResult.Passed, ChainResult.Unknown], _cases.Select(c => c.Report.Result));
    }

    [IndependentFact]
    public async Task Altered_logs_verify_alike()
    {
        await using var log = await AlterableLog.CreateAsync();
        await CaseAsync("genuine", log.Log.Directory);
        await FlippedAsync(log);
        await LinesAsync(log);
        await SegmentsAsync(log);
        await StrangeAsync(log);
        Compare();
        Assert.True(_cases.Count > 300, $"{_cases.Count} cases");
    }

    [IndependentFact]
    public async Task Forged_logs_verify_alike()
    {
        await ForgedSealsAsync();
        await KeyRecordsAsync();
        await RecordRulesAsync();
        await GenesisRulesAsync();
        Compare();
        Assert.True(_cases.Count > 200, $"{_cases.Count} cases");
    }

    [IndependentFact]
    public async Task What_is_given_is_judged_alike()
    {
        await using var log = await AlterableLog.CreateAsync();
        var note = log.Log.Temporary("checkpoint");
        var checkpoint = (await log.VerifyAsync()).Checkpoint!;
        await File.WriteAllTextAsync(note, checkpoint);
        var key = Signing.VerifierKey.Create(log.Checkpoint.Origin, log.Log.Key.PublicKey.Span);
        var stranger = _other.Named(log.Checkpoint.Origin);
        var elsewhere = Signing.VerifierKey.Create("elsewhere", log.Log.Key.PublicKey.Span);

        foreach (var removed in new[] { false, true })
        {
            if (removed)
                File.Delete(log.Files[3]);
            await GivenAsync(new VerifyOptions { TrustedKeys = [key] }, "--vkey", key.ToString());
            await GivenAsync(new VerifyOptions { TrustedKeys = [stranger] }, "--vkey", stranger.ToString());
            await GivenAsync(new VerifyOptions { TrustedKeys = [elsewhere] }, "--vkey", elsewhere.ToString());
            await GivenAsync(new VerifyOptions { GenesisHash = log.GenesisHash }, "--genesis-hash", log.GenesisHash);
            await GivenAsync(new VerifyOptions { GenesisHash = RecordLines.Hash }, "--genesis-hash", RecordLines.Hash);
            await GivenAsync(new VerifyOptions { KnownCheckpoints = [log.Checkpoint] }, "--checkpoint", note);
        }

        // Another log under a known checkpoint, and the one whose admin key alone is known.
        Put(_forge.Create(_seal, (KeyRole.Admin, _admin)));
        for (var i = 0; i < 30; i++)
            Put(_forge.Segment(_seal, new(), new()));
        var forged = Folder(_put, "forged");
        await GivenAsync(new VerifyOptions { KnownCheckpoints = [log.Checkpoint] }, forged, "--checkpoint", note);
        var admin = _admin.Named(_forge.Origin);
        await GivenAsync(new VerifyOptions { TrustedKeys = [admin] }, forged, "--vkey", admin.ToString());
        var hash = (await VerifyAsync(forged, null)).GenesisHash!;
        await GivenAsync(new VerifyOptions { TrustedKeys = [admin], GenesisHash = hash }, forged, "--vkey", admin.ToString(), "--genesis-hash", hash);
        await GivenAsync(new VerifyOptions { TrustedKeys = [stranger], GenesisHash = hash }, forged, "--vkey", stranger.ToString(), "--genesis-hash", hash);

        async Task GivenAsync(VerifyOptions options, params string[] arguments)
        {
            var folder = arguments[0].StartsWith('-') ? log.Log.Directory : arguments[0];
            _cases.Clear();
            _cases.Add((string.Join(' ', arguments), folder, await VerifyAsync(folder, options)));
            Compare(arguments[0].StartsWith('-') ? arguments : arguments[1..]);
        }
    }

    public void Dispose()
    {
        foreach (var key in new[] { _seal, _admin, _other, _third })
            key.Dispose();
        _forge.Dispose();
        Directory.Delete(_folder, true);
    }

    // ---- alterations by somebody who has no key

    private async Task FlippedAsync(AlterableLog log)
    {
        for (var segment = 0; segment < 4; segment++)
        {
            var length = log.Genuine(segment).Length;
            // The header, the trailer with the padding before it, and a sample between them.
            var offsets = Enumerable.Range(0, 10).Concat(Enumerable.Range(length - 9, 9)).Concat(Enumerable.Range(1, 16).Select(i => 10 + i * (length - 20) / 17));
            foreach (var offset in offsets)
            {
                var flipped = log.Genuine(segment);
                flipped[offset] ^= (byte)(1 << offset % 8);
                await BytesAsync(log, segment, $"bit {offset % 8} of byte {offset}", flipped);
            }

            var genuine = log.Genuine(segment);
            await BytesAsync(log, segment, "cut", genuine[..^1]);
            await BytesAsync(log, segment, "halved", genuine[..(length / 2)]);
            await BytesAsync(log, segment, "empty", []);
            await BytesAsync(log, segment, "a byte more", [.. genuine, 0]);
            await BytesAsync(log, segment, "twice", [.. genuine, .. genuine]);
            await BytesAsync(log, segment, "a byte before the CRC", [.. genuine[..^8], 0, .. genuine[^8..]]);
            await BytesAsync(log, segment, "compressed anew", SegmentForge.Gzip(SegmentForge.Gunzip(genuine), System.IO.Compression.CompressionLevel.SmallestSize));
            await BytesAsync(log, segment, "text cut", SegmentForge.Gzip(SegmentForge.Gunzip(genuine).AsSpan()[..^1]));
            await BytesAsync(log, segment, "a line feed more", SegmentForge.Gzip([.. SegmentForge.Gunzip(genuine), 10]));
            await BytesAsync(log, segment, "a line feed alone", SegmentForge.Gzip("\n"u8));
            await BytesAsync(log, segment, "not UTF-8", SegmentForge.Gzip([.. SegmentForge.Gunzip(genuine).Select(b => b == (byte)'3' ? (byte)0xff : b)]));
        }
    }

    private Task BytesAsync(AlterableLog log, int segment, string what, byte[] bytes)
    {
        File.WriteAllBytes(log.Files[segment], bytes);
        return AlteredAsync(log, $"segment {segment}, {what}");
    }

    private async Task LinesAsync(AlterableLog log)
    {
        var alterations = new (string What, Action<List<string>, int> Alter)[]
        {
            ("action", (lines, at) => lines[at] = Replaced(lines[at], "GetObject", "PutObject")),
            ("data", (lines, at) => lines[at] = Replaced(lines[at], "payroll", "payrolls")),
            ("recorded", (lines, at) => lines[at] = Replaced(lines[at], "\"recorded\":\"20", "\"recorded\":\"19")),
            ("member", (lines, at) => lines[at] = Replaced(lines[at], "\"ip\":", "\"x\":1,\"ip\":")),
            ("truncated", (lines, at) => lines[at] = lines[at][..^5]),
            ("emptied", (lines, at) => lines[at] = ""),
            ("second object", (lines, at) => lines[at] += "{}"),
            ("white space", (lines, at) => lines[at] = Replaced(lines[at], ",\"id\"", ", \"id\"")),
            ("seq", (lines, at) => lines[at] = Replaced(lines[at], "\"seq\":", "\"seq\":9")),
            ("removed", (lines, at) => lines.RemoveAt(at)),
            ("twice", (lines, at) => lines.Insert(at, lines[at])),
            ("swapped", (lines, at) => (lines[at], lines[at + 1]) = (lines[at + 1], lines[at])),
            ("inserted", (lines, at) => lines.Insert(at, Replaced(lines[at], "alice", "mallory"))),
            ("prev", (lines, at) =>
            {
                var prev = lines[at].IndexOf("\"prev\":\"", StringComparison.Ordinal) + 8;
                lines[at] = lines[at][..prev] + RecordLines.Hash + lines[at][(prev + 64)..];
            }),
        };
        foreach (var (segment, sequence) in new[] { (1, 1), (1, 2), (1, 17), (1, 19), (1, 20), (2, 21), (2, 33), (2, 40), (3, 41), (3, 44), (3, 45) })
        {
            foreach (var (what, alter) in alterations)
            {
                var lines = log.Lines(segment).ToList();
                alter(lines, sequence - (1 + (segment - 1) * 20));
                log.Write(segment, lines);
                await AlteredAsync(log, $"record {sequence}, {what}");
            }
        }

        for (var segment = 0; segment < 4; segment++)
        {
            var seal = log.Lines(segment)[^1];
            foreach (var altered in new[]
            {
                seal.Replace("\"seal\":1", "\"seal\":2", StringComparison.Ordinal),
                seal.Replace("\"first\":", "\"first\":1", StringComparison.Ordinal),
                seal.Replace("\"first\":", "\"first\":0", StringComparison.Ordinal),
                seal.Replace("\"count\":", "\"count\":1", StringComparison.Ordinal),
                seal.Replace("\"frontier\":[", "\"frontier\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",", StringComparison.Ordinal),
                seal.Replace("\"frontier\":[\"", "\"frontier\":[\"AA", StringComparison.Ordinal),
                seal.Replace("=\"]", "\"]", StringComparison.Ordinal),
                seal.Replace("\\n\u2014", "extension\\n\\n\u2014", StringComparison.Ordinal),
                seal.Replace("\\n\u2014 ", "\\n\u2014 x", StringComparison.Ordinal),
                seal.Replace("\u2014", "\\u2014", StringComparison.Ordinal),
                seal.Replace("\\n", "\\u000a", StringComparison.Ordinal),
                seal.Replace("\"}", " \"}", StringComparison.Ordinal),
                seal.Replace("\"}", "\",\"x_more\":1}", StringComparison.Ordinal),
                seal.Replace("{\"seal\":1,", "{", StringComparison.Ordinal),
                seal + " ",
                "",
            })
            {
                log.Write(segment, [.. log.Lines(segment)[..^1], altered]);
                await AlteredAsync(log, $"segment {segment}, seal {altered}");
            }

            log.Write(segment, log.Lines(segment)[..^1]);
            await AlteredAsync(log, $"segment {segment}, no seal");
            log.Write(segment, log.Lines(segment)[^1..]);
            await AlteredAsync(log, $"segment {segment}, the seal alone");
        }

        var genesis = log.Lines(0);
        log.Write(0, [Replaced(genesis[0], "\"tolerance\":300", "\"tolerance\":900"), genesis[1]]);
        await AlteredAsync(log, "genesis");
        foreach (var (one, two) in new[] { ((1, 17), (2, 30)), ((1, 17), (3, 42)), ((2, 22), (3, 42)) })
        {
            foreach (var (segment, sequence) in new[] { one, two })
            {
                var lines = log.Lines(segment);
                lines[sequence - (1 + (segment - 1) * 20)] = Replaced(lines[sequence - (1 + (segment - 1) * 20)], "GetObject", "PutObject");
                log.Write(segment, lines);
            }

            await AlteredAsync(log, $"holes {one} and {two}");
        }
    }

    private async Task SegmentsAsync(AlterableLog log)
    {
        for (var removed = 1; removed < 16; removed++)
        {
            for (var segment = 0; segment < 4; segment++)
            {
                if ((removed & 1 << segment) != 0)
                    File.Delete(log.Files[segment]);
            }

            if (removed == 15)
                log.Restore(); // A folder without a log is no log to verify.
            else
                await AlteredAsync(log, $"removed {removed:b4}");
        }

        for (var at = 0; at < 4; at++)
        {
            for (var from = 0; from < 4; from++)
            {
                File.WriteAllBytes(log.Files[at], log.Genuine(from));
                await AlteredAsync(log, $"{from} under the name of {at}");
                File.WriteAllBytes(log.Files[at], log.Genuine(from));
                File.WriteAllBytes(log.Files[from], log.Genuine(at));
                await AlteredAsync(log, $"{from} and {at} exchanged");
                if (at == from)
                    continue;
                log.Write(at, [.. log.Lines(at)[..^1], log.Lines(from)[^1]]);
                await AlteredAsync(log, $"the seal of {from} under the lines of {at}");
            }
        }

        foreach (var position in new[] { 2, 25, 46, 100, 999_999_999_999_999_999 })
        {
            for (var segment = 0; segment < 4; segment++)
            {
                File.WriteAllBytes(Path.Combine(log.Log.Directory, AlterableLog.KeyOf(position)), log.Genuine(segment));
                await AlteredAsync(log, $"a copy of {segment} at {position}");
                File.Move(log.Files[segment], Path.Combine(log.Log.Directory, AlterableLog.KeyOf(position)));
                await AlteredAsync(log, $"{segment} moved to {position}");
            }

            await File.WriteAllTextAsync(Path.Combine(log.Log.Directory, AlterableLog.KeyOf(position)), "garbage");
            await AlteredAsync(log, $"garbage at {position}");
        }

        using (var file = new FileStream(log.Files[2], FileMode.Open))
            file.SetLength(LogFormat.MaxStoredBytes + 1L);
        await AlteredAsync(log, "too large");
    }

    private async Task StrangeAsync(AlterableLog log)
    {
        foreach (var name in new[]
        {
            "readme.txt", "999999999999999999-0.jsonl.gz.bak", "999999999999999999-0.jsonl", "999999999999999999-00.jsonl.gz",
            "999999999999999998-0.jsonl.gz", "999999999999999999-+0.jsonl.gz", "999999999999999999- 0.jsonl.gz", "0-999999999999999999.jsonl.gz",
            "99999999999999999-900000000000000000.jsonl.gz", "999999999999999958-41.JSONL.GZ", ".999999999999999958-41.jsonl.gz", "a\u0301é.gz",
        })
        {
            File.Copy(log.Files[3], Path.Combine(log.Folder, name));
            await AlteredAsync(log, name);
        }

        Directory.CreateDirectory(Path.Combine(log.Folder, "more", "and more"));
        File.Copy(log.Files[3], Path.Combine(log.Folder, "more", "and more", Path.GetFileName(log.Files[3])));
        await AlteredAsync(log, "a folder beneath");
        for (var segment = 0; segment < 4; segment++)
        {
            File.Delete(log.Files[segment]);
            Directory.CreateDirectory(log.Files[segment]);
            await AlteredAsync(log, $"a folder in the place of {segment}");
        }

        await File.WriteAllTextAsync(Path.Combine(log.Log.Directory, "beside"), "no part of the log");
        await AlteredAsync(log, "beside segments");
        if (OperatingSystem.IsWindows())
            return;
        Directory.CreateSymbolicLink(Path.Combine(log.Folder, "round"), ".");
        await AlteredAsync(log, "a link to its own folder");
        for (var segment = 1; segment < 4; segment++)
        {
            File.Delete(log.Files[segment]);
            await LinkAsync(segment, log.Log.Temporary("nowhere"), "a link to nothing");
            await LinkAsync(segment, log.Files[segment], "a link to itself");
            await File.WriteAllTextAsync(Path.Combine(log.Log.Directory, AlterableLog.KeyOf(25)), "garbage");
            await LinkAsync(segment, log.Files[segment], "a link to itself, garbage behind,");
        }

        async Task LinkAsync(int segment, string target, string what)
        {
            File.Delete(log.Files[segment]);
            File.CreateSymbolicLink(log.Files[segment], target == log.Files[segment] ? Path.GetFileName(target) : target);
            await CaseAsync($"{what} in the place of {segment}", Copied(log.Log.Directory));
            File.Delete(log.Files[segment]); // Before anything is written through it.
            log.Restore();
        }
    }

    private async Task AlteredAsync(AlterableLog log, string name)
    {
        await CaseAsync(name, Copied(log.Log.Directory));
        log.Restore();
    }

    // ---- logs forged by somebody who has keys

    private readonly List<ForgedSegment> _put = [];

    private async Task ForgedSealsAsync()
    {
        Put(_forge.Create(_seal, (KeyRole.Admin, _admin)));
        var start = _put.ToList();
        var begin = _forge.Copy();
        var genuine = Three(begin.Copy());
        await ForgedAsync("genuine", [.. start, .. genuine]);
        await ForgedAsync("a stranger's seal", [.. start, genuine[0], Second(begin).Segment(_other, new("s3:DeleteObject"), new()), genuine[2]]);
        await ForgedAsync("an admin key's seal", [.. start, begin.Copy().Segment(_admin, new(), new())]);
        await ForgedAsync("a stolen key's seal", [.. start, begin.Copy().Segment(_seal, new("s3:DeleteObject"), new()), genuine[1], genuine[2]]);
        await ForgedAsync("a stolen key's seal in the middle", [.. start, genuine[0], Second(begin).Segment(_seal, new("s3:DeleteObject"), new()), genuine[2]]);
        await ForgedAsync("a stolen key's seal at the end", [.. start, genuine[0], Second(begin).Segment(_seal, new("s3:DeleteObject"), new())]);
        var inside = begin.Copy();
        inside.Segment(_seal, new ForgedRecord());
        await ForgedAsync("inside another", [.. start, .. genuine, inside.Segment(_seal, new ForgedRecord("s3:DeleteObject"))]);
        await ForgedAsync("inside another, a stranger's", [.. start, .. genuine, inside.Segment(_other, new ForgedRecord("s3:DeleteObject"))]);
        var shorter = begin.Copy();
        await ForgedAsync("a record sealed away", [.. start, shorter.Segment(_seal, new ForgedRecord()), genuine[1], genuine[2]]);
        await ForgedAsync("a record sealed in", [.. start, begin.Copy().Segment(_seal, new(), new(), new()), genuine[1], genuine[2]]);

        var falls = begin.Copy();
        var first = falls.Segment(_seal, new(), new());
        falls.Recorded = falls.Recorded.AddSeconds(-1);
        await ForgedAsync("recorded falls", [.. start, first, falls.Segment(_seal, new(), new())]);
        var repeats = begin.Copy();
        var ids = repeats.Copy();
        first = repeats.Segment(_seal, new(), new());
        (ids.Size, ids.LastLeaf, ids.LastSegment, ids.Frontier) = (repeats.Size, repeats.LastLeaf, repeats.LastSegment, repeats.Frontier);
        await ForgedAsync("an id twice", [.. start, first, ids.Segment(_seal, new ForgedRecord())]);

        foreach (var (what, forge) in new (string, Action<SegmentForge>)[]
        {
            ("prev", f => f.LastLeaf = f.LastSegment), ("segment", f => f.LastSegment = f.LastLeaf), ("keys", f => f.KeysAt = 1), ("frontier", f => f.Frontier = begin.Frontier.Clone()),
        })
        {
            var wrong = Second(begin);
            forge(wrong);
            if (what != "frontier")
                await ForgedAsync($"wrong {what} at the end", [.. start, genuine[0], wrong.Segment(_seal, new(), new())]);
            await ForgedAsync($"wrong {what} in the middle", [.. start, genuine[0], wrong.Segment(_seal, new(), new()), genuine[2]]);
        }

        List<ForgedSegment> Three(SegmentForge forge) => [.. Enumerable.Range(0, 3).Select(_ => forge.Segment(_seal, new(), new()))];

        SegmentForge Second(SegmentForge forge)
        {
            var second = forge.Copy();
            second.Segment(_seal, new(), new());
            return second;
        }
    }

    private async Task KeyRecordsAsync()
    {
        var other = ("vkey", Vkey(_other));
        var good = Admin(AdminRecord.KeyAdded, ("role", "seal"), other);
        await BehindAsync("KeyAdded", good);
        await BehindAsync("KeyAdded, other role", Admin(AdminRecord.KeyAdded, ("role", "admin"), ("vkey", Vkey(_seal))));
        await BehindAsync("KeyAdded, same role", Admin(AdminRecord.KeyAdded, ("role", "seal"), ("vkey", Vkey(_seal))));
        await BehindAsync("KeyAdded, Seal", Admin(AdminRecord.KeyAdded, ("role", "Seal"), other));
        await BehindAsync("KeyAdded twice, one place", good, good);
        await BehindAsync("KeyAdded twice, two places", good, _forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_third))], place: 1));
        await BehindAsync("KeyAdded, same key twice", good, _forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), other], place: 1));
        await BehindAsync("KeyAdded and retired at once", good, _forge.Admin(_admin, AdminRecord.KeyRetired, [other], place: 1));
        await BehindAsync("the last sealing key retired", Admin(AdminRecord.KeyRetired, ("vkey", Vkey(_seal))));
        await BehindAsync("the last admin key retired", Admin(AdminRecord.KeyRetired, ("vkey", Vkey(_admin))));
        await BehindAsync("an unknown key retired", Admin(AdminRecord.KeyRetired, other));
        await BehindAsync("an unknown key compromised", Admin(AdminRecord.KeyCompromised, other, ("since", RecordLines.Time)));
        await BehindAsync("the sealing key compromised", Admin(AdminRecord.KeyCompromised, ("vkey", Vkey(_seal)), ("since", RecordLines.Time)));
        await BehindAsync("compromised twice", Admin(AdminRecord.KeyCompromised, ("vkey", Vkey(_seal)), ("since", RecordLines.Time)), _forge.Admin(_admin, AdminRecord.KeyCompromised, [("vkey", Vkey(_seal)), ("since", RecordLines.Recorded)], place: 1));
        await BehindAsync("compromised, no time", Admin(AdminRecord.KeyCompromised, ("vkey", Vkey(_seal)), ("since", "2026-02-30T00:00:00.0000000Z")));
        await BehindAsync("another origin's key", Admin(AdminRecord.KeyAdded, ("role", "seal"), ("vkey", _other.Named(SegmentForge.NewOrigin()).ToString())));
        await BehindAsync("signed by the sealing key", _forge.Admin(_seal, AdminRecord.LogClosed, []));
        await BehindAsync("signed for another place", _forge.Admin(_admin, AdminRecord.LogClosed, [], place: 1));
        await BehindAsync("signed for another log", _forge.Admin(_admin, AdminRecord.LogClosed, [], origin: SegmentForge.NewOrigin()));
        await BehindAsync("no note", SegmentForge.AdminWithNote(AdminRecord.LogClosed, [], null));
        await BehindAsync("no data", new ForgedRecord(AdminRecord.LogClosed));
        await BehindAsync("not a note", SegmentForge.AdminWithNote(AdminRecord.LogClosed, [], "not a note\n"));
        await BehindAsync("signed by the key added", good, _forge.Admin(_other, AdminRecord.LogClosed, [], place: 1));
        await BehindAsync("LogClosed", Admin(AdminRecord.LogClosed));
        await BehindAsync("LogClosed, not last", Admin(AdminRecord.LogClosed), new());
        await BehindAsync("LogClosed with an argument", Admin(AdminRecord.LogClosed, ("more", "1")));
        foreach (var before in new[] { "0", "16384", "05", "-1", "", "x", "999999999999999999", "1000000000000000000" })
        {
            await BehindAsync($"Pruned before {before}", Admin(AdminRecord.Pruned, ("before", before)));
            var signed = Admin(AdminRecord.Pruned, ("before", before));
            await BehindAsync($"Pruned before {before}, a number", signed with { Data = signed.Data!.Replace($"\"{before}\"", before, StringComparison.Ordinal) });
        }

        foreach (var (from, size, root) in new[] { ("s3://elsewhere", "5", RecordLines.Hash), ("", "5", RecordLines.Hash), ("a\nb", "5", RecordLines.Hash), ("a", "5", RecordLines.Hash.ToUpperInvariant()), ("a", "5", "") })
            await BehindAsync($"LogMoved {from} {size} {root}", Admin(AdminRecord.LogMoved, ("from", from), ("size", size), ("root", root)));
        foreach (var action in new[] { LogFormat.LogCreated, "immutableaudit:", "immutableaudit:Unknown", "immutableaudit:keyadded", "IMMUTABLEAUDIT:KeyAdded", "immutableaudit:KeyAdded " })
            await BehindAsync($"action {action}", Admin(action, ("role", "seal"), other));
        await BehindAsync("an action with an escape", good with { Line = _forge.MakeLine(good, true, 0).Replace("audit:Key", "audit\\u003aKey", StringComparison.Ordinal) });
        // Its members in another order, and with an escape.
        await BehindAsync("note first", good with { Data = "{" + good.Data![good.Data!.IndexOf("\"note\"", StringComparison.Ordinal)..^1] + "," + good.Data![1..good.Data!.IndexOf(",\"note\"", StringComparison.Ordinal)] + "}" });
        await BehindAsync("an argument with an escape", good with { Data = Replaced(good.Data!, "\"seal\"", "\"s\\u0065al\"") });
        await BehindAsync("an argument's name with an escape", good with { Data = Replaced(good.Data!, "\"role\"", "\"r\\u006fle\"") });
        await BehindAsync("an argument twice", good with { Data = Replaced(good.Data!, "\"role\"", "\"Role\":1,\"role\"") });
        await BehindAsync("a note with two signatures", good with { Data = Replaced(good.Data!, "\\n\"}", "\\n" + good.Data![good.Data!.IndexOf('\u2014', StringComparison.Ordinal)..^2] + "\"}") });

        // A life with changes of keys, whole and with each segment damaged or removed.
        var forge = _forge.Copy();
        List<ForgedSegment> life =
        [
            .. _put,
            forge.Segment(_seal, new(), forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), other]), new()),
            forge.Segment(_other, new ForgedRecord()),
        ];
        life.Add(forge.Segment(_other, forge.Admin(_admin, AdminRecord.KeyRetired, [("vkey", Vkey(_seal))])));
        life.Add(forge.Segment(_other, new(), new()));
        var retired = forge.Copy().Segment(_seal, new ForgedRecord());
        life.Add(forge.Segment(_other, forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_third))])));
        life.Add(forge.Segment(_third, new(), forge.Admin(_admin, AdminRecord.KeyCompromised, [("vkey", Vkey(_other)), ("since", RecordLines.Time)])));
        life.Add(forge.Segment(_third, new ForgedRecord()));
        life.Add(forge.Segment(_third, forge.Admin(_admin, AdminRecord.LogClosed, [])));
        await ForgedAsync("changes of keys", life);
        await ForgedAsync("a retired key's seal", [.. life.Take(5), retired]);
        await ForgedAsync("behind LogClosed", [.. life, forge.Segment(_third, new ForgedRecord())]);
        for (var i = 1; i < life.Count - 1; i++)
        {
            await ForgedAsync($"changes of keys, {i} removed", [.. life[..i], .. life[(i + 1)..]]);
            var damaged = (byte[])life[i].Stored.Clone();
            damaged[100] ^= 8;
            await ForgedAsync($"changes of keys, {i} damaged", [.. life[..i], life[i] with { Stored = damaged }, .. life[(i + 1)..]]);
        }
    }

    // One record, whose line keeps a rule or breaks it, behind a genesis; its seal folds it all the same.
    private async Task RecordRulesAsync()
    {
        foreach (var part in new[]
        {
            ",\"outcome\":\"Success\"", ",\"outcome\":null", ",\"outcome\":\"success\"", ",\"outcome\":\"Succes\\u0073\"", ",\"outcome\":1",
            ",\"reason\":\"\"", ",\"reason\":null", ",\"reason\":1", ",\"actor\":null", ",\"actor\":{}", ",\"actor\":[]", ",\"actor\":\"a\"",
            ",\"actor\":{\"id\":null,\"x\":{\"ip\":5}}", ",\"actor\":{\"id\":5}", ",\"actor\":{\"\\u0069p\":5}", ",\"actor\":{\"ID\":5}", ",\"actor\":{\"x\":1,\"X\":2}",
            ",\"resource\":{\"type\":1}", ",\"resource\":{\"ip\":1}", ",\"source\":{\"host\":1}", ",\"source\":{\"app\":1}", ",\"source\":{\"id\":5}",
            ",\"data\":[]", ",\"data\":\"x\"", ",\"data\":1", ",\"data\":null", ",\"data\":{}", ",\"x_\":1", ",\"X_a\":1", ",\"xa\":1", ",\"\":1", ",\"\\u0078_a\":1",
            ",\"dat\\u0061\":{}", ",\"DATA\":{}", ",\"unknown\":1", ",\"x_a\":1,\"x_a\":2", ",\"x_a\":1,\"x_A\":2", ",\"x_\\u00e9\":1,\"x_é\":2", ",\"x_é\":2,\"x_É\":3", ",\"x_\\u00e9\":1",
            ",\"x_a\":{\"b\":1,\"B\":1}", ",\"x_a\":[{\"b\":1,\"\\u0062\":1}]", ",\"x_a\":0", ",\"x_a\":-0", ",\"x_a\":01", ",\"x_a\":1.", ",\"x_a\":.5", ",\"x_a\":1.50", ",\"x_a\":1e5", ",\"x_a\":1E+05", ",\"x_a\":1e", ",\"x_a\":-", ",\"x_a\":+1",
            ",\"x_a\":NaN", ",\"x_a\":Infinity", ",\"x_a\":tru", ",\"x_a\":truex", ",\"x_a\":1e999999", ",\"x_a\":" + new string('9', 5000),
            ",\"x_a\":\"\\ud83d\\ude00\"", ",\"x_a\":\"\\ud83d\"", ",\"x_a\":\"\\ud83dx\\ude00\"", ",\"x_a\":\"\\ude00\\ud83d\"", ",\"x_a\":\"\\ude00\"", ",\"x_a\":\"\\ud83d\\ud83d\\ude00\"", ",\"x_a\":\"\\\\ud83d\"", ",\"x_a\":\"\\uD83D\\uDE00\"",
            ",\"x_a\":\"\\u00\"", ",\"x_a\":\"\\x\"", ",\"x_a\":\"\\'\"", ",\"x_a\":\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"", ",\"x_a\":\"\t\"", ",\"x_a\":\"\u007f\u0080\u2028\ufeff\uffff\"", ",\"x_a\":\"\\u0000\"", ",\"x_a\":\"\\U0041\"", ",\"x_a\":\"a", ",\"x_\\ud83d\":1",
            ",\"x_a\":[]", ",\"x_a\":[1,]", ",\"x_a\":[,1]", ",\"x_a\":{\"a\":1,}", ",\"x_a\":{,}", ",\"x_a\":{1:1}", ",\"x_a\":{\"a\"}", ",\"x_a\":[1 ,2]", ",\"x_a\" :1", ",\"x_a\":\" \"", ",,\"x_a\":1", ",\"x_a\":[1]]", ",\"x_a\":[1}",
            ",\"x_a\":" + new string('[', 63) + new string(']', 63), ",\"x_a\":" + new string('[', 64) + new string(']', 64), ",\"x_a\":" + string.Concat(Enumerable.Repeat("{\"a\":", 63)) + "1" + new string('}', 63), ",\"x_a\":" + string.Concat(Enumerable.Repeat("{\"a\":", 64)) + "1" + new string('}', 64),
            ",\"id\":null", ",\"Id\":1", ",\"time\":1", ",\"segment\":\"" + RecordLines.Zeros + "\"", ",\"keys\":0",
        })
            await LineAsync("with " + part, line => line[..^1] + part + "}");

        foreach (var (part, by) in new[]
        {
            ("\"keys\":0", "\"keys\":1"), ("\"keys\":0", "\"keys\":00"), ("\"keys\":0", "\"keys\":-0"), ("\"keys\":0", "\"keys\":0.0"), ("\"keys\":0", "\"keys\":null"), (",\"keys\":0", ""), ("\"keys\":0", "\"keys\":\"0\""),
            ("\"seq\":1,", "\"seq\":01,"), ("\"seq\":1,", "\"seq\":1.0,"), ("\"seq\":1,", "\"seq\":1e0,"), ("\"seq\":1,", "\"seq\":\"1\","), ("\"seq\":1,", "\"\\u0073eq\":1,"), ("\"seq\":1,", "\"Seq\":1,"), ("\"seq\":1,", "\"seq\":2,"), ("\"seq\":1,", ""), ("\"seq\":1,", "\"seq\":1,\"x_a\":1,"), ("\"seq\":1,", "\"seq\":1000000000000000000,"),
            ("\"prev\":", "\"Prev\":"), ("\"prev\":", "\"\\u0070rev\":"), ("\"prev\":", "\"prev\":null,\"x_prev\":"),
            ("\"segment\":", "\"x_segment\":"), ("\"segment\":\"", "\"segment\":\"0"),
            ("\"s3:GetObject\"", "\"\""), ("\"s3:GetObject\"", "null"), ("\"s3:GetObject\"", "1"), ("\"s3:GetObject\"", "\"\\u0073\""), ("\"s3:GetObject\"", "\"immutableaudit\""), ("\"s3:GetObject\"", "\"immutableaudit.x\""), ("\"s3:GetObject\"", "\" immutableaudit:x\""), ("\"s3:GetObject\"", "\"\u0131mmutableaudit:x\""), ("\"s3:GetObject\"", "\"\u0130mmutableaudit:x\""), ("\"s3:GetObject\"", "\"immutableaudit\\u003ax\""), ("\"s3:GetObject\"", "\"\\u0049mmutableaudit:x\""),
            ("2026-11-21T20:38:00.1234567Z", "2026-11-21T20:38:60.1234567Z"), ("2026-11-21T20:38:00.1234567Z", "2026-02-29T20:38:00.1234567Z"), ("2026-11-21T20:38:00.1234567Z", "2024-02-29T20:38:00.1234567Z"), ("2026-11-21T20:38:00.1234567Z", "0000-01-01T00:00:00.0000000Z"), ("2026-11-21T20:38:00.1234567Z", "0001-01-01T00:00:00.0000000Z"), ("2026-11-21T20:38:00.1234567Z", "9999-12-31T23:59:59.9999999Z"), ("2026-11-21T20:38:00.1234567Z", "2026-11-21T24:00:00.0000000Z"), ("2026-11-21T20:38:00.1234567Z", "2026-11-21T20:38:00.123456Z"), ("2026-11-21T20:38:00.1234567Z", "2026-11-21T20:38:00.1234567\\u005a"), ("2026-11-21T20:38:00.1234567Z", "２026-11-21T20:38:00.1234567Z"), ("2026-11-21T20:38:00.1234567Z", "2026-11-21T20:38:00.1234567Z\\n"),
            ("\"recorded\":\"2026-", "\"recorded\":\"2027-"), ("\"recorded\":\"2026-", "\"recorded\":\"2025-"), ("\"recorded\":\"2026-", "\"recorded\":\"x026-"), ("\"recorded\":", "\"x_recorded\":"), ("\"id\":", "\"x_id\":"), ("\"time\":", "\"x_time\":"), ("\"action\":", "\"x_action\":"),
            ("\"id\":\"0", "\"id\":\"00"), ("\"id\":\"0", "\"id\":\"g"), ("\"id\":\"0", "\"id\":\"A"), ("\"id\":\"0", "\"id\":\"\\u0030"), ("\"id\":\"0", "\"id\":\"{"),
            ("{\"seq\"", "\ufeff{\"seq\""), ("{\"seq\"", " {\"seq\""), ("{\"seq\"", "[{\"seq\""), ("s3:GetObject", "\r"), ("s3:GetObject", "\u001f"),
        })
            await LineAsync($"{part} as {by}", line => Replaced(line, part, by));

        // prev and segment with an escape in them.
        await LineAsync("prev with an escape", line => Escaped(line, "\"prev\":\""));
        await LineAsync("segment with an escape", line => Escaped(line, "\"segment\":\""));
        foreach (var length in new[] { 65_535, 65_536 })
            await LineAsync($"{length} bytes", line => line[..^1] + ",\"x_a\":\"" + new string('a', length - line.Length - 9) + "\"}");

        async Task LineAsync(string name, Func<string, string> change)
        {
            var forge = _forge.Copy();
            await ForgedAsync(name, [.. _put, forge.Segment(_seal, new ForgedRecord(Line: change(forge.MakeLine(new(), true, 0))))]);
        }

        static string Escaped(string line, string before)
        {
            var at = line.IndexOf(before, StringComparison.Ordinal) + before.Length;
            return line[..at] + $"\\u{(int)line[at]:x4}" + line[(at + 1)..];
        }
    }

    private async Task GenesisRulesAsync()
    {
        var origin = _forge.Origin;
        var seal = $"{{\"role\":\"seal\",\"vkey\":\"{Vkey(_seal)}\"}}";
        var least = $"{{\"format\":1,\"origin\":\"{origin}\",\"keys\":[{seal}],\"tolerance\":300}}";
        await GenesisAsync("the least", least);
        foreach (var (part, by) in new[]
        {
            ("\"format\":1", "\"format\":2"), ("\"format\":1", "\"format\":\"1\""), ("\"format\":1", "\"format\":1.0"), ("\"format\":1,", ""), ("\"format\"", "\"Format\""), ("\"format\"", "\"f\\u006frmat\""),
            ("\"origin\":\"t", "\"origin\":\"T"), ("\"origin\":\"t", "\"origin\":\"\\u0074"), ("\"role\":\"seal\"", "\"role\":\"admin\""), ("\"role\":\"seal\"", "\"role\":\"Seal\""), ("\"role\":\"seal\"", "\"role\":\"\\u0073eal\""), ("\"role\":\"seal\",", ""), ("\"role\":\"seal\"", "\"role\":\"seal\",\"x\":1"),
            ("\"tolerance\":300", "\"tolerance\":4"), ("\"tolerance\":300", "\"tolerance\":5"), ("\"tolerance\":300", "\"tolerance\":86400"), ("\"tolerance\":300", "\"tolerance\":86401"), ("\"tolerance\":300", "\"tolerance\":3e2"), ("\"tolerance\":300", "\"tolerance\":0300"), ("\"tolerance\":300", "\"tolerance\":-300"), ("\"tolerance\":300", "\"tolerance\":99999999999999999999"), (",\"tolerance\":300", ""),
            ("300}", "300,\"heartbeat\":0}"), ("300}", "300,\"heartbeat\":2000000000}"), ("300}", "300,\"heartbeat\":2147483648}"), ("300}", "300,\"heartbeat\":999999999999}"), ("300}", "300,\"heartbeat\":null}"), ("300}", "300,\"x_more\":1}"), ("300}", "300,\"retention\":null}"), ("300}", "300,\"retention\":{}}"),
            ("300}", "300,\"retention\":{\"mode\":\"Compliance\",\"days\":1}}"), ("300}", "300,\"retention\":{\"days\":36525,\"mode\":\"Governance\"}}"), ("300}", "300,\"retention\":{\"mode\":\"compliance\",\"days\":1}}"), ("300}", "300,\"retention\":{\"mode\":\"Compliance\",\"days\":0}}"), ("300}", "300,\"retention\":{\"mode\":\"Compliance\",\"days\":36526}}"), ("300}", "300,\"retention\":{\"mode\":\"Compliance\",\"days\":1,\"x\":1}}"), ("300}", "300,\"retention\":{\"mode\":\"Compliance\"}}"), ("300}", "300,\"retention\":{\"mode\":\"\\u0043ompliance\",\"days\":1}}"),
            ($"[{seal}]", "[]"), ($"[{seal}]", "{}"), ($"[{seal}]", "[1]"), ($"[{seal}]", $"[{seal},{seal}]"), ($"[{seal}]", $"[{seal},{seal.Replace("seal", "admin", StringComparison.Ordinal)}]"), ($"[{seal}]", $"[{seal.Replace("seal", "admin", StringComparison.Ordinal)},{seal}]"), ($"[{seal}]", $"[{seal},{seal.Replace("seal", "admin", StringComparison.Ordinal)},{seal}]"),
            ("+AjB", "+AzB"), ("MBMGByq", "MBMGByr"), ("=\"", "\""), ("\"vkey\":\"", "\"vkey\":\" "),
        })
            await GenesisAsync($"genesis with {part} as {by}", Replaced(least, part, by));

        foreach (var count in new[] { 64, 65 })
        {
            var keys = Enumerable.Range(1, count - 1).Select(i =>
            {
                using var key = TestKey.OfScalar(i);
                return $",{{\"role\":\"admin\",\"vkey\":\"{Vkey(key)}\"}}";
            });
            await GenesisAsync($"{count} keys", Replaced(least, seal, seal + string.Concat(keys)));
        }

        using var one = TestKey.OfScalar(111_185);
        using var two = TestKey.OfScalar(112_152);
        await GenesisAsync("one key ID twice", Replaced(least, seal, $"{seal},{{\"role\":\"admin\",\"vkey\":\"{Vkey(one)}\"}},{{\"role\":\"admin\",\"vkey\":\"{Vkey(two)}\"}}"));
        foreach (var name in new[] { "a", "A.b_c-9/d", ".a", "a-", "é", "a//b", new string('a', 128), new string('a', 129) })
        {
            var named = name + "/" + origin[^32..];
            await GenesisAsync($"origin {name}", least.Replace(Vkey(_seal), $"{named}{Vkey(_seal)[origin.Length..]}", StringComparison.Ordinal).Replace(origin, named, StringComparison.Ordinal), named);
        }

        // The file's own time says the opposite of the record, and doesn't count.
        foreach (var (heartbeat, age) in new[] { (3600, 0), (3600, 3000), (3600, 9000), (1, 5000) })
        {
            using var silent = new SegmentForge(origin) { Recorded = DateTime.UtcNow.AddSeconds(-age) };
            var folder = Folder([silent.Segment(_seal, new ForgedRecord(LogFormat.LogCreated, Replaced(least, "300}", $"300,\"heartbeat\":{heartbeat}}}")))], Path.GetRandomFileName());
            foreach (var path in Directory.GetFiles(Path.Combine(folder, "segments")))
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(age - 9000));
            await CaseAsync($"heartbeat {heartbeat}, file's age {age}", folder);
        }

        await GenesisAsync("no genesis", least, record: new ForgedRecord());
        await GenesisAsync("a genesis without data", least, record: new ForgedRecord(LogFormat.LogCreated));
        await GenesisAsync("a genesis in another case", least, record: new ForgedRecord("immutableaudit:logcreated", least));
        await GenesisAsync("a stranger's seal", least, key: _other);

        // Beside the genesis, signed by an admin key in it.
        using var forge = new SegmentForge(origin);
        var both = Replaced(least, seal, $"{seal},{{\"role\":\"admin\",\"vkey\":\"{Vkey(_admin)}\"}}");
        var added = forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_other))], place: 0);
        await ForgedAsync("a key record beside the genesis", [forge.Segment(_seal, new(LogFormat.LogCreated, both), new(), added), forge.Segment(_other, new ForgedRecord())]);
        using var twice = new SegmentForge(origin);
        await ForgedAsync("a genesis twice", [twice.Segment(_seal, new(LogFormat.LogCreated, both), new(LogFormat.LogCreated, both))]);

        async Task GenesisAsync(string name, string data, string? named = null, ForgedRecord? record = null, TestKey? key = null)
        {
            using var forge = new SegmentForge(named ?? origin);
            await ForgedAsync(name, [forge.Segment(key ?? _seal, record ?? new ForgedRecord(LogFormat.LogCreated, data)), forge.Segment(_seal, new(), new())]);
        }
    }

    private static string Replaced(string text, string part, string by)
    {
        Assert.Contains(part, text, StringComparison.Ordinal);
        var at = text.IndexOf(part, StringComparison.Ordinal);
        return text[..at] + by + text[(at + part.Length)..];
    }

    private string Vkey(TestKey key) => key.Named(_forge.Origin).ToString();

    private ForgedRecord Admin(string action, params (string, string)[] arguments) => _forge.Admin(_admin, action, arguments);

    private void Put(ForgedSegment segment) => _put.Add(segment);

    private Task BehindAsync(string name, params ForgedRecord[] records)
    {
        var forge = _forge.Copy();
        return ForgedAsync(name, [.. _put, forge.Segment(_seal, records)]);
    }

    private Task ForgedAsync(string name, IEnumerable<ForgedSegment> segments) => CaseAsync(name, Folder(segments, Path.GetRandomFileName()));

    private string Folder(IEnumerable<ForgedSegment> segments, string name)
    {
        var folder = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.Combine(folder, "segments"));
        foreach (var segment in segments)
            File.WriteAllBytes(Path.Combine(folder, segment.Key), segment.Stored);
        return folder;
    }

    private static async Task ChangeAsync(TestLog log, Signing.KeyFile seal, Signing.KeyFile admin, KeyChange change)
    {
        await using var writer = await AuditWriter.OpenAsync(log.Store, seal, null, default);
        Assert.Null((await writer.ChangeKeysAsync(change, admin, default)).Failure);
    }

    // ---- the comparison

    private string Copied(string folder)
    {
        var target = Path.Combine(_folder, _cases.Count.ToString(CultureInfo.InvariantCulture));
        Copy(new DirectoryInfo(Path.Combine(folder, "segments")), Path.Combine(target, "segments"));
        return target;

        static void Copy(DirectoryInfo from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (var entry in from.GetFileSystemInfos())
            {
                var path = Path.Combine(to, entry.Name);
                if (entry.LinkTarget is { } link)
                    File.CreateSymbolicLink(path, link);
                else if (entry is DirectoryInfo folder)
                    Copy(folder, path);
                else
                    File.Copy(entry.FullName, path);
            }
        }
    }

    private async Task CaseAsync(string name, string folder) => _cases.Add((name, folder, await VerifyAsync(folder, null)));

    private static async Task<ChainReport> VerifyAsync(string folder, VerifyOptions? options)
    {
        await using var store = new DirectoryStore(LogLocation.Parse(folder));
        return await ChainVerifier.VerifyAsync(store, (options ?? new VerifyOptions()) with { Threads = 1 }, default);
    }

    private void Compare(params string[] options)
    {
        var script = Path.Combine(SharedData.Repository, "tests", "independent", "verify.py");
        using var process = Process.Start(new ProcessStartInfo("python3", [script, "--json", .. options, "--", .. _cases.Select(c => c.Folder)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(errors.Result.Length == 0 && output.Length > 0, errors.Result);
        using var json = JsonDocument.Parse(output);
        var reports = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray().ToList() : [json.RootElement];
        Assert.Equal(_cases.Count, reports.Count);
        var differences = new List<string>();
        foreach (var ((name, _, ours), theirs) in _cases.Zip(reports))
        {
            var theirFirst = theirs.GetProperty("findings").EnumerateArray().FirstOrDefault(f => f.GetProperty("severity").GetString() == "Failure");
            var ourFirst = ours.Findings.FirstOrDefault(f => f.Severity == FindingSeverity.Failure);
            var same = string.Equals(theirs.GetProperty("result").GetString(), ours.Result.ToString(), StringComparison.OrdinalIgnoreCase)
                && theirs.GetProperty("records").GetInt64() == ours.Records
                && (ours.Result == ChainResult.Failed || theirs.GetProperty("root").GetString() == ours.Root)
                && Kinds(theirs) == string.Join(',', ours.Findings.Select(f => f.Kind.ToString()).Distinct().Order(StringComparer.Ordinal));
            if (ourFirst is not null && theirFirst.ValueKind == JsonValueKind.Object)
            {
                same &= theirFirst.GetProperty("kind").GetString() == ourFirst.Kind.ToString();
                same &= theirFirst.GetProperty("object").GetString() is not { } key || ourFirst.ObjectKey is null || key == ourFirst.ObjectKey;
                same &= theirFirst.GetProperty("first") is not { ValueKind: JsonValueKind.Number } first || ourFirst.Sequence is null || first.GetInt64() == ourFirst.Sequence;
            }

            if (!same)
                differences.Add($"{name}\n  ours {ours.Records} records, {AlterableLog.Describe(ours)}\n  theirs {theirs.GetProperty("result")} {theirs.GetProperty("records")} records {theirs.GetProperty("findings").GetRawText().ReplaceLineEndings(" ")}");
        }

        var summary = $"{_cases.Count - differences.Count} of {_cases.Count} alike; by result: {string.Join(", ", _cases.GroupBy(c => c.Report.Result).Select(g => $"{g.Key} {g.Count()}"))}";
        _output.WriteLine(summary);
        Assert.True(differences.Count == 0, summary + "\n" + string.Join("\n", differences));

        // Distinct: segments side by side that fail for one reason may be one finding or several.
        static string Kinds(JsonElement report) => string.Join(',', report.GetProperty("findings").EnumerateArray()
            .Select(f => f.GetProperty("kind").GetString()!).Distinct().Order(StringComparer.Ordinal));
    }
}
