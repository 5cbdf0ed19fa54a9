namespace ImmutableAudit.Policies;

/// <summary>
/// Divides a set of texts by which of several patterns each matches, and names one text of every division. The texts of a
/// division are alike to every statement made of these patterns, so asking about one answers for all of them: an
/// exact answer to "is there any resource for which …", with the resource as its proof.
/// </summary>
internal static class PatternCells
{
    // More states than this means patterns made to be hard; the caller then reasons more coarsely.
    private const int MaxStates = 20_000;
    private const long MaxWork = 20_000_000;

    /// <summary>One text of each division; null if there are too many to go through.</summary>
    /// <param name="domain">The set.</param>
    /// <param name="patterns">The patterns.</param>
    public static IReadOnlyList<string>? Witnesses(PatternAutomaton domain, IReadOnlyList<PatternAutomaton> patterns)
    {
        var left = MaxWork;
        return Witnesses(domain, patterns, ref left);
    }

    /// <summary>The same within what is left of an allowance, so that many hard questions take no longer than a few.</summary>
    public static IReadOnlyList<string>? Witnesses(PatternAutomaton domain, IReadOnlyList<PatternAutomaton> patterns, ref long left)
    {
        var allowance = Math.Min(left, MaxWork);
        PatternAutomaton[] all = [domain, .. patterns];
        var words = all.Sum(one => one.Words);
        var alphabet = AlphabetOf(all);
        var start = new ulong[words];
        StartAll(all, start);
        var seen = new HashSet<State> { new(start) };
        var order = new List<ulong[]> { start };
        var from = new List<(int Parent, char By)> { (-1, '\0') };
        var found = new Dictionary<State, string>();
        var next = new ulong[words];
        for (var i = 0; i < order.Count; i++)
        {
            if (domain.Accepts(order[i]))
            {
                var verdicts = new State(Verdicts(all, order[i]));
                if (!found.ContainsKey(verdicts))
                    found[verdicts] = Spell(from, i);
            }

            foreach (var c in alphabet)
            {
                (allowance, left) = (allowance - words, left - words);
                if (allowance < 0)
                    return null;

                // Most steps lead nowhere or to where others led before, so the state is kept only if it is new.
                domain.Step(order[i], c, next.AsSpan(0, domain.Words));
                if (!next.AsSpan(0, domain.Words).ContainsAnyExcept(0UL))
                    continue;
                StepAll(all, order[i], c, next);
                if (!seen.Add(new State(next)))
                    continue;
                if (seen.Count > MaxStates)
                    return null;
                order.Add(next);
                from.Add((i, c));
                next = new ulong[words];
            }
        }

        return [.. found.Values];
    }

    /// <summary>Whether some text of the set matches the pattern.</summary>
    public static Truth Meets(PatternAutomaton domain, PatternAutomaton pattern) =>
        Decide(Witnesses(domain, [pattern]), pattern) switch { (true, _) => Truth.True, (false, _) => Truth.False, _ => Truth.Unknown };

    /// <summary>Whether the pattern matches all of the set (true), none of it (false), or some, or too hard to say.</summary>
    public static Truth Covers(PatternAutomaton domain, PatternAutomaton pattern)
    {
        var left = MaxWork;
        return Covers(domain, pattern, ref left);
    }

    /// <summary>The same within what is left of an allowance.</summary>
    public static Truth Covers(PatternAutomaton domain, PatternAutomaton pattern, ref long left) =>
        Decide(Witnesses(domain, [pattern], ref left), pattern) switch
        {
            (true, false) => Truth.True,
            (false, _) => Truth.False,
            _ => Truth.Unknown,
        };

    /// <summary>Whether a text matches.</summary>
    public static bool IsMatch(PatternAutomaton pattern, string text)
    {
        var state = new ulong[pattern.Words];
        pattern.Start(state);
        foreach (var c in text)
        {
            var next = new ulong[pattern.Words];
            pattern.Step(state, c, next);
            state = next;
        }

        return pattern.Accepts(state);
    }

    private static (bool? Some, bool? SomeNot) Decide(IReadOnlyList<string>? witnesses, PatternAutomaton pattern) =>
        witnesses is null ? (null, null) : (witnesses.Any(text => IsMatch(pattern, text)), witnesses.Any(text => !IsMatch(pattern, text)));

    // Characters that no pattern names are all alike, so one stands for the rest. A colon and a slash always count:
    // some wildcards don't stand for them.
    private static char[] AlphabetOf(PatternAutomaton[] all)
    {
        var named = all.SelectMany(one => one.Alphabet).Append(':').Append('/').ToHashSet();
        var other = "x0z7qkjvw".Where(c => !named.Contains(c)).Cast<char?>().FirstOrDefault();
        for (var c = '!'; other is null; c++)
        {
            if (!named.Contains(c))
                other = c;
        }

        return [other.Value, .. named.Order()];
    }

    private static ulong[] Verdicts(PatternAutomaton[] all, ulong[] state)
    {
        var verdicts = new ulong[(all.Length / 64) + 1];
        for (int i = 0, at = 0; i < all.Length; at += all[i++].Words)
        {
            if (all[i].Accepts(state.AsSpan(at, all[i].Words)))
                verdicts[i / 64] |= 1UL << (i % 64);
        }

        return verdicts;
    }

    private static void StartAll(PatternAutomaton[] all, ulong[] state)
    {
        var at = 0;
        foreach (var one in all)
        {
            one.Start(state.AsSpan(at, one.Words));
            at += one.Words;
        }
    }

    // The first, the set itself, was stepped already.
    private static void StepAll(PatternAutomaton[] all, ulong[] from, char c, ulong[] to)
    {
        var at = all[0].Words;
        foreach (var one in all.AsSpan(1))
        {
            one.Step(from.AsSpan(at, one.Words), c, to.AsSpan(at, one.Words));
            at += one.Words;
        }
    }

    private static string Spell(List<(int Parent, char By)> from, int at)
    {
        var text = new Stack<char>();
        for (; from[at].Parent >= 0; at = from[at].Parent)
            text.Push(from[at].By);
        return string.Concat(text);
    }

    /// <summary>A state that is equal by its bits.</summary>
    private readonly struct State(ulong[] bits) : IEquatable<State>
    {
        private readonly ulong[] _bits = bits;

        public bool Equals(State other) => _bits.AsSpan().SequenceEqual(other._bits);

        public override bool Equals(object? obj) => obj is State other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var word in _bits)
                hash.Add(word);
            return hash.ToHashCode();
        }
    }
}
