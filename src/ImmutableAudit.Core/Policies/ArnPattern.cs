namespace ImmutableAudit.Policies;

/// <summary>
/// A pattern for ARNs, as the <c>Resource</c> element has it. An ARN has six parts between colons, the last of which may
/// hold colons itself. A wildcard stands for characters of its part; where a star ends its part it may reach across
/// colons (<c>*</c>, <c>arn:aws:s3:*</c>). What AWS's text leaves open is unknown here, never guessed: a star in the
/// middle of a part that would have to reach across a colon, and a wildcard in the service's part.
/// </summary>
internal sealed class ArnPattern
{
    private readonly bool _vague;

    public ArnPattern(string pattern)
    {
        Pattern = pattern;
        var (service, count) = PartsOf(pattern);
        IsEverything = pattern.Length > 0 && pattern.AsSpan().IndexOfAnyExcept(Wildcards.Star) < 0;
        _vague = !IsEverything && (Wildcards.HasWildcard(service) || (count > 1 && HasStarInsidePart(pattern)));
        IsSegmented = count == 6;
    }

    /// <summary>The pattern with the wildcards of <see cref="Wildcards"/>.</summary>
    public string Pattern { get; }

    /// <summary>Whether it is nothing but stars.</summary>
    public bool IsEverything { get; }

    /// <summary>Whether it has all six parts.</summary>
    public bool IsSegmented { get; }

    /// <summary>What a match of the whole text, across the colons, says.</summary>
    public Truth AcrossColons => _vague ? Truth.Unknown : Truth.True;

    /// <summary>What a match part by part says.</summary>
    public Truth PartByPart => HasServiceWildcard ? Truth.Unknown : Truth.True;

    private bool HasServiceWildcard => Wildcards.HasWildcard(PartsOf(Pattern).Service);

    /// <summary>Whether an ARN matches.</summary>
    public Truth Match(string arn)
    {
        if (IsEverything)
            return Truth.True;
        if (!Wildcards.IsMatch(Pattern, arn))
            return Truth.False;
        return AcrossColons == Truth.True || !MatchesPartByPart(Pattern, arn) ? AcrossColons : PartByPart;
    }

    /// <summary>Whether each of the six parts matches its own part.</summary>
    public static bool MatchesPartByPart(ReadOnlySpan<char> pattern, ReadOnlySpan<char> arn)
    {
        for (var part = 0; part < 5; part++)
        {
            var inPattern = pattern.IndexOf(':');
            var inArn = arn.IndexOf(':');
            if (inPattern < 0 || inArn < 0 || !Wildcards.IsMatch(pattern[..inPattern], arn[..inArn]))
                return false;
            pattern = pattern[(inPattern + 1)..];
            arn = arn[(inArn + 1)..];
        }

        return Wildcards.IsMatch(pattern, arn);
    }

    private static (string Service, int Count) PartsOf(string pattern)
    {
        var parts = pattern.Split(':', 6);
        return (parts.Length > 2 ? parts[2] : "", parts.Length);
    }

    // Only the first five parts count: behind the fifth colon, colons are characters like any other.
    private static bool HasStarInsidePart(string pattern)
    {
        var colons = 0;
        for (var i = 0; i < pattern.Length && colons < 5; i++)
        {
            if (pattern[i] == ':')
                colons++;
            else if (pattern[i] == Wildcards.Any || (pattern[i] == Wildcards.Star && i + 1 < pattern.Length && pattern[i + 1] != ':'))
                return true;
        }

        return false;
    }
}
