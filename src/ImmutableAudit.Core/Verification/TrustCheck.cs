using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Verification;

/// <summary>Whether a log is the one that the verifier knows, and sealed by whom he trusts.</summary>
internal static class TrustCheck
{
    public static void Check(Genesis genesis, Digest genesisSegment, VerifierKey sealer, VerifyOptions options, FindingList findings)
    {
        if (options.Origin is { } expected && genesis.Origin != expected)
            findings.Add(FindingKind.NotTrusted, FindingSeverity.Failure, $"The log here is '{genesis.Origin}', and '{expected}' was known at this place: it was replaced by another.", 0);
        if (options.GenesisHash is { } hash && genesisSegment.ToString() != hash)
            findings.Add(FindingKind.NotTrusted, FindingSeverity.Failure, "The first segment isn't the one that is known: the log was replaced by another.", 0);
        // The key that sealed position 0, under the name that it is trusted by: it may seal other logs, too. An admin key
        // of the genesis does where the genesis itself is pinned with it.
        if (options.TrustedKeys.Count > 0 && !options.TrustedKeys.Any(trusted => trusted.Equals(sealer)
            || (options.GenesisHash is not null && genesis.Keys.Any(key => key.Role.HasFlag(KeyRole.Admin) && key.Key.Equals(trusted)))))
            findings.Add(FindingKind.NotTrusted, FindingSeverity.Failure, $"The first segment is sealed by {sealer}, which isn't among the trusted keys.", 0);
    }
}
