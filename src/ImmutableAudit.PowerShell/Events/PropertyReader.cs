using System.Collections.ObjectModel;
using System.Management.Automation;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Reads every property of an object. PowerShell's own way of listing them clones them all and costs many times what
/// writing the event does; looking them up by name is fast and silently loses what one doesn't ask for. For custom
/// objects, which have nothing but what was added to them, those members are listed directly. Where this PowerShell
/// doesn't let that be done, the slow way is taken, with the same result.
/// </summary>
internal sealed class PropertyReader
{
    private string[] _typeNames = [];
    private bool _hasOnlyAdded;

    /// <summary>Takes every property into the draft.</summary>
    /// <exception cref="AuditException"><c>EventInvalid</c> where a property can't be read.</exception>
    public void Read(PSObject source, EventDraft draft)
    {
        if (!AddedMembers.IsKnown || source.BaseObject is not PSCustomObject || !HasOnlyAddedMembers(source))
        {
            foreach (var property in source.Properties)
                draft.Take(property.Name, Value(property));
            return;
        }

        var members = AddedMembers.Of(source);
        var count = AddedMembers.Count(members);
        for (var i = 0; i < count; i++)
        {
            var member = AddedMembers.At(members, i);
            if (member is PSNoteProperty note)
                draft.Take(note.Name, note.Value);
            else if (AsProperty(member) is { } property)
                draft.Take(property.Name, Value(property));
        }
    }

    // Whether the type data of the session add properties depends on the type's names alone, so it is looked up
    // again only when those differ from the object's before.
    private bool HasOnlyAddedMembers(PSObject source)
    {
        var names = AddedMembers.TypeNames(source);
        if (IsSame(names))
            return _hasOnlyAdded;
        _typeNames = [.. names];
        return _hasOnlyAdded = source.Properties.Count() == AddedMembers.Of(source).Count(member => AsProperty(member) is not null);
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
}
