namespace ImmutableAudit.PowerShell;

/// <summary>
/// The members of one object, sorted into those that an event has names for and the others. Used for one object after
/// the other. Nothing that is put in is dropped: what doesn't fit its place becomes one of the others.
/// </summary>
internal sealed class EventDraft
{
    private readonly object?[] _values = new object?[EventMembers.Count];
    private readonly string?[] _names = new string?[EventMembers.Count];
    private readonly bool[] _isAlias = new bool[EventMembers.Count];

    // Objects of one pipeline mostly have the same members in the same order, and share the very strings of their
    // names: then the place is known from the object before.
    private readonly string?[] _lastNames = new string?[64];
    private readonly (EventMember Member, bool IsAlias)[] _lastMembers = new (EventMember, bool)[64];
    private int _position;

    /// <summary>What an event has no name for, in the object's order.</summary>
    public List<KeyValuePair<string, object?>> Others { get; } = [];

    /// <summary>The value of a member; null where there is none.</summary>
    public object? this[EventMember member] => _values[(int)member];

    /// <summary>Whether the object has this member, be it empty.</summary>
    public bool Has(EventMember member) => _names[(int)member] is not null;

    /// <summary>The name under which the object has it.</summary>
    public string NameOf(EventMember member) => _names[(int)member] ?? member.ToString();

    public void Clear()
    {
        Array.Clear(_values);
        Array.Clear(_names);
        Others.Clear();
        _position = 0;
    }

    public void Take(string name, object? value)
    {
        var (member, isAlias) = Find(name);
        var at = (int)member;
        if (member == EventMember.Other || _names[at] is not null && (isAlias || !_isAlias[at]))
        {
            Others.Add(new(name, value));
            return;
        }

        // The member's own name goes before another name for it.
        if (_names[at] is { } displaced)
            Others.Add(new(displaced, _values[at]));
        Put(member, name, value, isAlias);
    }

    /// <summary>Puts a member in place of what was there.</summary>
    public void Put(EventMember member, string name, object? value, bool isAlias = false)
    {
        _names[(int)member] = name;
        _values[(int)member] = value;
        _isAlias[(int)member] = isAlias;
    }

    /// <summary>Takes a member out, as if the object didn't have it.</summary>
    public void Remove(EventMember member) => (_names[(int)member], _values[(int)member]) = (null, null);

    private (EventMember Member, bool IsAlias) Find(string name)
    {
        var position = _position++;
        if (position >= _lastNames.Length)
            return EventMembers.Find(name);
        if (!ReferenceEquals(_lastNames[position], name))
            (_lastNames[position], _lastMembers[position]) = (name, EventMembers.Find(name));
        return _lastMembers[position];
    }
}
