using System.Text.Json;

namespace ImmutableAudit.Events.Export;

/// <summary>
/// The datastore that a resource is or lies in, as class 6005 wants one. What is none of these is told as an API call
/// instead: it isn't said that a payslip were a bucket.
/// </summary>
internal sealed record OcsfStore
{
    private OcsfStore(string kind, int typeId, string caption)
    {
        Kind = kind;
        TypeId = typeId;
        Caption = caption;
    }

    /// <summary>The attribute that holds it: <c>databucket</c>, <c>database</c> or <c>table</c>.</summary>
    public string Kind { get; }

    /// <summary>The class's <c>type_id</c> and its caption.</summary>
    public int TypeId { get; }

    /// <inheritdoc cref="TypeId"/>
    public string Caption { get; }

    private int BucketType { get; init; } = 99;

    private string BucketCaption { get; init; } = "";

    private string? Name { get; init; }

    private string? Uid { get; init; }

    /// <summary>What lies in the bucket; null where it is the bucket itself.</summary>
    private string? File { get; init; }

    /// <summary>The store of a record's resource; null where that is none.</summary>
    public static OcsfStore? Of(AuditRecord record)
    {
        var id = record.ResourceId;
        if (id is not null)
        {
            if (After(id, "s3://") is { } s3)
                return Bucket(1, "S3", "s3://", s3);
            if (id.StartsWith("arn:", StringComparison.Ordinal) && id.IndexOf(":s3:::", StringComparison.Ordinal) is > 0 and var at)
                return Bucket(1, "S3", "s3://", id[(at + ":s3:::".Length)..]);
            if (After(id, "gs://") is { } gs)
                return Bucket(3, "GCP Bucket", "gs://", gs);
        }

        if (string.IsNullOrEmpty(id) && string.IsNullOrEmpty(record.ResourceName))
            return null;
        return record.ResourceType?.ToUpperInvariant() switch
        {
            "BUCKET" or "CONTAINER" or "BLOB" or "OBJECT" => new("databucket", 2, "Databucket") { Uid = id, Name = record.ResourceName, BucketCaption = record.ResourceType },
            "DATABASE" => new("database", 1, "Database") { Uid = id, Name = record.ResourceName },
            "TABLE" => new("table", 3, "Table") { Uid = id, Name = record.ResourceName },
            _ => null,
        };
    }

    /// <summary>Writes the attribute.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject(Kind);
        json.WriteOptional("name", Name);
        json.WriteOptional("uid", Uid);
        if (Kind == "databucket")
        {
            json.WriteNumber("type_id", BucketType);
            json.WriteString("type", BucketCaption);
            WriteFile(json);
        }
        else if (Kind == "database")
        {
            json.WriteNumber("type_id", 0);
        }

        json.WriteEndObject();
    }

    private void WriteFile(Utf8JsonWriter json)
    {
        if (string.IsNullOrEmpty(File))
            return;
        json.WriteStartObject("file");
        var name = File.TrimEnd('/');
        json.WriteString("name", name.Length == 0 ? File : name[(name.LastIndexOf('/') + 1)..]);
        json.WriteString("path", File);
        json.WriteNumber("type_id", 0);
        json.WriteEndObject();
    }

    private static OcsfStore? Bucket(int type, string caption, string scheme, string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? path : path[..slash];
        return bucket.Length == 0 ? null : new("databucket", 2, "Databucket")
        {
            BucketType = type,
            BucketCaption = caption,
            Name = bucket,
            Uid = scheme + bucket,
            File = slash < 0 ? null : path[(slash + 1)..],
        };
    }

    private static string? After(string text, string start) => text.StartsWith(start, StringComparison.Ordinal) ? text[start.Length..] : null;
}
