namespace ImmutableAudit.Storage;

/// <summary>
/// How to connect to AWS or to an S3-compatible endpoint. Where nothing is given, AWS's usual chain is followed:
/// environment, shared profiles, SSO, web identity, container and instance roles.
/// </summary>
public sealed record CloudConnection
{
    /// <summary>A profile of the shared configuration files.</summary>
    public string? ProfileName { get; init; }

    /// <summary>Another place for the shared credentials file.</summary>
    public string? ProfileLocation { get; init; }

    /// <summary>The region's system name, for example <c>eu-central-1</c>.</summary>
    public string? Region { get; init; }

    /// <summary>An S3-compatible endpoint, for example <c>https://rgw.example.net</c>; path-style addressing is used there.</summary>
    public Uri? EndpointUrl { get; init; }

    /// <summary>An access key's id, for static credentials.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The access key's secret.</summary>
    public string? SecretKey { get; init; }

    /// <summary>The session token of temporary credentials.</summary>
    public string? SessionToken { get; init; }

    /// <summary>
    /// Credentials asked for at each use, where the caller has a source of his own (for example those that
    /// another module keeps in the session). Goes before everything else but static credentials.
    /// </summary>
    public Func<CloudCredentials>? CredentialSource { get; init; }

    /// <summary>Names where to connect, and never a secret.</summary>
    public override string ToString() =>
        $"{EndpointUrl?.ToString() ?? "AWS"} region={Region ?? "(default)"} profile={ProfileName ?? "(default)"} keys={(AccessKey is null ? "(chain)" : "given")}";
}

/// <summary>Credentials, as values. Prints no secret.</summary>
/// <param name="AccessKey">The access key's id.</param>
/// <param name="SecretKey">Its secret.</param>
/// <param name="SessionToken">The session token, for temporary ones.</param>
public sealed record CloudCredentials(string AccessKey, string SecretKey, string? SessionToken)
{
    /// <summary>Says that there are credentials, not which.</summary>
    public override string ToString() => "(credentials)";
}
