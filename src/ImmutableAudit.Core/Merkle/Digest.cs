using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ImmutableAudit.Merkle;

/// <summary>A SHA-256 value as 32 bytes without an allocation. Prints as lower-case hex.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Digest : IEquatable<Digest>
{
    /// <summary>Bytes in a digest.</summary>
    public const int Size = 32;

    private readonly ulong _a, _b, _c, _d;

    /// <summary>Copies 32 bytes.</summary>
    /// <param name="bytes">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException("A SHA-256 digest has 32 bytes.", nameof(bytes));
        this = MemoryMarshal.Read<Digest>(bytes);
    }

    /// <summary>32 zero bytes: what record 0 gives as the record before it.</summary>
    public static Digest Zero => default;

    /// <summary>Reads 64 lower-case hex digits; nothing else is accepted.</summary>
    /// <param name="hex">The digits.</param>
    /// <param name="digest">The value.</param>
    public static bool TryParse(ReadOnlySpan<char> hex, out Digest digest)
    {
        digest = default;
        Span<byte> ascii = stackalloc byte[Size * 2];
        return hex.Length == Size * 2
            && System.Text.Ascii.FromUtf16(hex, ascii, out _) == System.Buffers.OperationStatus.Done
            && TryParse(ascii, out digest);
    }

    /// <summary>Reads 64 lower-case hex digits in ASCII; nothing else is accepted.</summary>
    /// <param name="hex">The digits.</param>
    /// <param name="digest">The value.</param>
    public static bool TryParse(ReadOnlySpan<byte> hex, out Digest digest)
    {
        digest = default;
        if (hex.Length != Size * 2 || hex.ContainsAnyInRange((byte)'A', (byte)'F'))
            return false;
        Span<byte> bytes = stackalloc byte[Size];
        if (Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;
        digest = new Digest(bytes);
        return true;
    }

    /// <summary>Reads 64 lower-case hex digits.</summary>
    /// <param name="hex">The digits.</param>
    /// <exception cref="FormatException">It isn't that.</exception>
    public static Digest Parse(string hex) => TryParse(hex, out var digest) ? digest : throw new FormatException("Not 64 lower-case hex digits.");

    /// <summary>Writes the 32 bytes.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>Writes 64 lower-case hex digits in ASCII.</summary>
    /// <param name="destination">At least 64 bytes.</param>
    public void WriteHex(Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        Convert.TryToHexStringLower(bytes, destination, out _);
    }

    /// <summary>The bytes as a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>The bytes in padded standard base64, as checkpoints and proofs write them.</summary>
    public string ToBase64() => Convert.ToBase64String(ToArray());

    /// <inheritdoc/>
    public bool Equals(Digest other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)_a;

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    /// <summary>Whether both have the same bytes.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);
}
