using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// Which credentials are used: those given, the caller's own source, a named profile, and then AWS's usual chain of
/// environment, web identity, profile, container and instance. The first that is there is taken; one that is there
/// and broken is an error, not a reason to go on as somebody else.
/// </summary>
internal static class CredentialChain
{
    private const string Give = "Give -ProfileName or -AccessKey and -SecretKey";

    // An instance's metadata service is one hop away and answers at once; elsewhere the address leads nowhere, and
    // the SDK would try for half a minute.
    private static readonly TimeSpan MetadataPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan InstancePatience = TimeSpan.FromSeconds(5);

    /// <summary>Checks what was given and says how to get the credentials when they are first used.</summary>
    public static Func<CancellationToken, Task<AWSCredentials>> Choose(CloudConnection connection, Profiles profiles, AwsPlace place)
    {
        var hasKey = !string.IsNullOrEmpty(connection.AccessKey);
        var hasSecret = !string.IsNullOrEmpty(connection.SecretKey);
        if (hasKey != hasSecret)
            throw Missing($"-AccessKey and -SecretKey belong together, and only {(hasKey ? "the access key" : "the secret key")} was given");
        if (!hasKey && !string.IsNullOrEmpty(connection.SessionToken))
            throw Missing("A session token was given without -AccessKey and -SecretKey");

        if (hasKey)
        {
            return Now(string.IsNullOrEmpty(connection.SessionToken)
                ? new BasicAWSCredentials(connection.AccessKey, connection.SecretKey)
                : new SessionAWSCredentials(connection.AccessKey, connection.SecretKey, connection.SessionToken));
        }

        if (connection.CredentialSource is { } source)
            return Now(new SourcedCredentials(source));
        if (profiles.IsNamed)
            return _ => Task.FromResult(FromProfile(profiles.Current!, profiles, place, []));
        return cancellationToken => UsualAsync(profiles, place, cancellationToken);
    }

    private static Func<CancellationToken, Task<AWSCredentials>> Now(AWSCredentials credentials) => _ => Task.FromResult(credentials);

    private static async Task<AWSCredentials> UsualAsync(Profiles profiles, AwsPlace place, CancellationToken cancellationToken)
    {
        if (IsSet("AWS_ACCESS_KEY_ID"))
        {
            return IsSet("AWS_SECRET_ACCESS_KEY") || IsSet("AWS_SECRET_KEY")
                ? new EnvironmentVariablesAWSCredentials()
                : throw Missing("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY isn't");
        }

        if (IsSet("AWS_WEB_IDENTITY_TOKEN_FILE") && IsSet("AWS_ROLE_ARN"))
            return AssumeRoleWithWebIdentityCredentials.FromEnvironmentVariables();
        if (profiles.Current is { CanCreateAWSCredentials: true } profile)
            return FromProfile(profile, profiles, place, []);
        if (IsSet("AWS_PROFILE") && profiles.Current is null)
            throw profiles.NotFound(profiles.Name);
        if (IsSet("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || IsSet("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
            return new GenericContainerCredentials();
        var instance = await MetadataAnswersAsync(cancellationToken).ConfigureAwait(false)
            ? await InstanceAsync(cancellationToken).ConfigureAwait(false) : null;
        return instance ?? throw new AuditException(AuditErrors.CredentialsInvalid,
            "No AWS credentials were found: neither in the environment (AWS_ACCESS_KEY_ID), nor a web identity, nor a profile "
            + $"'{profiles.Name}', nor a container's or instance's role. {Give}, set AWS_PROFILE, or sign in with 'aws configure' or 'aws sso login'.");
    }

    // A machine in another cloud answers there, too, and an instance may have no role: then it is as if nobody answered.
    private static async Task<AWSCredentials?> InstanceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var instance = new InstanceProfileAWSCredentials();
            await instance.GetCredentialsAsync().WaitAsync(InstancePatience, cancellationToken).ConfigureAwait(false);
            return instance;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static AWSCredentials FromProfile(CredentialProfile profile, Profiles profiles, AwsPlace place, List<string> seen)
    {
        if (seen.Contains(profile.Name, StringComparer.Ordinal))
            throw Missing($"The profiles {string.Join(" → ", seen)} name each other as source_profile");
        seen.Add(profile.Name);

        var options = profile.Options;
        var assumesRole = !string.IsNullOrEmpty(options.RoleArn)
            && (!string.IsNullOrEmpty(options.SourceProfile) || !string.IsNullOrEmpty(options.CredentialSource));
        if (!assumesRole)
            return Plain(profile, profiles);
        if (!string.IsNullOrEmpty(options.MfaSerial))
        {
            throw Missing($"The profile '{profile.Name}' asks for an MFA code, which can't be typed here; "
                + "use temporary credentials from 'aws sts assume-role'");
        }

        return new RoleCredentials(
            SourceOf(profile, profiles, place, seen), options.RoleArn, options.RoleSessionName, options.ExternalID,
            profile.Region?.SystemName ?? place.Region);
    }

    private static AWSCredentials SourceOf(CredentialProfile profile, Profiles profiles, AwsPlace place, List<string> seen)
    {
        var options = profile.Options;
        if (!string.IsNullOrEmpty(options.SourceProfile))
        {
            // A profile may name itself: then its own keys are the source.
            if (options.SourceProfile == profile.Name)
                return new BasicAWSCredentials(options.AccessKey, options.SecretKey);
            var source = profiles.Find(options.SourceProfile) ?? throw profiles.NotFound(options.SourceProfile);
            return FromProfile(source, profiles, place, seen);
        }

        return options.CredentialSource switch
        {
            "Environment" => new EnvironmentVariablesAWSCredentials(),
            "EcsContainer" => new GenericContainerCredentials(),
            "Ec2InstanceMetadata" => new InstanceProfileAWSCredentials(),
            _ => throw Missing($"The profile '{profile.Name}' has the unknown credential_source '{options.CredentialSource}'"),
        };
    }

    private static AWSCredentials Plain(CredentialProfile profile, Profiles profiles)
    {
        if (!profile.CanCreateAWSCredentials)
            throw Missing($"The profile '{profile.Name}' has no complete set of credentials");
        return AWSCredentialsFactory.GetAWSCredentials(profile, profiles.Source);
    }

    private static async Task<bool> MetadataAnswersAsync(CancellationToken cancellationToken)
    {
        if (string.Equals(Environment.GetEnvironmentVariable("AWS_EC2_METADATA_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
            return false;
        var text = Environment.GetEnvironmentVariable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        var endpoint = Uri.TryCreate(text, UriKind.Absolute, out var given) ? given : new Uri("http://169.254.169.254");

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(MetadataPatience);
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false; // no instance: the caller's error names all the places that were looked at
        }
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static AuditException Missing(string why) => new(AuditErrors.CredentialsInvalid, $"{why}. {Give}.");
}
