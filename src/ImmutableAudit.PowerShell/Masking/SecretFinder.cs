using System.Collections.ObjectModel;
using System.Management.Automation.Language;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Walks through a parsed command line and notes the values that a name, or the command that takes them, makes secret.
/// Variables stay: their text holds nothing.
/// </summary>
internal sealed class SecretFinder : AstVisitor
{
    // Commands whose input or arguments are secrets, whatever they are called there.
    private static readonly HashSet<string> Takers = new(StringComparer.OrdinalIgnoreCase)
    {
        "ConvertTo-SecureString", "Set-Secret", "Set-SecretInfo", "chpasswd", "passwd", "sshpass", "cmdkey", "Unlock-SecretStore", "htpasswd", "smbpasswd",
    };

    // Native programs that take a password in an option of one letter, and that option. With '*' it may be glued on.
    private static readonly Dictionary<string, string[]> Options = new(StringComparer.OrdinalIgnoreCase)
    {
        ["mysql"] = ["-p*"], ["mysqldump"] = ["-p*"], ["mysqladmin"] = ["-p*"], ["mariadb"] = ["-p*"], ["mariadb-dump"] = ["-p*"],
        ["mongo"] = ["-p*"], ["mongosh"] = ["-p*"], ["mongodump"] = ["-p*"], ["docker"] = ["-p", "-u"], ["podman"] = ["-p"], ["az"] = ["-p"],
        ["curl"] = ["-u*", "-U*", "-H*", "-b*", "--user", "--proxy-user", "--oauth2-bearer"], ["wget"] = ["--user"],
        ["redis-cli"] = ["-a*"], ["sqlcmd"] = ["-P*"], ["osql"] = ["-P*"], ["isql"] = ["-P*"], ["bcp"] = ["-P*"], ["psexec"] = ["-p*"], ["plink"] = ["-pw"],
        ["pscp"] = ["-pw"], ["putty"] = ["-pw"], ["psftp"] = ["-pw"], ["ldapsearch"] = ["-w*"], ["ldapadd"] = ["-w*"], ["ldapmodify"] = ["-w*"], ["ldapdelete"] = ["-w*"],
        ["7z"] = ["-p*"], ["7za"] = ["-p*"], ["zip"] = ["-P*"], ["unzip"] = ["-P*"], ["ipmitool"] = ["-P*"], ["smbclient"] = ["-U*"], ["rpcclient"] = ["-U*"],
        ["snmpget"] = ["-A*", "-X*", "-c*"], ["snmpwalk"] = ["-A*", "-X*", "-c*"], ["snmpset"] = ["-A*", "-X*", "-c*"], ["mosquitto_pub"] = ["-P*"], ["mosquitto_sub"] = ["-P*"],
        ["xfreerdp"] = ["/p:*"], ["rdesktop"] = ["-p*"], ["openssl"] = ["-pass", "-passin", "-passout", "-k", "-K"],
    };

    private static readonly string[] Getters = ["Get-", "Read-", "New-", "ConvertTo-", "ConvertFrom-", "Import-", "Invoke-", "Unprotect-", "Connect-", "Select-", "Request-"];

    public List<(int Start, int Length)> Places { get; } = [];

    public override AstVisitAction VisitCommand(CommandAst commandAst)
    {
        var elements = commandAst.CommandElements;
        var name = Program(commandAst.GetCommandName());
        if (name is not null && Takers.Contains(name))
            HideArguments(elements, 1);
        for (var i = 1; i < elements.Count; i++)
        {
            switch (elements[i])
            {
                case CommandParameterAst parameter:
                    var takes = SecretNames.IsSecret(parameter.ParameterName);
                    if (takes && parameter.Argument is { } attached)
                        HideValue(attached, parameter.ParameterName);
                    else if (takes && i + 1 < elements.Count && elements[i + 1] is not CommandParameterAst)
                        HideValue(elements[i + 1], parameter.ParameterName);
                    break;
                // --password VALUE, env:TOKEN VALUE, aws_secret_access_key VALUE. A path is nobody's name.
                case StringConstantExpressionAst { Value: var word } when SecretNames.IsSecret(word) && word.IndexOfAny(['\\', ' ', '=', '.']) < 0:
                    for (var next = i + 1; next < elements.Count; next++)
                    {
                        if (elements[next] is CommandParameterAst)
                            continue;
                        HideValue(elements[next], word);
                        break;
                    }

                    break;
            }
        }

        if (name is not null && Options.TryGetValue(name, out var options))
            HideOptions(elements, options);
        if (elements.OfType<StringConstantExpressionAst>().Any(word => word.Value.EndsWith("Credential", StringComparison.OrdinalIgnoreCase)) && Is(name, "New-Object"))
            HideArguments(elements, 2);
        // net use \\host\share PASSWORD /user:NAME, net user NAME PASSWORD
        if (Is(name, "net") && elements.Count > 3 && elements[1].Extent.Text.StartsWith("use", StringComparison.OrdinalIgnoreCase))
            HideArguments(elements, 3);
        return AstVisitAction.Continue;
    }

    public override AstVisitAction VisitPipeline(PipelineAst pipelineAst)
    {
        var elements = pipelineAst.PipelineElements;
        for (var i = 1; i < elements.Count; i++)
        {
            if (elements[i] is CommandAst command && TakesInput(command))
            {
                for (var before = 0; before < i; before++)
                    HideStrings(elements[before], alsoName: false);
            }
        }

        return AstVisitAction.Continue;
    }

    public override AstVisitAction VisitAssignmentStatement(AssignmentStatementAst assignmentStatementAst)
    {
        if (assignmentStatementAst.Left.FindAll(ast => ast is VariableExpressionAst or StringConstantExpressionAst, true).Any(IsSecretPlace))
            HideStrings(assignmentStatementAst.Right, alsoName: true);
        return AstVisitAction.Continue;
    }

    public override AstVisitAction VisitHashtable(HashtableAst hashtableAst)
    {
        foreach (var (key, value) in hashtableAst.KeyValuePairs)
        {
            if (key is StringConstantExpressionAst { Value: var name } && SecretNames.IsSecret(name))
                HideStrings(value, alsoName: true, keepPlaces: name.EndsWith("key", StringComparison.OrdinalIgnoreCase));
        }

        return AstVisitAction.Continue;
    }

    public override AstVisitAction VisitInvokeMemberExpression(InvokeMemberExpressionAst methodCallAst)
    {
        var arguments = methodCallAst.Arguments;
        if (arguments is null)
            return AstVisitAction.Continue;
        // [pscredential]::new('user', …) and the like: all but the user.
        if (methodCallAst.Expression is TypeExpressionAst type && type.TypeName.FullName.EndsWith("credential", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var argument in arguments.Skip(1))
                HideStrings(argument, alsoName: false);
        }

        // SetEnvironmentVariable('API_TOKEN', …), $h.Add('password', …)
        for (var i = 0; i + 1 < arguments.Count; i++)
        {
            if (arguments[i] is StringConstantExpressionAst { Value: var name } && SecretNames.IsSecret(name))
                HideStrings(arguments[i + 1], alsoName: false);
        }

        return AstVisitAction.Continue;
    }

    // param([string]$Password = 'x') and functions' own.
    public override AstVisitAction VisitParameter(ParameterAst parameterAst)
    {
        if (parameterAst.DefaultValue is { } value && SecretNames.IsSecret(parameterAst.Name.VariablePath.UserPath))
            HideStrings(value, alsoName: true);
        return AstVisitAction.Continue;
    }

    private static bool TakesInput(CommandAst command)
    {
        var name = Program(command.GetCommandName());
        return name is not null && Takers.Contains(name)
            || command.CommandElements.Any(element => element.Extent.Text.Contains("-stdin", StringComparison.OrdinalIgnoreCase))
            || Is(name, "sudo") && command.CommandElements.Any(element => element.Extent.Text.StartsWith("-S", StringComparison.Ordinal));
    }

    private static bool IsSecretPlace(Ast ast) => ast switch
    {
        VariableExpressionAst variable => SecretNames.IsSecret(variable.VariablePath.UserPath),
        StringConstantExpressionAst text => SecretNames.IsSecret(text.Value),
        _ => false,
    };

    private void HideOptions(ReadOnlyCollection<CommandElementAst> elements, string[] options)
    {
        for (var i = 1; i < elements.Count; i++)
        {
            var text = elements[i].Extent.Text.TrimStart('"', '\'');
            var at = elements[i].Extent.EndOffset - text.Length;
            foreach (var option in options)
            {
                var letters = option.TrimEnd('*');
                if (option.EndsWith('*') && text.Length > letters.Length && text.StartsWith(letters, StringComparison.Ordinal))
                    Hide(at + letters.Length, text.Length - letters.Length);
                else if (text == letters && i + 1 < elements.Count && letters != "-H")
                    HideValue(elements[i + 1], letters);
            }
        }
    }

    private void HideArguments(ReadOnlyCollection<CommandElementAst> elements, int from)
    {
        for (var i = from; i < elements.Count; i++)
        {
            if (elements[i] is CommandParameterAst { Argument: { } attached })
                HideStrings(attached, alsoName: false);
            else if (elements[i] is not CommandParameterAst)
                HideStrings(elements[i], alsoName: false);
            else if (elements[i].Extent.Text.StartsWith("-p", StringComparison.Ordinal) && elements[i].Extent.Text.Length > 2)
                Hide(elements[i].Extent.StartOffset + 2, elements[i].Extent.Text.Length - 2);
        }
    }

    private void HideValue(Ast value, string name)
    {
        var isKey = name.EndsWith("key", StringComparison.OrdinalIgnoreCase);
        if (isKey && value is StringConstantExpressionAst { Value: var text } && SecretNames.IsPlaceOfKey(text))
            return;
        HideStrings(value, alsoName: false);
    }

    /// <summary>Hides what of an expression is written out: texts, numbers, bare words.</summary>
    private void HideStrings(Ast part, bool alsoName, bool keepPlaces = false)
    {
        foreach (var ast in part.FindAll(ast => ast is ConstantExpressionAst or ExpandableStringExpressionAst, true))
        {
            if (ast.Parent is CommandAst command && command.CommandElements[0] == ast && !(alsoName && IsValue(command)))
                continue;
            // The type in New-Object TYPE, the name behind a dot.
            if (ast.Parent is MemberExpressionAst member && member.Member == ast && ast is StringConstantExpressionAst)
                continue;
            if (keepPlaces && ast is StringConstantExpressionAst { Value: var text } && SecretNames.IsPlaceOfKey(text))
                continue;
            Hide(ast.Extent.StartOffset, ast.Extent.EndOffset - ast.Extent.StartOffset);
        }

        // -ParameterLike words in a value: $password = -x
        foreach (var parameter in part.FindAll(ast => ast is CommandParameterAst { Argument: null }, true))
        {
            if (parameter.Parent is CommandAst command && alsoName && IsValue(command))
                Hide(parameter.Extent.StartOffset, parameter.Extent.EndOffset - parameter.Extent.StartOffset);
        }
    }

    // $password = hunter2 runs a command of that name, and whoever typed it meant the text.
    private static bool IsValue(CommandAst command) =>
        command.GetCommandName() is { } name && !Getters.Any(verb => name.StartsWith(verb, StringComparison.OrdinalIgnoreCase));

    private void Hide(int start, int length)
    {
        if (length > 0)
            Places.Add((start, length));
    }

    private static string? Program(string? name)
    {
        if (name is null)
            return null;
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        return last.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? last[..^4] : last;
    }

    private static bool Is(string? name, string wanted) => string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase);
}
