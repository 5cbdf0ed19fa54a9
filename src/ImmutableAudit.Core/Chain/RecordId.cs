using System.Security.Cryptography;

namespace ImmutableAudit.Chain;

/// <summary>
/// The ids of records: UUIDv7 (RFC 9562 §5.7) in lower-case hex, as 128-bit numbers that sort as they read. Random
/// bytes are taken from a pool, because asking the system for ten at a time costs more than all the rest of a record.
/// </summary>
internal static class RecordId
{
    public const int Length = 36;

    [ThreadStatic] private static Pool? _pool;

    public static UInt128 Create(DateTime utcNow)
    {
        var pool = _pool ??= new Pool();
        if (pool.Left < 10)
        {
            RandomNumberGenerator.Fill(pool.Bytes);
            pool.Left = pool.Bytes.Length;
        }

        pool.Left -= 10;
        var random = pool.Bytes.AsSpan(pool.Left, 10);
        var low = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(random);
        // The 12 bits behind the version count the millisecond's parts, so that ids of one writer rise within it too.
        var ticks = utcNow.Ticks - DateTime.UnixEpoch.Ticks;
        var milliseconds = (ulong)(ticks / TimeSpan.TicksPerMillisecond);
        var part = (ulong)(ticks % TimeSpan.TicksPerMillisecond) * 4096 / TimeSpan.TicksPerMillisecond;
        var high = milliseconds << 16 | 0x7000 | part;
        random.Clear();
        return new UInt128(high, low & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000);
    }

    public static Guid ToGuid(UInt128 id)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, id);
        return new Guid(bytes, bigEndian: true);
    }

    public static UInt128 FromGuid(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static void Write(UInt128 id, Span<byte> destination) => ToGuid(id).TryFormat(destination, out _, "D");

    public static bool TryParse(ReadOnlySpan<byte> text, out UInt128 id)
    {
        id = default;
        if (text.Length != Length || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
            return false;
        Span<byte> digits = stackalloc byte[32];
        text[..8].CopyTo(digits);
        text[9..13].CopyTo(digits[8..]);
        text[14..18].CopyTo(digits[12..]);
        text[19..23].CopyTo(digits[16..]);
        text[24..].CopyTo(digits[20..]);
        Span<byte> bytes = stackalloc byte[16];
        if (digits.ContainsAnyInRange((byte)'A', (byte)'F')
            || Convert.FromHexString(digits, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;
        id = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return true;
    }

    private sealed class Pool
    {
        public readonly byte[] Bytes = new byte[4000];
        public int Left;
    }
}
