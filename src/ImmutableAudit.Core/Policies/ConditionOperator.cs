using System.Collections.Frozen;

namespace ImmutableAudit.Policies;

/// <summary>What two values are compared as.</summary>
internal enum Comparison
{
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    NumericEquals,
    NumericLess,
    NumericLessOrEqual,
    NumericGreater,
    NumericGreaterOrEqual,
    DateEquals,
    DateLess,
    DateLessOrEqual,
    DateGreater,
    DateGreaterOrEqual,
    Bool,
    Binary,
    IpAddress,
    ArnLike,
    Null,
}

/// <summary>An operator without its set qualifier and its <c>IfExists</c>.</summary>
/// <param name="Comparison">What is compared.</param>
/// <param name="Negated">Whether it holds where no value matches.</param>
internal readonly record struct ConditionOperator(Comparison Comparison, bool Negated)
{
    // ArnEquals and ArnLike are the same operator under two names.
    private static readonly FrozenDictionary<string, ConditionOperator> _all = new Dictionary<string, ConditionOperator>
    {
        ["StringEquals"] = new(Comparison.StringEquals, false),
        ["StringNotEquals"] = new(Comparison.StringEquals, true),
        ["StringEqualsIgnoreCase"] = new(Comparison.StringEqualsIgnoreCase, false),
        ["StringNotEqualsIgnoreCase"] = new(Comparison.StringEqualsIgnoreCase, true),
        ["StringLike"] = new(Comparison.StringLike, false),
        ["StringNotLike"] = new(Comparison.StringLike, true),
        ["NumericEquals"] = new(Comparison.NumericEquals, false),
        ["NumericNotEquals"] = new(Comparison.NumericEquals, true),
        ["NumericLessThan"] = new(Comparison.NumericLess, false),
        ["NumericLessThanEquals"] = new(Comparison.NumericLessOrEqual, false),
        ["NumericGreaterThan"] = new(Comparison.NumericGreater, false),
        ["NumericGreaterThanEquals"] = new(Comparison.NumericGreaterOrEqual, false),
        ["DateEquals"] = new(Comparison.DateEquals, false),
        ["DateNotEquals"] = new(Comparison.DateEquals, true),
        ["DateLessThan"] = new(Comparison.DateLess, false),
        ["DateLessThanEquals"] = new(Comparison.DateLessOrEqual, false),
        ["DateGreaterThan"] = new(Comparison.DateGreater, false),
        ["DateGreaterThanEquals"] = new(Comparison.DateGreaterOrEqual, false),
        ["Bool"] = new(Comparison.Bool, false),
        ["BinaryEquals"] = new(Comparison.Binary, false),
        ["IpAddress"] = new(Comparison.IpAddress, false),
        ["NotIpAddress"] = new(Comparison.IpAddress, true),
        ["ArnEquals"] = new(Comparison.ArnLike, false),
        ["ArnLike"] = new(Comparison.ArnLike, false),
        ["ArnNotEquals"] = new(Comparison.ArnLike, true),
        ["ArnNotLike"] = new(Comparison.ArnLike, true),
        ["Null"] = new(Comparison.Null, false),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The operator of this name.</summary>
    public static bool TryFind(string name, out ConditionOperator found) => _all.TryGetValue(name, out found);

    /// <summary>Whether policy variables are put into its values: with the operators of strings and ARNs, and Bool.</summary>
    public bool TakesVariables => Comparison is Comparison.StringEquals or Comparison.StringEqualsIgnoreCase
        or Comparison.StringLike or Comparison.ArnLike or Comparison.Bool;

    /// <summary>Whether <c>*</c> and <c>?</c> are wildcards in its values.</summary>
    public bool TakesWildcards => Comparison is Comparison.StringLike or Comparison.ArnLike;
}
