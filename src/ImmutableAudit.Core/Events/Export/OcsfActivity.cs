namespace ImmutableAudit.Events.Export;

/// <summary>An activity as a class of OCSF numbers it.</summary>
/// <param name="Id">The class's number.</param>
/// <param name="Name">Its caption; for 99, Other, the source's own word.</param>
internal readonly record struct OcsfActivity(int Id, string Name)
{
    private const int Other = 99;

    // The first word of an operation, what it is as an API call (class 6003), and what for a datastore (class 6005).
    private static readonly (string[] Verbs, OcsfActivity Api, OcsfActivity Datastore)[] Table =
    [
        (["Get", "Read", "Head", "Describe", "View", "Download", "Show", "Fetch", "Open"], new(2, "Read"), new(1, "Read")),
        (["List"], new(2, "Read"), new(8, "List")),
        (["Query", "Search", "Select", "Scan", "Find", "Lookup"], new(2, "Read"), new(4, "Query")),
        (["Create", "New", "Insert", "Register", "Allocate"], new(1, "Create"), new(6, "Create")),
        (["Put", "Write", "Upload", "Append"], new(3, "Update"), new(5, "Write")),
        (["Update", "Modify", "Set", "Edit", "Change", "Patch", "Replace", "Rename"], new(3, "Update"), new(2, "Update")),
        (["Delete", "Remove", "Erase", "Purge", "Drop", "Destroy"], new(4, "Delete"), new(7, "Delete")),
        (["Connect"], default, new(3, "Connect")),
        (["Encrypt"], default, new(9, "Encrypt")),
        (["Decrypt"], default, new(10, "Decrypt")),
    ];

    // They say how, and the next word what: BatchGetItem, REST.GET.OBJECT.
    private static readonly string[] Manners = ["Batch", "Rest"];

    private static readonly Dictionary<string, (OcsfActivity Api, OcsfActivity Datastore)> Known = Table
        .SelectMany(row => row.Verbs.Select(verb => (verb, row)))
        .ToDictionary(pair => pair.verb, pair => (pair.row.Api, pair.row.Datastore), StringComparer.OrdinalIgnoreCase);

    /// <summary>Of an operation, for example <c>GetObject</c>, <c>get_object</c> or <c>GET</c>.</summary>
    public static OcsfActivity Of(string operation, bool isDatastore)
    {
        var verb = FirstWord(operation, out var rest);
        if (Manners.Contains(verb, StringComparer.OrdinalIgnoreCase))
            verb = FirstWord(rest, out _);
        if (verb.Length == 0 && operation.Length == 0)
            return new(0, "Unknown");
        var activity = Known.TryGetValue(verb, out var known) ? isDatastore ? known.Datastore : known.Api : default;
        return activity.Id == 0 ? new(Other, operation) : activity;
    }

    private static string FirstWord(string text, out string rest)
    {
        var start = 0;
        while (start < text.Length && !char.IsAsciiLetter(text[start]))
            start++;
        var end = start;
        // GET is one word, and so is the Get of GetObject.
        if (end + 1 < text.Length && char.IsAsciiLetterUpper(text[end]) && char.IsAsciiLetterUpper(text[end + 1]))
        {
            while (end < text.Length && char.IsAsciiLetterUpper(text[end]))
                end++;
        }
        else
        {
            do
                end++;
            while (end < text.Length && char.IsAsciiLetterLower(text[end]));
        }

        end = Math.Min(end, text.Length);
        rest = text[end..];
        return text[start..end];
    }
}
