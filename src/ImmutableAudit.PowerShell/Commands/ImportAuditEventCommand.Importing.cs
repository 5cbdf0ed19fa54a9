using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <content>Opening the log, working through the paths, telling how far it is, and ending.</content>
public sealed partial class ImportAuditEventCommand
{
    private const string StateFolder = "imports";
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private SourceOptions _options = null!;
    private ImportSession? _session;
    private ProgressRecord? _progress;
    private string _location = "";
    private string _current = "";
    private bool _isTrial;
    private bool _finished;

    private void Open(LogLocation location, bool trial)
    {
        (_location, _isTrial) = (location.ToString(), trial);
        var memory = MemoryOf(location);
        var known = RecallOrWarn(memory);
        var reference = trial ? null : SealKeyFor(location, Key, known);
        var key = reference is null ? null : OpenKey(reference, Passphrase);
        _session = new ImportSession(OpenStore(location), key, reference, memory, StopToken);
        _current = "looking what was imported before";
        Guarded(() => _session.Open(trial ? null : Home(), ShowProgress));
        if (_session.Contradiction(known) is { } contradiction)
            WriteWarning(contradiction);
    }

    // An account without a home can import all the same.
    private string? Home()
    {
        try
        {
            return KnownLogs.OfThisAccount().PrivateDirectory(StateFolder);
        }
        catch (AuditException e)
        {
            WriteWarning($"{e.Message} Without it the whole log is read to see what was imported before.");
            return null;
        }
    }

    private void Import(string path)
    {
        try
        {
            if (ParameterSetName == PathSet && path.StartsWith("s3://", StringComparison.OrdinalIgnoreCase))
            {
                ImportBucket(path);
                return;
            }

            foreach (var file in Resolve(path))
                Run(file, token => _session!.Importer.ImportPathAsync(file, Recurse, _options, token));
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.LocationInvalid or AuditErrors.BucketNotFound)
        {
            ReportItem(e, path);
        }
    }

    private void ImportBucket(string path)
    {
        var source = SourceBucket.Parse(path);
        var connection = Connection with { Region = SourceRegion ?? Connection.Region, EndpointUrl = SourceEndpointUrl ?? Connection.EndpointUrl };
        if (SourceProfileName is not null)
        {
            // The keys that were given are for the log.
            connection = connection with { ProfileName = SourceProfileName, AccessKey = null, SecretKey = null, SessionToken = null, CredentialSource = null };
        }

        var store = Cloud.Get().OpenStore(source.Folder, connection);
        try
        {
            Run(path, token => _session!.Importer.ImportBucketAsync(source, store, _options, token));
        }
        finally
        {
            Close(store);
        }
    }

    private IEnumerable<string> Resolve(string path)
    {
        if (ParameterSetName == LiteralPathSet || !WildcardPattern.ContainsWildcardCharacters(path))
            return [LogAddress.FilePath(path, SessionState)];
        try
        {
            var found = GetResolvedProviderPathFromPSPath(path, out var provider);
            if (provider.Name == "FileSystem" && found.Count > 0)
                return found.Order(StringComparer.Ordinal);
        }
        catch (ItemNotFoundException)
        {
            // The same as finding nothing.
        }

        throw new AuditException(AuditErrors.LocationInvalid, $"No file is called '{path}'.", path);
    }

    private void Run(string what, Func<CancellationToken, Task> work)
    {
        _current = what;
        Guarded(() => _session!.Run(work, problem => ReportItem(problem, problem.Target), ShowProgress));
    }

    private void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Finish()
    {
        Run("the rest", token => _session!.Importer.FinishAsync(token));
        _finished = true;
        if (_progress is not null)
        {
            _progress.RecordType = ProgressRecordType.Completed;
            WriteProgress(_progress);
        }

        if (_session!.Importer.LockUnknown is { } reason)
            WriteWarning($"The events are in the log, and how they are locked couldn't be read back: {reason}");
        try
        {
            _session.Remember();
        }
        catch (AuditException e)
        {
            WriteWarning($"The events are in the log, and this account can't remember how far it is: {e.Message}");
        }

        WriteObject(new AuditImportInfo(_location, _session.Importer.Counts, _session.Importer.Writer?.Size, _isTrial, _clock.Elapsed));
    }

    private void ShowProgress()
    {
        var counts = _session!.IsOpen ? _session.Importer.Counts : new ImportCounts();
        var rate = counts.Events / Math.Max(0.001, _clock.Elapsed.TotalSeconds);
        _progress = new ProgressRecord(1, $"Importing into {_location}", string.Create(
            CultureInfo.InvariantCulture, $"{counts.Files:N0} files, {counts.Events:N0} events, {rate:N0} a second: {counts.Added:N0} added, {counts.AlreadyThere:N0} there already"))
        {
            CurrentOperation = _current,
        };
        WriteProgress(_progress);
    }

    private void LetGo()
    {
        if (_session is null)
            return;
        try
        {
            _session.Dispose();
        }
        finally
        {
            if (!_finished && _session.IsOpen && !_isTrial)
                TellHost($"Importing into '{_location}' was ended early: {_session.Importer.Counts.Added:N0} events were added. Run the same again: it goes on where this ended.");
        }
    }
}
