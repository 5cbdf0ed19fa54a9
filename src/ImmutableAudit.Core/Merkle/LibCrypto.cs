using System.Runtime.InteropServices;

namespace ImmutableAudit.Merkle;

/// <summary>
/// OpenSSL's digest functions, the same library that .NET itself hashes with on Linux. .NET looks its algorithm up anew
/// for each hash, which costs more than hashing a record does; here it is looked up once. Where there is no OpenSSL 3,
/// nothing of this is used.
/// </summary>
internal static unsafe class LibCrypto
{
    private static readonly delegate* unmanaged<nint> NewContext;
    private static readonly delegate* unmanaged<nint, nint, nint, int> InitContext;
    private static readonly delegate* unmanaged<nint, byte*, nuint, int> UpdateContext;
    private static readonly delegate* unmanaged<nint, byte*, uint*, int> FinishContext;
    private static readonly delegate* unmanaged<nint, void> FreeContext;
    private static readonly nint Sha256Algorithm;

#pragma warning disable CA1810 // The functions are found together or not at all.
    static LibCrypto()
#pragma warning restore CA1810
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libcrypto.so.3", out var library))
            return;
        if (!NativeLibrary.TryGetExport(library, "EVP_MD_fetch", out var fetch)
            || !NativeLibrary.TryGetExport(library, "EVP_MD_CTX_new", out var create)
            || !NativeLibrary.TryGetExport(library, "EVP_DigestInit_ex2", out var init)
            || !NativeLibrary.TryGetExport(library, "EVP_DigestUpdate", out var update)
            || !NativeLibrary.TryGetExport(library, "EVP_DigestFinal_ex", out var finish)
            || !NativeLibrary.TryGetExport(library, "EVP_MD_CTX_free", out var free))
            return;
        NewContext = (delegate* unmanaged<nint>)create;
        InitContext = (delegate* unmanaged<nint, nint, nint, int>)init;
        UpdateContext = (delegate* unmanaged<nint, byte*, nuint, int>)update;
        FinishContext = (delegate* unmanaged<nint, byte*, uint*, int>)finish;
        FreeContext = (delegate* unmanaged<nint, void>)free;
        fixed (byte* name = "SHA256\0"u8)
            Sha256Algorithm = ((delegate* unmanaged<nint, byte*, byte*, nint>)fetch)(0, name, null);
    }

    /// <summary>Whether it can be used here.</summary>
    public static bool IsAvailable => Sha256Algorithm != 0;

    /// <summary>A context that is ready to take bytes for SHA-256; 0 if there is no memory.</summary>
    public static nint NewSha256()
    {
        var context = NewContext();
        if (context == 0 || InitContext(context, Sha256Algorithm, 0) == 1)
            return context;
        FreeContext(context);
        return 0;
    }

    public static bool Update(nint context, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            return UpdateContext(context, start, (nuint)bytes.Length) == 1;
    }

    /// <summary>Writes the hash, and makes the context ready for the next.</summary>
    public static bool Finish(nint context, Span<byte> hash)
    {
        fixed (byte* start = hash)
            return FinishContext(context, start, null) == 1 && InitContext(context, 0, 0) == 1;
    }

    public static void Free(nint context) => FreeContext(context);
}
