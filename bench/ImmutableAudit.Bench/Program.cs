using BenchmarkDotNet.Running;
using ImmutableAudit.Bench;

// whole-job [events] [directory] [none|tiles|all]: append and verify a million events against plain SHA-256, in one run; and
// what of the derived objects is written.
// import FOLDER [copies]: CloudTrail files, their events so many times, imported and appended in one run.
// search [events]: search against reading everything, and what summaries cost an append.
// Anything else goes to BenchmarkDotNet, for example: --filter '*Scanner*'.
if (args is ["whole-job", ..])
{
    var derived = args.ElementAtOrDefault(3) ?? "all";
    return await WholeJob.RunAsync(
        args.ElementAtOrDefault(1) is { } count ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 1_000_000,
        args.ElementAtOrDefault(2) is { Length: > 0 } place ? place : null,
        new ImmutableAudit.Log.WriterOptions { Tiles = derived != "none", Summaries = derived == "all" });
}
if (args is ["import", var folder, ..])
    return await ImportJob.RunAsync(folder, args.ElementAtOrDefault(2) is { } copies ? int.Parse(copies, System.Globalization.CultureInfo.InvariantCulture) : 10);
if (args is ["search", ..])
    return await SearchJob.RunAsync(args.ElementAtOrDefault(1) is { } number ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : 200_000);
BenchmarkSwitcher.FromAssembly(typeof(WholeJob).Assembly).Run(args);
return 0;
