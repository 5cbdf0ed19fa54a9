using System.Text.Json;
using ImmutableAudit.Policies;

namespace ImmutableAudit.Core.Tests.Policies;

public class CatalogTests
{
    [SharedDataFact("iam")]
    public void The_catalogue_agrees_with_the_published_actions()
    {
        foreach (var service in ActionCatalog.Services)
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedData.Folder("iam")!, $"{service}-actions.json")));
            var published = document.RootElement.EnumerateObject().Select(one => (
                Name: $"{service}:{one.Value.GetProperty("name").GetString()}",
                Level: one.Value.GetProperty("accessLevel").GetString()!.Split(',')[0].Replace("Permissions management", "PermissionsManagement", StringComparison.Ordinal),
                Types: string.Join(',', one.Value.GetProperty("resourceTypes").EnumerateArray().Select(type => type.GetProperty("name").GetString()).Distinct().Order(StringComparer.Ordinal))));
            Assert.Equal(
                published.OrderBy(one => one.Name, StringComparer.Ordinal),
                ActionCatalog.Actions.Where(one => one.Service == service)
                    .Select(one => (one.Name, Level: one.AccessLevel, Types: string.Join(',', one.ResourceTypes.Order(StringComparer.Ordinal))))
                    .OrderBy(one => one.Name, StringComparer.Ordinal));
        }
    }

    [Fact]
    public void It_has_every_action_once() => Assert.Equal(
        (442, 180),
        (ActionCatalog.Actions.Select(one => one.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count(), ActionCatalog.Actions.Count(one => one.Service == "s3")));

    [Fact]
    public void Every_action_that_a_profile_or_an_escalation_names_is_in_it()
    {
        Assert.All(Escalations.Actions, name => Assert.Equal(name, ActionCatalog.Find(name)?.Name));
        foreach (var profile in new[] { AccessProfile.Reader.WithKey(), AccessProfile.Verifier.WithKey() })
        {
            foreach (var (scope, type) in new[] { (AccessScope.Bucket, "bucket"), (AccessScope.Objects, "object"), (AccessScope.Key, "key") })
                Assert.All(profile.Actions(scope), name => Assert.Contains(type, ActionCatalog.Find(name)!.ResourceTypes));
        }
    }
}
