using System.Globalization;
using System.Runtime.CompilerServices;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Reads the server access logs of Amazon S3: fields in a fixed order, a hyphen for nothing, quotes around what comes
/// from clients. What S3 appends one day is kept in <c>more</c>.
/// </summary>
internal sealed class S3AccessReader : EventReader
{
    private static readonly string[] Names =
    [
        "bucketOwner", "bucket", "time", "remoteIp", "requester", "requestId", "operation", "key", "requestUri", "httpStatus", "errorCode",
        "bytesSent", "objectSize", "totalTime", "turnAroundTime", "referer", "userAgent", "versionId", "hostId", "signatureVersion",
        "cipherSuite", "authenticationType", "hostHeader", "tlsVersion", "accessPointArn", "aclRequired",
    ];

    // The first logs ended here.
    private static readonly int Fewest = Array.IndexOf(Names, "versionId") + 1;

    protected override SourceFormat Format => SourceFormat.S3Access;

    protected override string What => "an S3 access log entry";

    protected override async IAsyncEnumerable<RawEntry> CutAsync(SourceContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = new LineReader(content.Text);
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (lines.IsTooLong)
                yield return new RawEntry(lines.Number, default, LineReader.TooLongProblem);
            else if (!lines.IsBlank)
                yield return new RawEntry(lines.Number, lines.Line);
        }
    }

    protected override MappedEvent Map(RawEntry raw)
    {
        var text = SourceText.Of(raw.Bytes.Span);
        var values = Split(text.Text);
        if (values.Count < Fewest)
            throw new FormatException($"it has {values.Count} fields, and the format at least {Fewest}.");
        var fields = new Dictionary<string, string>();
        var data = new List<KeyValuePair<string, object?>>();
        for (var i = 0; i < Math.Min(values.Count, Names.Length); i++)
        {
            if (values[i] == "-")
                continue;
            fields[Names[i]] = values[i];
            data.Add(new(Names[i], values[i]));
        }

        if (values.Count > Names.Length)
            data.Add(new("more", values[Names.Length..]));
        var status = int.TryParse(Field("httpStatus"), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : (int?)null;
        var bucket = Field("bucket");
        var made = new AuditEvent
        {
            Time = Time(Field("time")),
            Action = "s3:" + (Field("operation") ?? throw new FormatException("it has no operation.")),
            ActorType = Field("requester") is null ? "Anonymous" : null,
            ActorId = Field("requester"),
            Ip = Field("remoteIp"),
            ResourceType = bucket is null ? null : Field("key") is null ? "Bucket" : "Object",
            // As it is logged: S3 encodes keys, some of them twice.
            ResourceId = bucket is null ? null : Field("key") is { } key ? $"s3://{bucket}/{key}" : $"s3://{bucket}",
            Outcome = Field("errorCode") == "AccessDenied" ? AuditOutcome.Denied : HttpStatus.OutcomeOf(status),
            Reason = Field("errorCode"),
            Host = Field("hostHeader"),
            App = Field("userAgent"),
            Data = KeptData.Of(data, text),
        };
        // Deleting many objects, or copying one, writes several lines under one request id. S3 may deliver a line twice.
        return new MappedEvent(made, Field("requestId") is { } request ? [request, text.Text] : null);

        string? Field(string name) => fields.GetValueOrDefault(name);
    }

    private static List<string> Split(string line)
    {
        var values = new List<string>();
        for (var at = 0; at < line.Length; at++)
        {
            // Clients put quotes into what they send: only one before a blank, or at the end, closes.
            var (begin, close) = line[at] switch
            {
                '"' => (at + 1, "\" "),
                '[' => (at + 1, "] "),
                _ => (at, " "),
            };
            var end = line.IndexOf(close, begin, StringComparison.Ordinal);
            if (end < 0)
            {
                end = line.Length - (close.Length - 1);
                if (end < begin || close.Length > 1 && line[^1] != close[0])
                    throw new FormatException($"field {values.Count + 1} isn't closed.");
            }

            values.Add(line[begin..end]);
            at = end + close.Length - 1;
        }

        return values;
    }

    private static DateTimeOffset Time(string? text) =>
        DateTimeOffset.TryParseExact(text, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : throw new FormatException($"its time '{text}' isn't one.");
}
