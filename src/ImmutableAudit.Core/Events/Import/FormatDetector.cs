using System.Text;
using System.Text.RegularExpressions;

namespace ImmutableAudit.Events.Import;

/// <summary>Finds out from a source's beginning what its format is.</summary>
internal static partial class FormatDetector
{
    /// <summary>The format; <see cref="SourceFormat.Auto"/> where it isn't known.</summary>
    public static SourceFormat Detect(ReadOnlySpan<byte> head, SourceOptions options)
    {
        var text = head.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty)
            return SourceFormat.Auto;
        switch (text[0])
        {
            case (byte)'<':
                return text.IndexOf("<Event"u8) >= 0 ? SourceFormat.WindowsEvent : SourceFormat.Auto;
            case (byte)'{' or (byte)'[':
                return OfJson(text);
        }

        var end = text.IndexOfAny((byte)'\r', (byte)'\n');
        var line = Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
        if (line.StartsWith('#') && Directive().IsMatch(line))
            return SourceFormat.W3c;
        if (LinuxAuditRecord.IdOf(line) is not null)
            return SourceFormat.LinuxAudit;
        if (S3Entry().IsMatch(line))
            return SourceFormat.S3Access;
        return IsHeader(line, options) ? SourceFormat.Csv : SourceFormat.Auto;
    }

    /// <summary>Whether it is one of CloudTrail's digest files, which lie beside its logs and hold no events.</summary>
    public static bool IsDigest(ReadOnlySpan<byte> head) => JsonHead.Members(head)?.IsSupersetOf(["awsAccountId", "digestStartTime"]) == true;

    private static SourceFormat OfJson(ReadOnlySpan<byte> text)
    {
        var members = JsonHead.Members(text);
        if (members is null)
            return SourceFormat.Auto;
        if (members.Contains("class_uid") || members.IsSupersetOf(["metadata", "activity_id"]))
            return SourceFormat.Ocsf;
        return text[0] == (byte)'{' && members.Contains("Records") ? SourceFormat.CloudTrail : SourceFormat.JsonLines;
    }

    private static bool IsHeader(string line, SourceOptions options)
    {
        try
        {
            var names = CsvRow.Split(line, options.Delimiter).Select(name => name.Trim()).ToList();
            return names.Count > 1 && options.Map.RequiredFields.All(field => names.Contains(field, StringComparer.OrdinalIgnoreCase));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    [GeneratedRegex("^#(Software|Version|Fields|Date|Start-Date|Remark):", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Directive();

    // Owner, bucket and time.
    [GeneratedRegex(@"^[0-9a-f]{64} \S+ \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] ", RegexOptions.CultureInvariant)]
    private static partial Regex S3Entry();
}
