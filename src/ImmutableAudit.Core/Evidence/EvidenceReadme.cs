namespace ImmutableAudit.Evidence;

/// <summary>README.txt of a package: for who has never heard of such logs.</summary>
internal static class EvidenceReadme
{
    public static string Text(string origin) => $"""
        EVIDENCE FROM AN AUDIT LOG
        ==========================

        Log: {origin}

        What this is
        ------------
        This zip holds records of an audit log, and what is needed to check that they
        stand in that log exactly as they are here. Checking it needs neither the log
        nor a network. Keep the zip as it is: checkers refuse one that was packed again.

        What it proves
        --------------
        - Each file under records/ is, to the byte, a record of the log at the number
          that it bears. A changed, added or moved record is found.
        - The log as a whole had the fingerprint in checkpoint.txt, and a key of the log
          signed that. Which keys the log has had is shown by the files under log/.
        - Where there are timestamps that the checker trusts: the records existed by
          then. The authority's word counts for this, nobody else's.

        What it doesn't prove
        ---------------------
        - That the log is the one you have in mind. Anybody can make a log. Get the
          log's key or the hash of its first segment from somebody you trust, in another
          way than with this zip, and give it to the checker. Without it the check is
          "at first sight".
        - That what a record says is true. The log shows what it was told.
        - That there are no other records about the matter. Ask whoever exported it how
          he selected; manifest.json has his answer.
        - When something happened. A record's times are its writer's word.
        - That a key wasn't stolen, unless the log says so up to checkpoint.txt.

        Whose word it is
        ----------------
        proven            records/  proofs/  log/  continuations/  checkpoint.txt  keys.txt
        an authority's    timestamps/*.tsr
        the exporter's    manifest.json  retention.json  verification.json
                          timestamps/root-*.cer  this file

        How to check it
        ---------------
        With PowerShell and the module ImmutableAudit, no network needed:

            Test-AuditEvidence -Path case.zip -TrustedKey <the log's first key>

        Or with any program that follows docs/evidence.md of that module; unzip, a SHA-256
        tool and openssl are enough. "log" in keys.txt is the key that signed
        checkpoint.txt, for programs that read C2SP tlog-proof.

        """.ReplaceLineEndings("\n");
}
