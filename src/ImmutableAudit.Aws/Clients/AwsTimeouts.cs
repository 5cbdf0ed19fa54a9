namespace ImmutableAudit.Aws;

/// <summary>How long we wait for whom. One set for all of a connection's clients.</summary>
/// <param name="Connect">For a connection, name resolution included.</param>
/// <param name="Request">For one attempt: until its whole answer is there, or for an object's bytes until its headers are.</param>
/// <param name="Silence">For the next bytes of an object's body.</param>
internal sealed record AwsTimeouts(TimeSpan Connect, TimeSpan Request, TimeSpan Silence)
{
    public static AwsTimeouts Default { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(30));
}
