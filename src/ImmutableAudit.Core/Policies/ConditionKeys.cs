namespace ImmutableAudit.Policies;

/// <summary>What is known of a condition key in a request.</summary>
public enum KeyState
{
    /// <summary>Nobody can say: it may be absent or have any value.</summary>
    Unknown,

    /// <summary>The request doesn't have it.</summary>
    Absent,

    /// <summary>Its values are known.</summary>
    Known,
}

/// <summary>The condition keys of a request: known values, known to be absent, or unknown. Names are equal but for case.</summary>
public sealed class ConditionKeys
{
    private readonly Dictionary<string, KeyValue> _keys;
    private readonly KeyState _others;

    private ConditionKeys(Dictionary<string, KeyValue> keys, KeyState others) => (_keys, _others) = (keys, others);

    /// <summary>Nothing is known: what a review starts from.</summary>
    public static ConditionKeys Unknown { get; } = new(new(StringComparer.OrdinalIgnoreCase), KeyState.Unknown);

    /// <summary>Everything is known: keys that aren't given are absent from the request.</summary>
    public static ConditionKeys Complete { get; } = new(new(StringComparer.OrdinalIgnoreCase), KeyState.Absent);

    /// <summary>With a key's values.</summary>
    /// <param name="key">The key, for example <c>aws:SourceIp</c>.</param>
    /// <param name="values">Its values; no value at all is the same as absent.</param>
    public ConditionKeys With(string key, params string[] values)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(values);
        return Set(key, new KeyValue(values.Length == 0 ? KeyState.Absent : KeyState.Known, [.. values]));
    }

    /// <summary>With a key that the request doesn't have.</summary>
    /// <param name="key">The key.</param>
    public ConditionKeys WithAbsent(string key) => Set(key, new KeyValue(KeyState.Absent, []));

    /// <summary>With a key that nothing is known of.</summary>
    /// <param name="key">The key.</param>
    public ConditionKeys WithUnknown(string key) => Set(key, new KeyValue(KeyState.Unknown, []));

    /// <summary>What is known of a key.</summary>
    internal KeyValue Find(string key) => _keys.TryGetValue(key, out var value) ? value : new KeyValue(_others, []);

    /// <summary>These keys, and for those not given the others.</summary>
    internal ConditionKeys Over(IEnumerable<KeyValuePair<string, KeyValue>> derived)
    {
        var keys = new Dictionary<string, KeyValue>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in derived)
            keys[key] = value;
        foreach (var (key, value) in _keys)
            keys[key] = value;
        return new ConditionKeys(keys, _others);
    }

    private ConditionKeys Set(string key, KeyValue value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return new ConditionKeys(new Dictionary<string, KeyValue>(_keys, StringComparer.OrdinalIgnoreCase) { [key] = value }, _others);
    }
}

/// <summary>A key's state, and its values where they are known.</summary>
internal readonly record struct KeyValue(KeyState State, IReadOnlyList<string> Values);
