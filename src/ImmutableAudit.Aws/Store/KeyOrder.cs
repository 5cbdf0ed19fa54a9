using System.Text;

namespace ImmutableAudit.Aws;

/// <summary>
/// The order in which S3 lists keys: by their UTF-8 bytes. .NET's ordinal order compares UTF-16 units, which differs
/// beyond the Basic Multilingual Plane; our own keys are ASCII, but strange ones must not upset a listing.
/// </summary>
internal static class KeyOrder
{
    public static int Compare(string left, string right) =>
        Ascii.IsValid(left) && Ascii.IsValid(right)
            ? string.CompareOrdinal(left, right)
            : Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    public static bool IsAfter(string key, string? other) => other is null || Compare(key, other) > 0;
}
