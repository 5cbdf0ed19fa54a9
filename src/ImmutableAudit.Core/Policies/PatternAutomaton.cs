namespace ImmutableAudit.Policies;

/// <summary>
/// A pattern as a nondeterministic automaton, one bit for each place in the pattern, stepped bit-parallel. Wildcards may
/// be kept from standing for a colon, or for a colon and a slash, so that the parts of an ARN can be told apart.
/// </summary>
internal sealed class PatternAutomaton
{
    private readonly Dictionary<char, ulong[]> _literals = [];
    private readonly ulong[] _anyMoves;
    private readonly ulong[] _stars;
    private readonly ulong[] _noColonMoves, _noColonStars, _noSlashMoves, _noSlashStars;
    private readonly int _length;

    /// <summary>Builds it.</summary>
    /// <param name="tokens">The pattern's places.</param>
    public PatternAutomaton(IReadOnlyList<Token> tokens)
    {
        // Two stars side by side are one; closing over them in a single pass rests on that.
        var merged = new List<Token>();
        foreach (var token in tokens)
        {
            if (merged.Count > 0 && token.Kind == TokenKind.Star && merged[^1].Kind == TokenKind.Star && token.Except == merged[^1].Except)
                continue;
            merged.Add(token);
        }

        _length = merged.Count;
        Words = (_length / 64) + 1;
        _anyMoves = new ulong[Words];
        _stars = new ulong[Words];
        (_noColonMoves, _noColonStars) = (new ulong[Words], new ulong[Words]);
        (_noSlashMoves, _noSlashStars) = (new ulong[Words], new ulong[Words]);
        for (var i = 0; i < _length; i++)
        {
            var token = merged[i];
            var bit = 1UL << (i % 64);
            if (token.Kind == TokenKind.Literal)
            {
                if (!_literals.TryGetValue(token.Character, out var places))
                    _literals[token.Character] = places = new ulong[Words];
                places[i / 64] |= bit;
                continue;
            }

            var isStar = token.Kind == TokenKind.Star;
            (isStar ? _stars : _anyMoves)[i / 64] |= bit;
            if (token.Except >= Except.Colon)
                (isStar ? _noColonStars : _noColonMoves)[i / 64] |= bit;
            if (token.Except >= Except.ColonAndSlash)
                (isStar ? _noSlashStars : _noSlashMoves)[i / 64] |= bit;
        }
    }

    /// <summary>How many words its state takes.</summary>
    public int Words { get; }

    /// <summary>The characters that it tells from others.</summary>
    public IEnumerable<char> Alphabet => _literals.Keys;

    /// <summary>The tokens of a pattern whose wildcards stand for anything.</summary>
    public static PatternAutomaton Whole(string pattern) => new([.. pattern.Select(c => Token.Of(c, Except.Nothing))]);

    /// <summary>The tokens of an ARN's pattern whose wildcards stay within their part.</summary>
    public static PatternAutomaton PartByPart(string pattern)
    {
        var colons = 0;
        var tokens = new List<Token>(pattern.Length);
        foreach (var c in pattern)
        {
            tokens.Add(Token.Of(c, colons < 5 ? Except.Colon : Except.Nothing));
            if (c == ':')
                colons++;
        }

        return new PatternAutomaton(tokens);
    }

    /// <summary>Writes the state before any character.</summary>
    public void Start(Span<ulong> state)
    {
        state.Clear();
        state[0] = 1;
        Close(state);
    }

    /// <summary>Goes on by one character.</summary>
    public void Step(ReadOnlySpan<ulong> from, char c, Span<ulong> to)
    {
        _literals.TryGetValue(c, out var places);
        ulong carry = 0;
        for (var w = 0; w < Words; w++)
        {
            var stays = _stars[w];
            var moves = _anyMoves[w];
            if (c == ':')
                (stays, moves) = (stays & ~_noColonStars[w], moves & ~_noColonMoves[w]);
            else if (c == '/')
                (stays, moves) = (stays & ~_noSlashStars[w], moves & ~_noSlashMoves[w]);
            var advancing = from[w] & (moves | (places is null ? 0 : places[w]));
            to[w] = (from[w] & stays) | (advancing << 1) | carry;
            carry = advancing >> 63;
        }

        Close(to);
    }

    /// <summary>Whether the text so far matches.</summary>
    public bool Accepts(ReadOnlySpan<ulong> state) => (state[_length / 64] >> (_length % 64) & 1) != 0;

    // A star may stand for nothing. Stars of different reach can stand side by side, so a few passes may be needed.
    private void Close(Span<ulong> state)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            ulong carry = 0;
            for (var w = 0; w < Words; w++)
            {
                var skipping = state[w] & _stars[w];
                var next = state[w] | (skipping << 1) | carry;
                carry = skipping >> 63;
                changed |= next != state[w];
                state[w] = next;
            }
        }
    }

    /// <summary>What a place in a pattern stands for.</summary>
    internal enum TokenKind
    {
        Literal,
        Any,
        Star,
    }

    /// <summary>What a wildcard doesn't stand for.</summary>
    internal enum Except
    {
        Nothing,
        Colon,
        ColonAndSlash,
    }

    /// <summary>One place in a pattern.</summary>
    internal readonly record struct Token(TokenKind Kind, char Character, Except Except)
    {
        public static Token Of(char c, Except except) => c switch
        {
            Wildcards.Star => new Token(TokenKind.Star, '*', except),
            Wildcards.Any => new Token(TokenKind.Any, '?', except),
            _ => new Token(TokenKind.Literal, c, Except.Nothing),
        };
    }
}
