using System.Text;
using ImmutableAudit.Core.Tests.Import;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Log;

namespace ImmutableAudit.Fuzz;

/// <summary>What others logged, in each format that is imported.</summary>
internal static class ImportTargets
{
    /// <summary>
    /// What compressed sources may allocate, all in all: damaged ones were seen to hold 20 times their size, in many small
    /// entries, and each byte of these to take 90. The reader's own limit, 500 times, begins behind 256 MiB: no input is so large.
    /// </summary>
    public const int GzipPerByte = 20 * 100;

    /// <summary>Beside <see cref="GzipPerByte"/>.</summary>
    public const long GzipFixed = 64L * 1024 * 1024;

    private const string Lines =
        """
        {"Time":"2026-03-13T03:12:26Z","Action":"Read","ActorId":"keller","Outcome":"Success","Ip":"198.51.100.23","extra":{"a":[1,"\u00e9"]}}
        {"Time":1773371546.319,"Action":"Write","ResourceId":"run.csv","Outcome":"Failure","Reason":"no"}
        """;

    private const string Csv = "Time,Action,ActorId,Outcome,Note\r\n2026-03-13T03:12:26Z,Read,keller,Success,\"a \"\"b\"\",\r\nc\"\r\n2026-03-13 03:12:27,Write,,Failure,\r\n";

    private const string Map = """{"Time":"when","TimeFormat":"yyyyMMdd HHmmss","Action":"=Read","ActorId":"user.id","Id":"n"}""";

    public static IEnumerable<Target> Targets
    {
        get
        {
            var windows = Samples.WindowsLogon(4624, 1, "0x8020000000000000") + Samples.WindowsLogon(4625, 2, "0x8010000000000000");
            (string Name, SourceFormat Format, string[] Texts)[] formats =
            [
                ("ocsf", SourceFormat.Ocsf, [Samples.Ocsf]), ("json-lines", SourceFormat.JsonLines, [Lines]), ("csv", SourceFormat.Csv, [Csv]), ("w3c", SourceFormat.W3c, [Samples.W3c]),
                ("s3-access", SourceFormat.S3Access, [Samples.S3]), ("windows-event", SourceFormat.WindowsEvent, [windows, "<?xml version='1.0'?><Events>" + windows + "</Events>"]),
                ("linux-audit", SourceFormat.LinuxAudit, [Samples.LinuxAudit]),
            ];
            foreach (var (name, format, texts) in formats)
            {
                var options = new SourceOptions { Format = format };
                yield return new Target(name, [.. texts.Select(Encoding.UTF8.GetBytes)], bytes => Read(bytes, options)) { PerByte = 400 };
            }

            var all = formats.Where(format => format.Format is not (SourceFormat.Csv or SourceFormat.JsonLines)).SelectMany(format => format.Texts).ToList();
            var found = new SourceOptions();
            yield return new Target("import-detected", [.. all.Select(Encoding.UTF8.GetBytes), .. all.Select(text => (byte[])[0xFF, 0xFE, .. Encoding.Unicode.GetBytes(text)])], bytes => Read(bytes, found)) { PerByte = 400 };
            yield return new Target("import-gz", [.. all.Select(text => SourceTexts.Gzip(Encoding.UTF8.GetBytes(text)))], bytes => Read(bytes, found)) { Fixed = GzipFixed, PerByte = GzipPerByte };
            yield return new Target("field-map", [Encoding.UTF8.GetBytes(Map)], Fields);
        }
    }

    private static string Read(byte[] bytes, SourceOptions options)
    {
        var (outcome, events, ended) = ("nothing", 0, false);
        var batch = new EventBatch(TimeProvider.System, 8);
        foreach (var entry in EventSource.ReadAsync(new MemoryStream(bytes), "source", options).ToBlockingEnumerable())
        {
            Assert.False(ended, "Something follows the error that ends the source.");
            Assert.True(entry.Event is not null != (entry.Error is not null));
            if (entry.Error is { } error)
            {
                Assert.Equal(AuditErrors.FormatInvalid, error.ErrorId);
                (outcome, ended) = (error.Message, entry.Position == -1);
                continue;
            }

            events++;
            // It may be more than a record takes, which is told, too.
            if (events <= 8)
                Target.Documented(() => batch.Add(entry.Event!), AuditErrors.EventInvalid, AuditErrors.EventTooLarge);
        }

        return events > 0 ? Target.Accepted : outcome;
    }

    private static string Fields(byte[] bytes)
    {
        FieldMap? map = null;
        var outcome = Target.Documented(() => map = FieldMap.Parse(Encoding.UTF8.GetString(bytes)), AuditErrors.FormatInvalid);
        if (map is not null)
            Read("{\"when\":\"20260313 031226\",\"user\":{\"id\":\"keller\"},\"n\":7}\n"u8.ToArray(), new SourceOptions { Format = SourceFormat.JsonLines, Map = map });
        return outcome;
    }
}
