using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Import;

/// <summary>Where an account keeps what belongs to imports into one log, by the log's origin.</summary>
internal static class ImportFolder
{
    private const int NameBytes = 16;

    public static string Of(string home, string origin)
    {
        var folder = Path.Combine(home, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)).AsSpan(0, NameBytes)));
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, folder);
        }

        return folder;
    }
}
