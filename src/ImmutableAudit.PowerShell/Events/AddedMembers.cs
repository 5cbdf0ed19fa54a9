using System.Collections.ObjectModel;
using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// The members that were added to an object, by number. PowerShell keeps them in a list that isn't public; its public
/// ways clone every member, or copy the list. Where this PowerShell has no such list, <see cref="IsKnown"/> is false.
/// </summary>
internal static class AddedMembers
{
    private static readonly Func<PSObject, PSMemberInfoCollection<PSMemberInfo>>? List;
    private static readonly Func<PSMemberInfoCollection<PSMemberInfo>, int>? Length;
    private static readonly Func<PSMemberInfoCollection<PSMemberInfo>, int, PSMemberInfo>? Item;
    private static readonly Func<PSObject, Collection<string>>? Names;

#pragma warning disable CA1810 // What is missing decides together whether any of it is used.
    static AddedMembers()
#pragma warning restore CA1810
    {
        const BindingFlags hidden = BindingFlags.Instance | BindingFlags.NonPublic;
        var members = typeof(PSObject).GetProperty("InstanceMembers", hidden);
        var names = typeof(PSObject).GetProperty("InternalTypeNames", hidden);
        var length = members?.PropertyType.GetProperty("Count", hidden, null, typeof(int), [], null);
        var item = members?.PropertyType.GetProperty("Item", hidden, null, typeof(PSMemberInfo), [typeof(int)], null);
        if (members is null || length is null || item is null || names is null
            || !typeof(PSMemberInfoCollection<PSMemberInfo>).IsAssignableFrom(members.PropertyType)
            || !typeof(Collection<string>).IsAssignableFrom(names.PropertyType))
            return;
        var source = Expression.Parameter(typeof(PSObject));
        var list = Expression.Parameter(typeof(PSMemberInfoCollection<PSMemberInfo>));
        var index = Expression.Parameter(typeof(int));
        var known = Expression.Convert(list, members.PropertyType);
        List = Expression.Lambda<Func<PSObject, PSMemberInfoCollection<PSMemberInfo>>>(Expression.Property(source, members), source).Compile();
        Length = Expression.Lambda<Func<PSMemberInfoCollection<PSMemberInfo>, int>>(Expression.Property(known, length), list).Compile();
        Item = Expression.Lambda<Func<PSMemberInfoCollection<PSMemberInfo>, int, PSMemberInfo>>(Expression.Property(known, item, index), list, index).Compile();
        Names = Expression.Lambda<Func<PSObject, Collection<string>>>(Expression.Property(source, names), source).Compile();
        IsKnown = true;
    }

    /// <summary>Whether this PowerShell lets its objects be read so.</summary>
    public static bool IsKnown { get; }

    public static PSMemberInfoCollection<PSMemberInfo> Of(PSObject source) => List!(source);

    public static int Count(PSMemberInfoCollection<PSMemberInfo> members) => Length!(members);

    public static PSMemberInfo At(PSMemberInfoCollection<PSMemberInfo> members, int index) => Item!(members, index);

    /// <summary>The names of an object's type, without the copy that the public property makes.</summary>
    public static Collection<string> TypeNames(PSObject source) => Names!(source);
}
