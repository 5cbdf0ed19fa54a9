namespace ImmutableAudit.Policies;

/// <summary>
/// Kleene's three values. What isn't known stays unknown through every connective, so a definite answer holds for
/// whatever the unknown turns out to be. The order is that of "and" (the least) and "or" (the greatest).
/// </summary>
internal enum Truth : byte
{
    False,
    Unknown,
    True,
}

/// <summary>The connectives.</summary>
internal static class TruthExtensions
{
    public static Truth And(this Truth one, Truth other) => one < other ? one : other;

    public static Truth Or(this Truth one, Truth other) => one > other ? one : other;

    public static Truth Not(this Truth value) => (Truth)(Truth.True - value);

    public static Truth ToTruth(this bool value) => value ? Truth.True : Truth.False;
}
