using System.Text.RegularExpressions;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>Tells from a role's documents which logs it is for. Nothing else remembers it, so nothing else can be wrong.</summary>
internal static partial class RoleLogs
{
    public static GrantedRole Describe(RoleState role)
    {
        var kind = role.Path switch
        {
            ReaderRolePlan.RolePath => GrantedRoleKind.Reader,
            WriterRolePlan.RolePath => GrantedRoleKind.Writer,
            _ => GrantedRoleKind.Other,
        };
        var logs = new List<LogLocation>();
        var remarks = new List<string>();
        foreach (var inline in role.Inline)
        {
            if (inline.Name != RolePlan.PolicyName)
                remarks.Add($"the inline policy '{inline.Name}' isn't ours");
            Read(inline, logs, remarks);
        }

        remarks.AddRange((role.Attached ?? []).Select(one => $"'{one.Arn}' is attached and isn't ours"));
        if (role.AttachedUnknown is { } reason)
            remarks.Add(reason);
        return new GrantedRole(role, kind, [.. logs.Distinct()], remarks.Count == 0 ? null : string.Join("; ", remarks));
    }

    private static void Read(InlinePolicy inline, List<LogLocation> logs, List<string> remarks)
    {
        try
        {
            var reading = PolicyDocument.Parse(inline.Document, PolicyUse.Identity, inline.Name).Statements
                .Where(one => one.Effect == PolicyEffect.Allow && one.CoversAction("s3:GetObject"));
            foreach (var resource in reading.SelectMany(one => one.ResourcePatterns).Where(one => one.Contains(":s3:::", StringComparison.Ordinal)))
            {
                if (Log(resource) is { } log)
                    logs.Add(log);
                else if (resource.Contains('/', StringComparison.Ordinal))
                    remarks.Add($"'{resource}' isn't a log's objects");
            }
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.FormatInvalid)
        {
            remarks.Add(e.Message);
        }
    }

    private static LogLocation? Log(string resource)
    {
        var match = ObjectsPattern().Match(resource);
        if (!match.Success)
            return null;
        // An escaped wildcard is part of a name; any other means that this isn't one log.
        var path = match.Groups["path"].Value;
        if (EscapePattern().Replace(path, "").AsSpan().ContainsAny('*', '?'))
            return null;
        try
        {
            return LogLocation.Parse($"s3://{match.Groups["bucket"].Value}/{EscapePattern().Replace(path, "${one}")}");
        }
        catch (AuditException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\Aarn:[^:]+:s3:::(?<bucket>[^/]+)/(?:(?<path>.+)/)?\*\z")]
    private static partial Regex ObjectsPattern();

    [GeneratedRegex(@"\$\{(?<one>[*?$])\}")]
    private static partial Regex EscapePattern();
}
