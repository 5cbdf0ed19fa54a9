namespace ImmutableAudit.Policies;

/// <summary>What is asked about: one resource, or any of many.</summary>
internal abstract class ResourceProbe
{
    /// <summary>Whether a pattern covers it: all of it, none of it, or it depends.</summary>
    public abstract Truth Match(ArnPattern pattern);
}

/// <summary>One resource.</summary>
internal sealed class SingleResource(string arn) : ResourceProbe
{
    public override Truth Match(ArnPattern pattern) => pattern.Match(arn);
}
