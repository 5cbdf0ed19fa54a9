using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Reflection;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Reads every property of an object. PowerShell's own way of listing them clones them all and costs many times what
/// writing the event does; looking them up by name is fast and silently loses what one doesn't ask for. For custom
/// objects, which have nothing but what was added to them, those members are listed directly. That needs two members
/// of PowerShell that aren't public; where they are missing, the slow way is taken, with the same result.
/// </summary>
internal sealed class PropertyReader
{
    private static readonly Func<PSObject, PSMemberInfoCollection<PSMemberInfo>>? AddedMembers =
        Getter<PSMemberInfoCollection<PSMemberInfo>>("InstanceMembers");

    private static readonly Func<PSObject, Collection<string>>? TypeNames = Getter<Collection<string>>("InternalTypeNames");

    private string[] _typeNames = [];
    private bool _hasOnlyAdded;

    /// <summary>Whether this PowerShell lets custom objects be read the fast way.</summary>
    public static bool IsFast => AddedMembers is not null && TypeNames is not null;

    /// <summary>Takes every property into the draft.</summary>
    /// <exception cref="AuditException"><c>EventInvalid</c> where a property can't be read.</exception>
    public void Read(PSObject source, EventDraft draft)
    {
        if (IsFast && source.BaseObject is PSCustomObject && HasOnlyAddedMembers(source))
        {
            foreach (var member in AddedMembers!(source))
            {
                if (member is PSNoteProperty note)
                    draft.Take(note.Name, note.Value);
                else if (AsProperty(member) is { } property)
                    draft.Take(property.Name, Value(property));
            }

            return;
        }

        foreach (var property in source.Properties)
            draft.Take(property.Name, Value(property));
    }

    // Whether the type data of the session add properties depends on the type's names alone, so it is looked up
    // again only when those differ from the object's before.
    private bool HasOnlyAddedMembers(PSObject source)
    {
        var names = TypeNames!(source);
        if (IsSame(names))
            return _hasOnlyAdded;
        _typeNames = [.. names];
        return _hasOnlyAdded = source.Properties.Count() == AddedMembers!(source).Count(member => AsProperty(member) is not null);
    }

    // Whoever has once listed an object's members has had PowerShell put its own hidden ones beside them.
    private static PSPropertyInfo? AsProperty(PSMemberInfo member) =>
        member is PSPropertyInfo property and not PSCodeProperty { Name: "pstypenames" } ? property : null;

    private bool IsSame(Collection<string> names)
    {
        if (names.Count != _typeNames.Length)
            return false;
        for (var i = 0; i < _typeNames.Length; i++)
        {
            if (names[i] != _typeNames[i])
                return false;
        }

        return true;
    }

    private static object? Value(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException e)
        {
            throw new AuditException(AuditErrors.EventInvalid, $"The property '{property.Name}' can't be read: {e.Message} Select the properties that the event needs.", property.Name, e);
        }
    }

    private static Func<PSObject, T>? Getter<T>(string name)
        where T : class
    {
        var getter = typeof(PSObject).GetProperty(name, BindingFlags.Instance | BindingFlags.NonPublic)?.GetMethod;
        return getter is not null && typeof(T).IsAssignableFrom(getter.ReturnType) ? getter.CreateDelegate<Func<PSObject, T>>() : null;
    }
}
