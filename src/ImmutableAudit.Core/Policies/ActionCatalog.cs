namespace ImmutableAudit.Policies;

/// <summary>An action that can be allowed.</summary>
/// <param name="Name">Service, colon and name, for example <c>s3:GetObject</c>.</param>
/// <param name="AccessLevel">AWS's access level, for people: levels mislead, so nothing is judged by them.</param>
/// <param name="ResourceTypes">The types of resource it can be given on; none if on <c>*</c> only.</param>
public sealed record CatalogAction(string Name, string AccessLevel, IReadOnlyList<string> ResourceTypes)
{
    /// <summary>The service's prefix.</summary>
    public string Service => Name[..Name.IndexOf(':', StringComparison.Ordinal)];
}

/// <summary>The actions of S3, IAM, STS and KMS: what "everything that a principal can do" ranges over.</summary>
public static class ActionCatalog
{
    private static readonly Lazy<IReadOnlyList<CatalogAction>> _actions = new(Read);

    /// <summary>Every action.</summary>
    public static IReadOnlyList<CatalogAction> Actions => _actions.Value;

    /// <summary>The services whose actions are all here.</summary>
    public static IReadOnlyList<string> Services { get; } = ["s3", "iam", "sts", "kms"];

    /// <summary>The action of this name, whatever its case; null if there is none.</summary>
    /// <param name="name">Service, colon and name.</param>
    public static CatalogAction? Find(string name) =>
        Actions.FirstOrDefault(action => action.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static List<CatalogAction> Read()
    {
        using var stream = typeof(ActionCatalog).Assembly.GetManifestResourceStream("ImmutableAudit.Policies.actions.txt")
            ?? throw new AuditException(AuditErrors.InternalInvalid, "The list of actions is missing from the assembly.");
        using var reader = new StreamReader(stream);
        var actions = new List<CatalogAction>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var parts = line.Split(' ');
            actions.Add(new CatalogAction(parts[0], parts[1], parts[2] == "-" ? [] : parts[2].Split(',')));
        }

        return actions;
    }
}
