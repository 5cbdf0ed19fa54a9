using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>The real servers to test against, as the environment names them.</summary>
internal static class TestServers
{
    public static readonly string[] RgwVariables =
    [
        "RGW_ENDPOINT", "RGW_ROOT_ACCESS_KEY", "RGW_ROOT_SECRET_KEY", "RGW_USER_ACCESS_KEY", "RGW_USER_SECRET_KEY",
    ];

    public static readonly string[] MotoVariables = ["MOTO_ENDPOINT", "MOTO_ACCESS_KEY", "MOTO_SECRET_KEY"];

    public static CloudConnection Rgw => Connection("RGW_ENDPOINT", "RGW_ROOT_ACCESS_KEY", "RGW_ROOT_SECRET_KEY");

    public static CloudConnection RgwUser => Connection("RGW_ENDPOINT", "RGW_USER_ACCESS_KEY", "RGW_USER_SECRET_KEY");

    public static CloudConnection Moto => Connection("MOTO_ENDPOINT", "MOTO_ACCESS_KEY", "MOTO_SECRET_KEY");

    public static CloudConnection Of(string server) => server switch
    {
        "rgw" => Rgw,
        "moto" => Moto,
        _ => throw new ArgumentOutOfRangeException(nameof(server)),
    };

    public static string? Variable(string name) => Environment.GetEnvironmentVariable("IMMUTABLEAUDIT_TEST_" + name);

    /// <summary>Why tests against a server are skipped; null if they can run.</summary>
    public static string? Missing(string what, string[] variables) =>
        variables.FirstOrDefault(name => string.IsNullOrEmpty(Variable(name))) is { } missing
            ? $"No {what} to test against: IMMUTABLEAUDIT_TEST_{missing} isn't set."
            : null;

    /// <summary>A bucket's name that nobody has used.</summary>
    public static string NewBucketName() => "ia-" + Guid.NewGuid().ToString("N")[..20];

    private static CloudConnection Connection(string endpoint, string access, string secret) => new()
    {
        EndpointUrl = new Uri(Variable(endpoint)!),
        AccessKey = Variable(access),
        SecretKey = Variable(secret),
    };
}

/// <summary>Runs against Ceph RGW, or is skipped.</summary>
public sealed class RgwFactAttribute : FactAttribute
{
    public RgwFactAttribute() => Skip = TestServers.Missing("Ceph RGW", TestServers.RgwVariables);
}

/// <summary>As <see cref="RgwFactAttribute"/>, with data.</summary>
public sealed class RgwTheoryAttribute : TheoryAttribute
{
    public RgwTheoryAttribute() => Skip = TestServers.Missing("Ceph RGW", TestServers.RgwVariables);
}

/// <summary>Runs against moto, or is skipped.</summary>
public sealed class MotoFactAttribute : FactAttribute
{
    public MotoFactAttribute() => Skip = TestServers.Missing("moto server", TestServers.MotoVariables);
}

/// <summary>Runs against Ceph RGW and moto, given by name; skipped unless both are there.</summary>
public sealed class BothServersTheoryAttribute : TheoryAttribute
{
    public BothServersTheoryAttribute() =>
        Skip = TestServers.Missing("Ceph RGW", TestServers.RgwVariables) ?? TestServers.Missing("moto server", TestServers.MotoVariables);
}

/// <summary>As <see cref="BothServersTheoryAttribute"/>, and skipped unless the shared data is there, too.</summary>
public sealed class BothServersSharedTheoryAttribute : TheoryAttribute
{
    public BothServersSharedTheoryAttribute(string folder) =>
        Skip = TestServers.Missing("Ceph RGW", TestServers.RgwVariables) ?? TestServers.Missing("moto server", TestServers.MotoVariables)
            ?? Core.Tests.SharedData.Missing(folder);
}
