using ImmutableAudit.PowerShell.Commands;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>Makes a connection of a cmdlet's parameters, the environment and the session's defaults.</summary>
internal static class ConnectionFactory
{
    private const string EndpointVariable = "IMMUTABLEAUDIT_ENDPOINT";

    public static CloudConnection Create(ConnectedCommand command)
    {
        var (accessKey, secretKey) = Keys(command);
        var named = accessKey is not null || command.ProfileName is not null;
        return new CloudConnection
        {
            ProfileName = command.ProfileName,
            ProfileLocation = command.ProfileLocation is { } path ? LogAddress.FilePath(path, command.SessionState) : null,
            Region = command.Region ?? SessionDefaults.Region(command.SessionState),
            EndpointUrl = Endpoint(command.EndpointUrl),
            AccessKey = accessKey,
            SecretKey = secretKey,
            SessionToken = Secrets.Text(command.SessionToken),
            CredentialSource = named ? null : SessionDefaults.Credentials(command.SessionState),
        };
    }

    private static (string? AccessKey, string? SecretKey) Keys(ConnectedCommand command)
    {
        if (command.Credential is { } credential)
        {
            if (command.AccessKey is not null || command.SecretKey is not null)
                throw new AuditException(AuditErrors.CredentialsInvalid, "-Credential and -AccessKey were both given. Give one of them.");
            return (credential.UserName, Secrets.Text(credential.Password));
        }

        if ((command.AccessKey is null) != (command.SecretKey is null))
            throw new AuditException(AuditErrors.CredentialsInvalid, "-AccessKey and -SecretKey belong together. Give both or neither.");
        return (command.AccessKey, Secrets.Text(command.SecretKey));
    }

    private static Uri? Endpoint(Uri? given)
    {
        if (given is null && Environment.GetEnvironmentVariable(EndpointVariable) is { } text && !string.IsNullOrWhiteSpace(text))
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out given))
                throw new AuditException(AuditErrors.LocationInvalid, $"{EndpointVariable} holds '{text}', which isn't a URL.", text);
        }

        if (given is null)
            return null;
        return given.IsAbsoluteUri && (given.Scheme == Uri.UriSchemeHttp || given.Scheme == Uri.UriSchemeHttps)
            ? given
            : throw new AuditException(AuditErrors.LocationInvalid, $"'{given}' isn't an endpoint. It looks like https://rgw.example.net.", given);
    }
}
