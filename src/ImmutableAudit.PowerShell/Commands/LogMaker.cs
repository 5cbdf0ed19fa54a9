using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Makes a log: finds what it promises and the key that seals it, and remembers it.</summary>
internal sealed class LogMaker(NewAuditLogCommand command, LogLocation location)
{
    private const int DaysInYear = 365;

    public AuditLogInfo? Make()
    {
        var given = KeyReference.GivenOrDefault(command.Key, command.SessionState);
        var admin = command.AdminKey is { } file ? KeyOpener.ReadPublicKey(LogAddress.FilePath(file, command.SessionState)) : (ReadOnlyMemory<byte>?)null;
        var name = command.Name ?? DefaultName();
        // Says what is wrong with a name before anything is made.
        _ = Genesis.NewOrigin(name);
        var store = command.OpenStore(location);
        try
        {
            var retention = Promise(store);
            if (!command.ShouldProcess(location.ToString(), retention is null ? "Make an audit log" : $"Make an audit log with {retention.Mode} locks of {retention.Days} days"))
                return null;
            using var key = given is null ? NewKey(store, name) : command.OpenKey(given, command.Passphrase);
            var plan = new LogPlan
            {
                Name = name,
                SealKey = key,
                AdminPublicKey = admin,
                Retention = retention,
                ToleranceSeconds = command.ToleranceSeconds,
                HeartbeatSeconds = command.HeartbeatSeconds,
            };
            var log = command.Settle(token => AuditLog.CreateAsync(store, plan, null, token));
            Remember(log, given?.Text ?? key.Description);
            return new AuditLogInfo(log, location.IsS3 ? AuditLogKind.S3 : AuditLogKind.Directory);
        }
        finally
        {
            ConnectedCommand.Close(store);
        }
    }

    private PromisedRetention? Promise(IObjectStore store)
    {
        if (command.RetentionDays is not null && command.RetentionYears is not null)
            throw new AuditException(AuditErrors.RetentionInvalid, "-RetentionDays and -RetentionYears were both given. Give one of them.");
        var days = command.RetentionDays ?? command.RetentionYears * DaysInYear;
        if (!location.IsS3)
            return days is null && command.Mode is null ? null : throw new AuditException(AuditErrors.RetentionInvalid, $"'{location}' is a directory, and a directory can't lock. Leave -RetentionDays, -RetentionYears and -Mode out, or use a bucket.", location);

        var seen = command.Wait(token => store.ReadDefaultRetentionAsync(token).AsTask());
        if (seen.Knowledge == RetentionKnowledge.Locked)
            return Compare(new PromisedRetention(command.Mode ?? seen.Mode!.Value, days ?? seen.Days!.Value), seen);
        if (command.AllowUnlocked)
        {
            command.WriteWarning($"Nothing that is written to '{location}' will be locked: {seen.Reason}");
            return null;
        }

        // What the caller may not see may be as he says; every commit reads its own lock back.
        if (seen.Knowledge == RetentionKnowledge.Unknown && days is not null)
            return new PromisedRetention(command.Mode ?? RetentionMode.Compliance, days.Value);
        throw new AuditException(
            seen.Knowledge == RetentionKnowledge.Unknown ? AuditErrors.AccessDenied : AuditErrors.BucketWithoutObjectLock,
            seen.Knowledge == RetentionKnowledge.Unknown
                ? $"What the bucket of '{location}' locks couldn't be read: {seen.Reason} State it with -RetentionDays and -Mode, or get the permission."
                : $"The bucket of '{location}' locks nothing by default, so whoever may delete could delete records: {seen.Reason} Set it up with New-AuditBucket, or accept that with -AllowUnlocked.",
            location.ToString());
    }

    // A promise that the bucket doesn't keep would make every commit fail.
    private PromisedRetention Compare(PromisedRetention promise, DefaultRetention seen)
    {
        if (promise.Days > seen.Days || promise.Mode == RetentionMode.Compliance && seen.Mode == RetentionMode.Governance)
            throw new AuditException(AuditErrors.RetentionInvalid, $"The bucket of '{location}' locks with {seen.Mode} for {seen.Days} days, and the log would promise {promise.Mode} for {promise.Days}. Promise less, or strengthen the bucket with New-AuditBucket.", location.ToString());
        return promise;
    }

    private KeyFile NewKey(IObjectStore store, string name)
    {
        // A key for a log that can't be made would only lie about.
        command.Wait(async token =>
        {
            try
            {
                var log = await AuditLog.OpenAsync(store, token).ConfigureAwait(false);
                throw new AuditException(AuditErrors.LogAlreadyExists, $"There is a log at '{location}' already ({log.Genesis.Origin}); nothing was changed. Choose another place, or write to that one.", location.ToString());
            }
            catch (AuditException e) when (e.ErrorId == AuditErrors.LogNotFound)
            {
                return true;
            }
        });
        var folder = KnownLogs.OfThisAccount().PrivateDirectory("keys");
        var file = Path.Combine(folder, name.Replace('/', '-') + ".key");
        for (var i = 2; File.Exists(file); i++)
            file = Path.Combine(folder, $"{name.Replace('/', '-')}-{i}.key");
        var key = KeyOpener.Create(file, command.Passphrase);
        command.WriteWarning($"A new key was made for this log: '{file}'. Keep a copy, since without it nothing can be added to the log. Whoever has the key can sign, so it belongs off the machine that the log guards.");
        return key;
    }

    private void Remember(AuditLog log, string keyName)
    {
        try
        {
            command.MemoryOf(location).Replace(log.Genesis.Origin, log.GenesisHash, keyName, log.Checkpoint);
        }
        catch (AuditException e)
        {
            command.WriteWarning($"The log was made, and this account can't remember it: {e.Message}");
        }
    }

    private string DefaultName()
    {
        var path = location.Path.Length > 0 ? location.Path : location.Bucket!;
        var last = path.TrimEnd('/', '\\').Split('/', '\\')[^1];
        var name = new string([.. last.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')]).Trim('.', '_', '-');
        return name.Length == 0 ? "log" : name[..Math.Min(name.Length, 64)].Trim('.', '_', '-');
    }
}
