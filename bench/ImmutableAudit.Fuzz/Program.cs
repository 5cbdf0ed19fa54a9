using System.Globalization;
using ImmutableAudit.Fuzz;

// [--minutes 12] [--seed 1] [--target NAME] [--findings DIR] [--replay FILE]: changes good inputs and feeds them to every
// reader of untrusted bytes, in turn. Ends with a table and 0; with 1 where something was found, and 3 where one hung.
var given = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1) ?? "");
var minutes = double.Parse(given.GetValueOrDefault("--minutes", "12"), CultureInfo.InvariantCulture);
var seed = int.Parse(given.GetValueOrDefault("--seed", "1"), CultureInfo.InvariantCulture);
var findings = given.GetValueOrDefault("--findings", Path.Combine(Path.GetTempPath(), "immutableaudit-fuzz"));

using var all = new AllTargets();
var chosen = all.Targets.Where(target => target.Name == given.GetValueOrDefault("--target", target.Name)).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine("There is no such reader. There are: " + string.Join(", ", all.Targets.Select(target => target.Name)));
    return 2;
}

var campaigns = chosen.ConvertAll(target => new Campaign(target, seed, findings));
if (given.TryGetValue("--replay", out var file))
{
    campaigns[0].Replay(File.ReadAllBytes(file));
    return campaigns[0].Findings > 0 ? 1 : 0;
}

Console.WriteLine($"{campaigns.Count} readers, {minutes} minutes, seed {seed}");
var weights = campaigns.Sum(campaign => campaign.Weight);
// In several turns, so that a run that is stopped has seen all of them.
const int Turns = 4;
for (var turn = 1; turn <= Turns; turn++)
{
    foreach (var campaign in campaigns)
        campaign.Run(TimeSpan.FromMinutes(minutes * campaign.Weight / weights / Turns));
    Console.WriteLine($"turn {turn} of {Turns}: {campaigns.Sum(campaign => campaign.Inputs):N0} inputs, {campaigns.Sum(campaign => campaign.Findings)} findings");
}

Console.WriteLine(Campaign.Head());
campaigns.ForEach(campaign => Console.WriteLine(campaign.Summary()));
return campaigns.Any(campaign => campaign.Findings > 0) ? 1 : 0;
