using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>What a fork looks like where a name holds one file: the other arm is gone, and only what somebody remembers of it is left.</summary>
public sealed class DirectoryForkAttacks
{
    [Fact]
    public async Task Garbage_on_the_next_name_then_removed_then_replaced_by_a_sealed_fork()
    {
        await using var log = await AttackedLogs.WriteAsync("directory");
        var next = SegmentName.Format(14);
        await using (var writer = await AuditWriter.OpenAsync(log.Store, log.Seal, null, default))
        {
            await log.PutAsync(next, "garbage"u8.ToArray());
            var refused = await AttackedLog.CommitAsync(writer, 2);
            Assert.Equal((AuditErrors.NextSegmentInvalid, 0, 0), (refused.Failure!.ErrorId, refused.Acknowledged, refused.InDoubt));
        }

        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 14, next));
        await log.RemoveAsync(next);
        await log.AppendAsync(2);
        Sight.Only(await log.VerifyAsync(log.Remembering));

        using var forge = log.ForgeBefore(4);
        await log.ReplaceAsync(forge.Segment(log.Seal, new("s3:DeleteObject"), new()));
        Sight.Only(await log.VerifyAsync(log.Remembering), Sight.Failure(FindingKind.HistoryChanged, 15, next));
        var receipt = log.Receipts.Single(receipt => receipt.Sequence == 14);
        Sight.Only(await log.VerifyAsync(log.Trusting with { Receipts = [(14, receipt.LeafHash)] }), Sight.Failure(FindingKind.HistoryChanged, 14, next));
    }
}
