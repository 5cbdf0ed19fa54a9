using Amazon.Runtime.CredentialManagement;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>The shared profiles that a connection may use.</summary>
internal sealed class Profiles
{
    private readonly CredentialProfileStoreChain _store;
    private readonly string _where;

    public Profiles(CloudConnection connection)
    {
        _store = new CredentialProfileStoreChain(connection.ProfileLocation);
        _where = connection.ProfileLocation ?? "the shared AWS files (~/.aws/credentials and ~/.aws/config)";
        var variable = Environment.GetEnvironmentVariable("AWS_PROFILE");
        Name = connection.ProfileName ?? (string.IsNullOrWhiteSpace(variable) ? "default" : variable.Trim());
        IsNamed = connection.ProfileName is not null;

        Current = Find(Name);
        if (Current is null && IsNamed)
            throw NotFound(Name);
    }

    /// <summary>The profile that is in use: the one given, that of AWS_PROFILE, or "default".</summary>
    public string Name { get; }

    /// <summary>Whether the caller named it himself.</summary>
    public bool IsNamed { get; }

    /// <summary>The profile; null where nobody named it and there is none.</summary>
    public CredentialProfile? Current { get; }

    public ICredentialProfileSource Source => _store;

    public CredentialProfile? Find(string name)
    {
        try
        {
            return _store.TryGetProfile(name, out var profile) ? profile : null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A file that can't be parsed or read. Its text may hold secrets, so only the kind of error is told.
            throw new AuditException(AuditErrors.CredentialsInvalid,
                $"The profiles in {_where} can't be read ({e.GetType().Name}). Check the file, or give -AccessKey and -SecretKey.", _where);
        }
    }

    public AuditException NotFound(string name) => new(AuditErrors.CredentialsInvalid,
        $"There is no profile '{name}' in {_where}. Check -ProfileName, -ProfileLocation and AWS_PROFILE; 'aws configure list-profiles' shows what there is.",
        name);
}
