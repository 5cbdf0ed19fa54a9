namespace ImmutableAudit.Tests.Attacks;

/// <summary>A clock that is ahead of the true one, or behind it.</summary>
internal sealed class LaterClock(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
}
