using System.Text;

namespace ImmutableAudit.Policies;

/// <summary>
/// A policy in AWS's JSON language. Reading is strict: what AWS would refuse, and what would be silently misread, is an
/// error that names the statement, because a policy judged by half of it is worse than one not judged.
/// </summary>
public sealed class PolicyDocument
{
    /// <summary>The version of the language that has policy variables.</summary>
    public const string VersionWithVariables = "2012-10-17";

    /// <summary>The version that a document without <c>Version</c> is written in.</summary>
    public const string FirstVersion = "2008-10-17";

    /// <summary>The largest document that is read, in bytes. AWS's own limits are far below.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    internal PolicyDocument(string name, PolicyUse use, string version, string? id, IReadOnlyList<PolicyStatement> statements) =>
        (Name, Use, Version, Id, Statements) = (name, use, version, id, statements);

    /// <summary>What the document is called in reports, for example <c>inline policy 'reader'</c>.</summary>
    public string Name { get; }

    /// <summary>What it is for.</summary>
    public PolicyUse Use { get; }

    /// <summary>The version of the language.</summary>
    public string Version { get; }

    /// <summary>The document's <c>Id</c>, if it has one.</summary>
    public string? Id { get; }

    /// <summary>The statements in their order.</summary>
    public IReadOnlyList<PolicyStatement> Statements { get; }

    /// <summary>Reads a document.</summary>
    /// <param name="json">The document.</param>
    /// <param name="use">What it is for.</param>
    /// <param name="name">What to call it in reports.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>, with the statement.</exception>
    public static PolicyDocument Parse(string json, PolicyUse use, string name = "policy")
    {
        ArgumentNullException.ThrowIfNull(json);
        return Parse(Encoding.UTF8.GetBytes(json), use, name);
    }

    /// <summary>Reads a document.</summary>
    /// <param name="utf8Json">The document in UTF-8.</param>
    /// <param name="use">What it is for.</param>
    /// <param name="name">What to call it in reports.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>, with the statement.</exception>
    public static PolicyDocument Parse(ReadOnlyMemory<byte> utf8Json, PolicyUse use, string name = "policy")
    {
        ArgumentNullException.ThrowIfNull(name);
        return new PolicyReader(use, name).Read(utf8Json);
    }

    /// <summary>The document's name.</summary>
    public override string ToString() => Name;
}
