using System.Management.Automation;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>Picks remembered logs by their locations, written as for every other cmdlet or with wildcards.</summary>
internal static class TrustSelection
{
    public static IReadOnlyList<KnownLog> Of(string[]? wanted, SessionState session)
    {
        var all = KnownLogs.OfThisAccount().All().OrderBy(known => known.Location, StringComparer.Ordinal).ToList();
        if (wanted is not { Length: > 0 })
            return all;
        var chosen = new List<KnownLog>();
        foreach (var text in wanted)
        {
            var hasWildcard = WildcardPattern.ContainsWildcardCharacters(text);
            var pattern = WildcardPattern.Get(hasWildcard ? text : "", WildcardOptions.None);
            var location = hasWildcard ? null : LogAddress.Resolve(text, session).ToString();
            var found = all.Where(known => hasWildcard ? pattern.IsMatch(known.Location) : known.Location == location).ToList();
            if (found.Count == 0 && !hasWildcard)
                throw new AuditException(AuditErrors.LogNotFound, $"This account remembers no log at '{location}'. Get-AuditTrust shows those that it does.", location);
            chosen.AddRange(found.Except(chosen));
        }

        return chosen;
    }
}
