using ImmutableAudit;
using ImmutableAudit.Samples;

// quickstart [--from DIRECTORY]: the whole story of a log, in one temporary directory.
string? from = null;
switch (args)
{
    case []:
        break;
    case ["--from", var path]:
        from = path;
        break;
    default:
        Console.Error.WriteLine("usage: quickstart [--from DIRECTORY-OF-CLOUDTRAIL-FILES]");
        return 2;
}

var root = Directory.CreateTempSubdirectory("immutableaudit-quickstart-").FullName;
try
{
    return await new Story(root).TellAsync(from) ? 0 : 1;
}
catch (AuditException e)
{
    Console.Error.WriteLine($"{e.ErrorId}: {e.Message}");
    return 1;
}
