using ImmutableAudit.Events;

namespace ImmutableAudit.Bench;

/// <summary>
/// Access events of a realistic shape and size (about 630 bytes a record), made ahead and replayed, so that making
/// them isn't what is measured. Times, people and objects vary as they do in real logs; the compressor sees no
/// endless repetition of one line.
/// </summary>
internal static class ReplayedEvents
{
    private static readonly string[] Actions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "kms:Decrypt", "sts:AssumeRole", "dynamodb:Query", "rds:Connect"];

    public static AuditEvent[] Make(int count)
    {
        var random = new Random(20261121);
        var start = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        var events = new AuditEvent[count];
        for (var i = 0; i < count; i++)
        {
            var request = new Guid(NextBytes(random, 16));
            events[i] = new AuditEvent
            {
                Action = Actions[random.Next(Actions.Length)],
                Time = start.AddMilliseconds(i * 37L + random.Next(30)),
                ActorType = "IAMUser",
                ActorId = $"arn:aws:iam::123456789012:user/person{random.Next(200)}",
                Ip = $"198.51.100.{random.Next(256)}",
                Session = $"ASIA{random.Next(100_000_000):D8}EXAMPLE",
                ResourceType = "Object",
                ResourceId = $"s3://payroll/2026/{random.Next(1, 13):D2}/statement-{random.Next(1_000_000)}.pdf",
                Outcome = random.Next(20) == 0 ? AuditOutcome.Denied : AuditOutcome.Success,
                Host = "gateway-3",
                App = "aws-cli/2.31 md/Botocore#1.40",
                Data = EventData.Parse($"{{\"requestId\":\"{request}\",\"bytes\":{random.Next(5_000_000)},\"tls\":\"TLSv1.3\",\"readOnly\":true}}"),
            };
        }

        return events;
    }

    private static byte[] NextBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
