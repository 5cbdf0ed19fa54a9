using System.Runtime.InteropServices;
using System.Security;

namespace ImmutableAudit.PowerShell;

/// <summary>Reads secrets for as long as they are needed.</summary>
internal static class Secrets
{
    /// <summary>The characters, in an array that the caller clears.</summary>
    public static char[] Reveal(SecureString? secret)
    {
        if (secret is null || secret.Length == 0)
            return [];
        var memory = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            var characters = new char[secret.Length];
            Marshal.Copy(memory, characters, 0, characters.Length);
            return characters;
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(memory);
        }
    }

    public static string? Text(SecureString? secret)
    {
        if (secret is null)
            return null;
        var characters = Reveal(secret);
        try
        {
            return new string(characters);
        }
        finally
        {
            Array.Clear(characters);
        }
    }
}
