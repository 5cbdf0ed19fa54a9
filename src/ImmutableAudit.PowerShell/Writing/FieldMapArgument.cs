using System.Collections;
using System.Management.Automation;
using ImmutableAudit.Events.Import;

namespace ImmutableAudit.PowerShell;

/// <summary>Reads a -Map parameter: a hashtable, or the path of a JSON file.</summary>
internal static class FieldMapArgument
{
    public static FieldMap Read(object? given, SessionState session)
    {
        switch (given is PSObject wrapped ? wrapped.BaseObject : given)
        {
            case null:
                return FieldMap.ByName;
            case FieldMap map:
                return map;
            case IDictionary pairs:
                return FieldMap.Of(pairs.Cast<DictionaryEntry>().Select(pair => KeyValuePair.Create($"{pair.Key}", $"{pair.Value}")));
            case string path:
                var file = LogAddress.FilePath(path, session);
                try
                {
                    return FieldMap.Parse(File.ReadAllText(file));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new AuditException(AuditErrors.LocationInvalid, $"The field map '{file}' can't be read: {e.Message}", file, e);
                }

            case var other:
                throw new AuditException(AuditErrors.FormatInvalid, $"A field map is a hashtable or the path of a JSON file, and this is a {other.GetType().Name}.", other);
        }
    }
}
