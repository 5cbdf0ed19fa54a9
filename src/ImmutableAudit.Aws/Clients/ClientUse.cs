namespace ImmutableAudit.Aws;

/// <summary>What an SDK client is for, which decides how it retries and reads.</summary>
internal enum ClientUse
{
    /// <summary>Calls that may be repeated without harm: the SDK's own retries.</summary>
    Repeatable,

    /// <summary>Exactly one attempt: whoever knows the commit rules decides whether there is another.</summary>
    Once,

    /// <summary>Reading objects: the SDK's retries up to the headers, the body streamed.</summary>
    Streamed,
}
