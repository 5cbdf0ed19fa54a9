using ImmutableAudit.Policies;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Policies;

/// <summary>
/// Requests worked out by hand from AWS's published evaluation logic. Columns: source (page of the IAM User Guide and its
/// section) | reason | who asks | policies | what is expected. Every request is s3:GetObject on b/logs/1 unless the
/// policies' column says otherwise; the bucket belongs to the account 111122223333.
/// </summary>
public class DecisionTableTests
{
    private const string Table = """
        Policy evaluation logic: single account | nothing allows, so it is implicitly denied | user | | ImplicitlyDenied
        Policy evaluation logic: single account | the root user needs no policy in its own account | root | | Allowed
        Policy evaluation logic: single account | one allow in the identity's policy is enough | user | id=Allow s3:GetObject b/* | Allowed
        Policy evaluation logic: single account | an allow of another action is none | user | id=Allow s3:PutObject b/* | ImplicitlyDenied
        Policy evaluation logic: single account | an allow on another resource is none | user | id=Allow s3:GetObject c/* | ImplicitlyDenied
        Policy evaluation logic: explicit and implicit denies | a deny beside an allow wins | user | id=Allow s3:GetObject b/*;Deny s3:GetObject b/* | ExplicitlyDenied
        Policy evaluation logic: explicit and implicit denies | a deny wins whatever the order | user | id=Deny s3:* *;Allow s3:* * | ExplicitlyDenied
        Policy evaluation logic: explicit and implicit denies | a deny of something else doesn't matter | user | id=Allow s3:GetObject b/*;Deny s3:PutObject b/* | Allowed
        Policy evaluation logic: identity with resource policies | within one account the bucket's policy alone is enough | user | res=Allow s3:GetObject b/* to user | Allowed
        Policy evaluation logic: identity with resource policies | a deny in the bucket's policy beats the identity's allow | user | id=Allow s3:* *;res=Deny s3:GetObject b/* to * | ExplicitlyDenied
        Policy evaluation logic: identity with resource policies | a deny in the identity's policy beats the bucket's allow | user | id=Deny s3:GetObject *;res=Allow s3:GetObject b/* to user | ExplicitlyDenied
        Policy evaluation logic: identity with resource policies | the bucket's allow of another user is none | user | res=Allow s3:GetObject b/* to other | ImplicitlyDenied
        Policy evaluation logic: identity with boundaries | both allow | user | id=Allow s3:* *;bnd=Allow s3:GetObject * | Allowed
        Policy evaluation logic: identity with boundaries | the boundary doesn't allow | user | id=Allow s3:* *;bnd=Allow s3:PutObject * | ImplicitlyDenied
        Policy evaluation logic: identity with boundaries | a boundary grants nothing itself | user | bnd=Allow s3:* * | ImplicitlyDenied
        Policy evaluation logic: identity with boundaries | a deny in the boundary | user | id=Allow s3:* *;bnd=Allow s3:* *;bnd=Deny s3:GetObject * | ExplicitlyDenied
        Policy evaluation logic: identity with SCPs | both allow | user | id=Allow s3:* *;scp=Allow * * | Allowed
        Policy evaluation logic: identity with SCPs | the SCP doesn't allow | user | id=Allow s3:* *;scp=Allow ec2:* * | ImplicitlyDenied
        Policy evaluation logic: identity with SCPs | an SCP grants nothing itself | user | scp=Allow * * | ImplicitlyDenied
        Policy evaluation logic: identity with SCPs | a deny in the SCP | user | id=Allow s3:* *;scp=Allow * *;scp=Deny s3:* * | ExplicitlyDenied
        Policy evaluation logic: SCPs | an SCP limits the root user, too | root | scp=Allow ec2:* * | ImplicitlyDenied
        Policy evaluation logic: SCPs | a deny in an SCP holds for the root user, too | root | scp=Allow * *;scp=Deny s3:* * | ExplicitlyDenied
        Policy evaluation logic: SCPs | an SCP limits what the bucket's policy grants | user | res=Allow s3:GetObject b/* to user;scp=Allow ec2:* * | ImplicitlyDenied
        Organizations: SCP evaluation | every level must allow | user | id=Allow s3:* *;scp=Allow * *;scp2=Allow ec2:* * | ImplicitlyDenied
        Organizations: SCP evaluation | every level allows | user | id=Allow s3:* *;scp=Allow * *;scp2=Allow s3:* * | Allowed
        Organizations: RCP evaluation | an RCP must allow | user | id=Allow s3:* *;rcp=Allow sts:* * to * | ImplicitlyDenied
        Organizations: RCP evaluation | a deny in an RCP | user | id=Allow s3:* *;rcp=Allow * * to *;rcp=Deny s3:* * to * | ExplicitlyDenied
        Organizations: RCP evaluation | an RCP holds for strangers, too | stranger | id=Allow s3:* *;res=Allow s3:* b/* to stranger;rcp=Allow * * to *;rcp=Deny s3:* * to * | ExplicitlyDenied
        Policy evaluation logic: resource policies, IAM user | a user named in the bucket's policy isn't limited by the boundary's implicit deny | user | res=Allow s3:GetObject b/* to user;bnd=Allow ec2:* * | Allowed
        Policy evaluation logic: resource policies, IAM user | but by its explicit deny | user | res=Allow s3:GetObject b/* to user;bnd=Deny s3:* * | ExplicitlyDenied
        Policy evaluation logic: resource policies, IAM role | a grant to the role is limited by the boundary | session | res=Allow s3:GetObject b/* to role;bnd=Allow ec2:* * | ImplicitlyDenied
        Policy evaluation logic: resource policies, IAM role | a grant to the role is limited by the session policy | session | res=Allow s3:GetObject b/* to role;ses=Allow ec2:* * | ImplicitlyDenied
        Policy evaluation logic: resource policies, IAM role | a grant to the role within both limits | session | res=Allow s3:GetObject b/* to role;bnd=Allow s3:* *;ses=Allow s3:* * | Allowed
        Policy evaluation logic: resource policies, IAM role | a grant to the role needs no identity policy | session | res=Allow s3:GetObject b/* to role | Allowed
        Policy evaluation logic: resource policies, role session | a grant to the session isn't limited by the boundary | session | res=Allow s3:GetObject b/* to session;bnd=Allow ec2:* * | Allowed
        Policy evaluation logic: resource policies, role session | nor by the session policy | session | res=Allow s3:GetObject b/* to session;ses=Allow ec2:* * | Allowed
        Policy evaluation logic: resource policies, role session | but by a deny in the session policy | session | res=Allow s3:GetObject b/* to session;ses=Deny s3:* * | ExplicitlyDenied
        Policy evaluation logic: resource policies, role session | a grant to another session of the role is none | session | res=Allow s3:GetObject b/* to othersession | ImplicitlyDenied
        Policy evaluation logic: resource policies, role session | who takes the role chooses the session's name | role | res=Allow s3:GetObject b/* to session | Unknown
        Policy evaluation logic: resource policies, federated user | a grant to the federated session isn't limited by the session policy | federated | res=Allow s3:GetObject b/* to federated;ses=Allow ec2:* * | Allowed
        Policy evaluation logic: resource policies, federated user | a grant to the user behind it is limited by the session policy | federated | res=Allow s3:GetObject b/* to user;ses=Allow ec2:* * | ImplicitlyDenied
        Policy evaluation logic: resource policies, federated user | a grant to the user behind it within the session policy | federated | res=Allow s3:GetObject b/* to user;ses=Allow s3:* * | Allowed
        Policies and permissions: session policies | the session has what both allow | session | id=Allow s3:* *;ses=Allow s3:GetObject * | Allowed
        Policies and permissions: session policies | what the session policy leaves out is denied | session | id=Allow s3:* *;ses=Allow s3:PutObject * | ImplicitlyDenied
        Policies and permissions: session policies | a session policy grants nothing itself | session | ses=Allow s3:* * | ImplicitlyDenied
        Policies and permissions: session policies | a deny in the session policy | session | id=Allow s3:* *;ses=Allow s3:* *;ses=Deny s3:GetObject * | ExplicitlyDenied
        Permissions boundaries: effective permissions | identity, boundary and session policy must all allow | session | id=Allow s3:* *;bnd=Allow s3:* *;ses=Allow ec2:* * | ImplicitlyDenied
        Permissions boundaries: effective permissions | all four allow | session | id=Allow s3:* *;bnd=Allow s3:* *;ses=Allow s3:* *;scp=Allow * * | Allowed
        Permissions boundaries: effective permissions | a boundary without the SCP's allow | user | id=Allow s3:* *;bnd=Allow s3:* *;scp=Allow ec2:* * | ImplicitlyDenied
        JSON policy elements: Principal, accounts | naming the account within it delegates and grants nobody by itself | user | res=Allow s3:GetObject b/* to account | ImplicitlyDenied
        JSON policy elements: Principal, accounts | the account's number means the same | user | res=Allow s3:GetObject b/* to number | ImplicitlyDenied
        JSON policy elements: Principal, accounts | a deny of the account denies everyone in it | user | id=Allow s3:* *;res=Deny s3:* b/* to account | ExplicitlyDenied
        JSON policy elements: Principal, accounts | a deny of the account's number likewise | session | id=Allow s3:* *;res=Deny s3:* b/* to number | ExplicitlyDenied
        JSON policy elements: Principal, roles | a deny of the role holds for its sessions | session | id=Allow s3:* *;res=Deny s3:* b/* to role | ExplicitlyDenied
        JSON policy elements: Principal, roles | a deny of another session doesn't | session | id=Allow s3:* *;res=Deny s3:* b/* to othersession | Allowed
        JSON policy elements: Principal, all | everyone is everyone in the account | user | res=Allow s3:GetObject b/* to * | Allowed
        JSON policy elements: Principal, all | and anonymous callers | anonymous | res=Allow s3:GetObject b/* to * | Allowed
        JSON policy elements: Principal, all | the list form means the same | anonymous | res=Allow s3:GetObject b/* to *,user | Allowed
        JSON policy elements: Principal, roles | a grant to everyone isn't limited by a boundary's implicit deny | session | res=Allow s3:GetObject b/* to * if {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/audit/reader"}};bnd=Allow ec2:* * | Allowed
        JSON policy elements: Principal, roles | aws:PrincipalArn of a session is the role's | session | res=Allow s3:GetObject b/* to * if {"ArnEquals":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/reader/s1"}} | ImplicitlyDenied
        JSON policy elements: Principal, all | a grant to a user is none to anonymous | anonymous | res=Allow s3:GetObject b/* to user | ImplicitlyDenied
        JSON policy elements: Principal, all | a grant to an account is none to anonymous | anonymous | res=Allow s3:GetObject b/* to account | ImplicitlyDenied
        JSON policy elements: Principal, all | everyone, and denied without TLS | anonymous | res=Allow s3:GetObject b/* to *;res=Deny s3:* b/* to * if {"Bool":{"aws:SecureTransport":"false"}};key=aws:SecureTransport=false | ExplicitlyDenied
        JSON policy elements: Principal, users | user names are case-sensitive | user | res=Allow s3:GetObject b/* to arn:aws:iam::111122223333:user/Mia | ImplicitlyDenied
        JSON policy elements: Principal, users | a wildcard in a name isn't permitted; a store that takes it may mean it | user | res=Allow s3:GetObject b/* to arn:aws:iam::111122223333:user/* | Unknown
        JSON policy elements: Principal, users | an id of a user that was deleted may be ours | user | res=Allow s3:GetObject b/* to AIDAEXAMPLE | Unknown
        Cross-account policy evaluation | both sides allow | stranger | id=Allow s3:GetObject b/*;res=Allow s3:GetObject b/* to stranger | Allowed
        Cross-account policy evaluation | the account is named, the identity's policy allows | stranger | id=Allow s3:GetObject b/*;res=Allow s3:GetObject b/* to strangers | Allowed
        Cross-account policy evaluation | the bucket's side is missing | stranger | id=Allow s3:GetObject b/* | ImplicitlyDenied
        Cross-account policy evaluation | the identity's side is missing | stranger | res=Allow s3:GetObject b/* to stranger | ImplicitlyDenied
        Cross-account policy evaluation | everyone, and the identity's side is missing | stranger | res=Allow s3:GetObject b/* to * | ImplicitlyDenied
        Cross-account policy evaluation | a deny on the bucket's side | stranger | id=Allow s3:* *;res=Allow s3:* b/* to stranger;res=Deny s3:* b/* to strangers | ExplicitlyDenied
        Cross-account policy evaluation | a deny on the identity's side | stranger | id=Allow s3:* *;id=Deny s3:* b/*;res=Allow s3:* b/* to stranger | ExplicitlyDenied
        Cross-account policy evaluation | a boundary limits the identity's side | stranger | id=Allow s3:* *;res=Allow s3:* b/* to stranger;bnd=Allow ec2:* * | ImplicitlyDenied
        Cross-account policy evaluation | an SCP limits the identity's side | stranger | id=Allow s3:* *;res=Allow s3:* b/* to stranger;scp=Allow ec2:* * | ImplicitlyDenied
        Cross-account policy evaluation | whose the bucket is isn't known, and only one side allows | user | id=Allow s3:* *;own=? | Unknown
        Cross-account policy evaluation | whose the bucket is isn't known, and both sides allow | user | id=Allow s3:* *;res=Allow s3:* b/* to user;own=? | Allowed
        Cross-account policy evaluation | whose the bucket is isn't known, and neither side allows | user | own=? | ImplicitlyDenied
        JSON policy elements: NotPrincipal with Deny | the account is named and the user isn't: it might be denied | user | id=Allow s3:* *;res=Deny s3:* b/* to !other,account | Unknown
        JSON policy elements: NotPrincipal with Deny | neither the user nor the account is named | user | id=Allow s3:* *;res=Deny s3:* b/* to !stranger | ExplicitlyDenied
        JSON policy elements: NotPrincipal with Deny | user and account are named | user | id=Allow s3:* *;res=Deny s3:* b/* to !user,account | Allowed
        JSON policy elements: NotPrincipal with Deny | without the account it may be denied | user | id=Allow s3:* *;res=Deny s3:* b/* to !user | Unknown
        JSON policy elements: NotPrincipal with Deny | session, role and account are named | session | id=Allow s3:* *;res=Deny s3:* b/* to !session,role,account | Allowed
        JSON policy elements: NotPrincipal with Deny | without the session it may be denied | session | id=Allow s3:* *;res=Deny s3:* b/* to !role,account | Unknown
        JSON policy elements: NotPrincipal with Deny | without the role it may be denied | session | id=Allow s3:* *;res=Deny s3:* b/* to !session,account | Unknown
        JSON policy elements: NotPrincipal with Deny | it grants nothing to those named | user | res=Deny s3:* b/* to !user,account | ImplicitlyDenied
        JSON policy elements: NotPrincipal with Deny | anonymous callers are denied | anonymous | res=Allow s3:* b/* to *;res=Deny s3:* b/* to !user,account | ExplicitlyDenied
        Permissions boundaries: NotPrincipal | where a boundary is set it denies even those named | user | id=Allow s3:* *;bnd=Allow s3:* *;res=Deny s3:* b/* to !user,account | ExplicitlyDenied
        JSON policy elements: NotPrincipal with Allow | who isn't named is allowed | user | res=Allow s3:GetObject b/* to !other | Allowed
        JSON policy elements: NotPrincipal with Allow | anonymous callers, too | anonymous | res=Allow s3:GetObject b/* to !other | Allowed
        JSON policy elements: NotPrincipal with Allow | who is named isn't | user | res=Allow s3:GetObject b/* to !user | ImplicitlyDenied
        S3 User Guide: bucket policies, root | the root user can always replace the bucket's policy | root | do=s3:PutBucketPolicy b;res=Deny s3:* b to * | Allowed
        S3 User Guide: bucket policies, root | and nothing else that the policy denies | root | res=Deny s3:* b/* to * | ExplicitlyDenied
        KMS developer guide: key policies | without the key policy's allow the identity's is nothing | user | do=kms:Decrypt arn:aws:kms:eu-west-1:111122223333:key/k;must=1;id=Allow kms:* * | ImplicitlyDenied
        KMS developer guide: key policies | naming the account lets the identity's policies grant | user | do=kms:Decrypt arn:aws:kms:eu-west-1:111122223333:key/k;must=1;id=Allow kms:Decrypt *;res=Allow kms:* * to account | Allowed
        KMS developer guide: key policies | naming the account alone grants nobody | user | do=kms:Decrypt arn:aws:kms:eu-west-1:111122223333:key/k;must=1;res=Allow kms:* * to account | ImplicitlyDenied
        KMS developer guide: key policies | naming the user is enough | user | do=kms:Decrypt arn:aws:kms:eu-west-1:111122223333:key/k;must=1;res=Allow kms:Decrypt * to user | Allowed
        IAM roles: trust policies | the trust policy must allow | user | do=sts:AssumeRole arn:aws:iam::111122223333:role/r;must=1;id=Allow sts:AssumeRole * | ImplicitlyDenied
        JSON policy elements: Action | names of actions don't depend on case | user | id=Allow S3:getobject b/* | Allowed
        JSON policy elements: Action | a star stands for any characters | user | id=Allow s3:Get* b/* | Allowed
        JSON policy elements: Action | also in the middle of a word | user | id=Allow s3:G*ject b/* | Allowed
        JSON policy elements: Action | a question mark for exactly one | user | id=Allow s3:?etObject b/* | Allowed
        JSON policy elements: Action | and not for none | user | id=Allow s3:GetObject? b/* | ImplicitlyDenied
        JSON policy elements: Action | a star for none, too | user | id=Allow s3:GetObject* b/* | Allowed
        JSON policy elements: Action | all of AWS | user | id=Allow * b/* | Allowed
        JSON policy elements: NotAction | with Allow it allows all others | user | id=Allow !iam:* b/* | Allowed
        JSON policy elements: NotAction | and not those named | user | id=Allow !s3:Get* b/* | ImplicitlyDenied
        JSON policy elements: NotAction | with Deny it denies all others | user | id=Allow s3:* *;id=Deny !s3:PutObject * | ExplicitlyDenied
        JSON policy elements: NotAction | and not those named, which it doesn't allow either | user | id=Deny !s3:GetObject * | ImplicitlyDenied
        JSON policy elements: Resource | the bucket isn't its objects | user | id=Allow s3:GetObject b | ImplicitlyDenied
        JSON policy elements: Resource | a star reaches across slashes | user | id=Allow s3:GetObject b*1 | Allowed
        JSON policy elements: Resource | a question mark stands for a slash, too | user | id=Allow s3:GetObject b?logs?1 | Allowed
        JSON policy elements: Resource | resources are case-sensitive | user | id=Allow s3:GetObject b/LOGS/* | ImplicitlyDenied
        JSON policy elements: Resource | a bucket's name isn't a prefix | user | do=s3:GetObject bb/logs/1;id=Allow s3:GetObject b/* | ImplicitlyDenied
        JSON policy elements: Resource | a key may hold colons | user | do=s3:GetObject b/a:b:c;id=Allow s3:GetObject b/*c | Allowed
        JSON policy elements: Resource | a star at a part's end reaches across colons | user | id=Allow s3:GetObject arn:aws:s3:* | Allowed
        JSON policy elements: Resource | a wildcard in the service's part isn't permitted | user | id=Allow s3:GetObject arn:aws:s*:::b/* | Unknown
        JSON policy elements: Resource | another partition is another resource | user | id=Allow s3:GetObject arn:aws-cn:s3:::b/* | ImplicitlyDenied
        JSON policy elements: Resource | a part of its own may be a star | user | id=Allow s3:GetObject arn:*:s3:::b/* | Allowed
        JSON policy elements: NotResource | with Allow it allows all other resources | user | id=Allow s3:GetObject !c/* | Allowed
        JSON policy elements: NotResource | and not those named | user | id=Allow s3:GetObject !b/* | ImplicitlyDenied
        JSON policy elements: NotResource | with Deny it denies all other resources | user | id=Allow s3:* *;id=Deny s3:* !c/* | ExplicitlyDenied
        Policy variables: Resource | a variable stands for the request's value | user | do=s3:GetObject b/mia/1;id=Allow s3:GetObject b/${aws:username}/* | Allowed
        Policy variables: Resource | for another's folder it doesn't match | user | do=s3:GetObject b/noah/1;id=Allow s3:GetObject b/${aws:username}/* | ImplicitlyDenied
        Policy variables: Introduction | in the first version of the language it is a literal text | user | old=1;do=s3:GetObject b/mia/1;id=Allow s3:GetObject b/${aws:username}/* | ImplicitlyDenied
        Policy variables: Introduction | and matches itself | user | old=1;do=s3:GetObject b/${aws:username}/1;id=Allow s3:GetObject b/${aws:username}/* | Allowed
        Policy variables: principal table | a role's session has no user name | session | do=s3:GetObject b/mia/1;id=Allow s3:GetObject b/${aws:username}/* | ImplicitlyDenied
        Policy variables: default values | a default stands in for a missing value | session | do=s3:GetObject b/all/1;id=Allow s3:GetObject b/${aws:username~'all'}/* | Allowed
        Policy variables: default values | not where there is a value | user | do=s3:GetObject b/all/1;id=Allow s3:GetObject b/${aws:username~'all'}/* | ImplicitlyDenied
        Policy variables: tags | a tag that is known | user | do=s3:GetObject b/red/1;id=Allow s3:GetObject b/${aws:PrincipalTag/team}/*;key=aws:PrincipalTag/team=red | Allowed
        Policy variables: tags | a tag that isn't known may be this one | user | do=s3:GetObject b/red/1;id=Allow s3:GetObject b/${aws:PrincipalTag/team}/*;key=aws:PrincipalTag/team? | Unknown
        Policy variables: tags | whatever the tag is, another bucket isn't meant | user | do=s3:GetObject c/red/1;id=Allow s3:GetObject b/${aws:PrincipalTag/team}/*;key=aws:PrincipalTag/team? | ImplicitlyDenied
        Policy variables: tags | a deny that may apply leaves it open | user | id=Allow s3:* *;id=Deny s3:* b/${aws:PrincipalTag/team}/*;key=aws:PrincipalTag/team? | Unknown
        Policy variables: special characters | an asterisk that is only an asterisk | user | id=Allow s3:GetObject b/${*} | ImplicitlyDenied
        Policy variables: special characters | and matches one | user | do=s3:GetObject b/*;id=Allow s3:GetObject b/${*} | Allowed
        Policy variables: special characters | a question mark | user | do=s3:GetObject b/?;id=Allow s3:GetObject b/${?} | Allowed
        Policy variables: special characters | a dollar sign | user | do=s3:GetObject b/$x;id=Allow s3:GetObject b/${$}x | Allowed
        Policy variables: Resource | a value's own asterisk may or may not be a wildcard | user | id=Allow s3:GetObject b/${aws:UserAgent};key=aws:UserAgent=* | Unknown
        Policy variables: default values | a default's asterisk likewise | session | id=Allow s3:GetObject b/${aws:username~'*'} | Unknown
        Cross-account policy evaluation | a root user has what its account was given | strangeroot | res=Allow s3:GetObject b/* to strangers | Allowed
        Cross-account policy evaluation | and nothing if it wasn't given | strangeroot | | ImplicitlyDenied
        Cross-account policy evaluation | a session policy limits the identity's side, a grant to the session notwithstanding | session | id=Allow s3:* *;ses=Allow ec2:* *;res=Allow s3:* b/* to session;own=other | ImplicitlyDenied
        Cross-account policy evaluation | a grant to the role and its own policy | session | id=Allow s3:* *;res=Allow s3:* b/* to role;own=other | Allowed
        Policy variables: unresolved | a deny whose variable has no value may be void, or only its entry | session | id=Allow s3:* *;id=Deny s3:* !b/${aws:username}/* | Unknown
        """;

    public static TheoryData<string, string, string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string, string, string>();
        foreach (var line in Table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split('|', StringSplitOptions.TrimEntries);
            Assert.Equal(5, parts.Length);
            data.Add(parts[0], parts[1], parts[2], parts[3], parts[4]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_request_is_decided_as_published(string source, string reason, string who, string policies, string expected)
    {
        var decision = Decide(who, policies);
        Assert.True(decision.Outcome == Enum.Parse<AccessOutcome>(expected), $"{source}: {reason}. Got {decision.Outcome}, by {string.Join("; ", decision.Statements)}, missing {string.Join(", ", decision.MissingKeys)}");
        if (decision.Outcome == AccessOutcome.ExplicitlyDenied)
            Assert.All(Assert.IsAssignableFrom<IReadOnlyList<DecidingStatement>>(decision.Statements), one => Assert.Equal(PolicyEffect.Deny, one.Effect));
        if (decision.Outcome == AccessOutcome.ExplicitlyDenied || (decision.Outcome == AccessOutcome.Allowed && who != "root"))
            Assert.NotEmpty(decision.Statements);
        if (decision.Outcome == AccessOutcome.Unknown)
            Assert.NotEmpty(decision.MissingKeys);
    }

    private static AccessDecision Decide(string who, string policies)
    {
        var parts = new Dictionary<string, List<string>>();
        foreach (var part in policies.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            // A part without a name of its own is one more statement of the policy before it.
            var name = at is > 0 and <= 4 ? part[..at] : parts.Keys.Last();
            if (!parts.TryGetValue(name, out var list))
                parts[name] = list = [];
            list.Add(at is > 0 and <= 4 ? part[(at + 1)..] : part);
        }

        string? All(string name) => parts.TryGetValue(name, out var list) ? string.Join('\n', list) : null;
        var version = All("old") is null ? "2012-10-17" : "2008-10-17";
        PolicyDocument? Own(string name) => All(name) is { } text ? Identity(text, name, version) : null;
        PolicyDocument? Theirs(string name) => All(name) is { } text ? Bucket(text, name) : null;
        var asked = (All("do") ?? "s3:GetObject b/logs/1").Split(' ');
        return PolicyEvaluator.Evaluate(
            new AppliedPolicies
            {
                Identity = Own("id") is { } id ? [id] : [],
                Boundary = Own("bnd"),
                Session = Own("ses") is { } session ? [session] : null,
                ServiceControl = [.. new[] { Own("scp"), Own("scp2") }.OfType<PolicyDocument>().Select(one => new[] { one })],
                ResourceControl = Theirs("rcp") is { } rcp ? [[rcp]] : [],
                Resource = Theirs("res"),
                ResourceMustAllow = All("must") is not null,
            },
            new AccessRequest
            {
                Principal = Who(who),
                Action = asked[0],
                Resource = asked[1].StartsWith("arn:", StringComparison.Ordinal) ? asked[1] : "arn:aws:s3:::" + asked[1],
                ResourceAccount = All("own") switch { null => Account, "other" => Stranger, _ => null },
                Keys = Keys(All("key") ?? ""),
            });
    }
}
