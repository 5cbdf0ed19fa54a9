using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ImmutableAudit.Chain;

/// <summary>
/// The CRC-32 of gzip (RFC 1952 §8). Only a guard against accidents; what guards against people are the hashes. It is
/// here because the base library's gzip reader accepts streams without their CRC and length, and offers no CRC itself.
/// </summary>
internal static class Crc32
{
    private static readonly uint[] Table = MakeTable();

    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The CRC of what has the CRC <paramref name="before"/> with more bytes behind it; that of nothing is 0.</summary>
    public static uint Append(uint before, ReadOnlySpan<byte> bytes)
    {
        var crc = ~before;
        if (Pclmulqdq.IsSupported && BitConverter.IsLittleEndian && bytes.Length >= 64)
        {
            var whole = bytes.Length & ~15;
            crc = Fold(crc, bytes[..whole]);
            bytes = bytes[whole..];
        }
        else if (System.Runtime.Intrinsics.Arm.Crc32.Arm64.IsSupported && BitConverter.IsLittleEndian)
        {
            for (; bytes.Length >= 8; bytes = bytes[8..])
                crc = System.Runtime.Intrinsics.Arm.Crc32.Arm64.ComputeCrc32(crc, MemoryMarshal.Read<ulong>(bytes));
        }

        return ~ByTable(crc, bytes);
    }

    internal static uint ComputeByTable(ReadOnlySpan<byte> bytes) => ~ByTable(0xFFFFFFFFu, bytes);

    private static uint ByTable(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            crc = Table[(byte)(crc ^ b)] ^ crc >> 8;
        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320 : value >> 1;
            table[i] = value;
        }

        return table;
    }

    // Four lanes of 16 bytes are folded 64 bytes forward by carry-less multiplication, then into one lane, whose 16
    // bytes are a message with the same CRC. The constants are powers of x modulo the polynomial, bit-reflected:
    // x^(4·128+32), x^(4·128−32), x^(128+32), x^(128−32), each shifted left by one.
    private static uint Fold(uint crc, ReadOnlySpan<byte> bytes)
    {
        ref var start = ref MemoryMarshal.GetReference(bytes);
        nuint at = 0, length = (nuint)bytes.Length;
        var by64 = Vector128.Create(0x154442BD4UL, 0x1C6E41596UL);
        var by16 = Vector128.Create(0x1751997D0UL, 0x0CCAA009EUL);
        var a = Load(ref start, 0) ^ Vector128.CreateScalar(crc).AsUInt64();
        var b = Load(ref start, 16);
        var c = Load(ref start, 32);
        var d = Load(ref start, 48);
        for (at = 64; at + 64 <= length; at += 64)
        {
            a = Step(a, by64) ^ Load(ref start, at);
            b = Step(b, by64) ^ Load(ref start, at + 16);
            c = Step(c, by64) ^ Load(ref start, at + 32);
            d = Step(d, by64) ^ Load(ref start, at + 48);
        }

        a = Step(a, by16) ^ b;
        a = Step(a, by16) ^ c;
        a = Step(a, by16) ^ d;
        for (; at < length; at += 16)
            a = Step(a, by16) ^ Load(ref start, at);

        Span<byte> last = stackalloc byte[16];
        a.AsByte().CopyTo(last);
        return ByTable(0, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte start, nuint at) => Vector128.LoadUnsafe(ref start, at).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Step(Vector128<ulong> lane, Vector128<ulong> constants) =>
        Pclmulqdq.CarrylessMultiply(lane, constants, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, constants, 0x11);
}
