using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ImmutableAudit.Merkle;

/// <summary>
/// SHA-256 (FIPS 180-4) of one text after another, by OpenSSL's own context where there is one and by the base library
/// otherwise; neither is ours. Not for two threads at once.
/// </summary>
internal abstract class Sha256Hash : IDisposable
{
    /// <summary>The fastest that this machine has.</summary>
    public static Sha256Hash Create() => LibCrypto.IsAvailable ? new OfOpenSsl() : new OfBaseLibrary();

    /// <summary>The base library's, which is everywhere.</summary>
    public static Sha256Hash CreateFromBaseLibrary() => new OfBaseLibrary();

    /// <summary>Takes more bytes.</summary>
    public abstract void Append(ReadOnlySpan<byte> bytes);

    /// <summary>The hash of what was taken; the next byte begins a new one.</summary>
    public abstract Digest Finish();

    public abstract void Dispose();

    private sealed class OfBaseLibrary : Sha256Hash
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

        public override Digest Finish()
        {
            Span<byte> hash = stackalloc byte[Digest.Size];
            _hash.GetHashAndReset(hash);
            return new Digest(hash);
        }

        public override void Dispose() => _hash.Dispose();
    }

    private sealed class OfOpenSsl : Sha256Hash
    {
        private readonly Context _context = new();

        public override void Append(ReadOnlySpan<byte> bytes)
        {
            if (!LibCrypto.Update(_context.Value, bytes))
                throw new CryptographicException("OpenSSL couldn't hash.");
            GC.KeepAlive(_context);
        }

        public override Digest Finish()
        {
            Span<byte> hash = stackalloc byte[Digest.Size];
            if (!LibCrypto.Finish(_context.Value, hash))
                throw new CryptographicException("OpenSSL couldn't hash.");
            GC.KeepAlive(_context);
            return new Digest(hash);
        }

        public override void Dispose() => _context.Dispose();
    }

    private sealed class Context : SafeHandle
    {
        public Context()
            : base(0, ownsHandle: true)
        {
            SetHandle(LibCrypto.NewSha256());
            if (IsInvalid)
                throw new CryptographicException("OpenSSL has no memory for a hash.");
        }

        public override bool IsInvalid => handle == 0;

        public nint Value
        {
            get
            {
                ObjectDisposedException.ThrowIf(IsClosed, this);
                return handle;
            }
        }

        protected override bool ReleaseHandle()
        {
            LibCrypto.Free(handle);
            return true;
        }
    }
}
