using System.Buffers;
using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Search;

/// <summary>A query, ready to be held against lines and summaries. For any number of threads, each with its own <see cref="LineTerms"/>.</summary>
internal sealed class RecordFilter
{
    private readonly NamePattern[] _actors;
    private readonly NamePattern[] _resources;
    private readonly NamePattern[] _actions;
    private readonly string?[] _under;
    private readonly HashSet<AuditOutcome> _outcomes;
    private readonly long _after;
    private readonly long _before;
    private readonly string? _text;

    /// <exception cref="AuditException"><c>FormatInvalid</c> for a pattern that isn't one.</exception>
    public RecordFilter(SearchQuery query)
    {
        _actors = [.. query.Actors.Select(name => new NamePattern(name, true))];
        _actions = [.. query.Actions.Select(name => new NamePattern(name, true))];
        _resources = [.. query.Resources.Select(name => new NamePattern(name, false))];
        _under = [.. _resources.Select(pattern => pattern.IsExact ? null : SegmentTerms.PrefixOf(pattern.Lead))];
        _outcomes = [.. query.Outcomes];
        _after = query.After?.UtcTicks ?? long.MinValue;
        _before = query.Before?.UtcTicks ?? long.MaxValue;
        _text = string.IsNullOrEmpty(query.Text) ? null : query.Text;
    }

    /// <summary>Whether a line matches.</summary>
    public bool Matches(ReadOnlySpan<byte> line, LineTerms terms)
    {
        terms.Read(line);
        return terms.TimeTicks >= _after && terms.TimeTicks < _before
            && (_outcomes.Count == 0 || (terms.Outcome is { } outcome && _outcomes.Contains(outcome)))
            && (_actions.Length == 0 || (terms.TryAction(out var name) && Any(_actions, name)))
            && (_actors.Length == 0 || (terms.TryActorId(out name) && Any(_actors, name)) || (terms.TryActorName(out name) && Any(_actors, name)))
            && (_resources.Length == 0 || (terms.TryResourceId(out name) && Any(_resources, name)) || (terms.TryResourceName(out name) && Any(_resources, name)))
            && (_text is null || Holds(line));
    }

    /// <summary>Whether a record that a summary's entry covers may match. False only where none can.</summary>
    public bool MayMatch(SummaryEntry entry) =>
        entry.MaxTime >= _after && entry.MinTime < _before
        && (_outcomes.Count == 0 || Array.Exists(entry.Outcomes, _outcomes.Contains))
        && (_actions.Length == 0 || Array.Exists(_actions, entry.Actions.MayMatch))
        && (_actors.Length == 0 || Array.Exists(_actors, entry.Actors.MayMatch))
        && (_resources.Length == 0 || Enumerable.Range(0, _resources.Length).Any(i => entry.Resources.MayMatch(_resources[i]) && (_under[i] is not { } under || entry.Under.MayHold(under))));

    private bool Holds(ReadOnlySpan<byte> line)
    {
        var chars = ArrayPool<char>.Shared.Rent(line.Length);
        try
        {
            var length = Encoding.UTF8.GetChars(line, chars);
            return _text is not null && JsonTextContains(chars.AsSpan(0, length), _text);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    private static bool JsonTextContains(Span<char> line, string text)
    {
        foreach (ref var c in line)
        {
            if (c is >= 'A' and <= 'Z')
                c |= (char)0x20;
        }

        return line.IndexOf(JsonText.LowerAscii(text)) >= 0;
    }

    private static bool Any(NamePattern[] patterns, ReadOnlySpan<char> name)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(name))
                return true;
        }

        return false;
    }
}
