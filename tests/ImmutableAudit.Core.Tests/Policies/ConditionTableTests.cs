using ImmutableAudit.Policies;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Policies;

/// <summary>
/// Conditions worked out by hand. Columns: source (section of "Condition operators", or of "Single-valued vs. multivalued
/// context keys" where it says sets) | reason | condition | the request's key k (k=a,b has two values, k? isn't known,
/// nothing is absent) | whether it holds.
/// </summary>
public class ConditionTableTests
{
    private const string Table = """
        String | the same text | StringEquals a | k=a | True
        String | case matters | StringEquals a | k=A | False
        String | a star is an asterisk here | StringEquals a* | k=ab | False
        String | and matches one | StringEquals a* | k=a* | True
        String | a missing key doesn't match | StringEquals a | | False
        String | one of several values is enough | StringEquals a,b | k=b | True
        String | none of several values | StringEquals a,b | k=c | False
        String | not the same text | StringNotEquals a | k=b | True
        String | the same text, negated | StringNotEquals a | k=a | False
        String | a missing key isn't the value | StringNotEquals a | | True
        String | negated, none may match | StringNotEquals a,b | k=b | False
        String | case doesn't matter | StringEqualsIgnoreCase abc | k=ABC | True
        String | case doesn't matter, negated | StringNotEqualsIgnoreCase abc | k=ABC | False
        String | another text whatever the case | StringNotEqualsIgnoreCase abc | k=abd | True
        String | a star for any characters | StringLike a*c | k=abbc | True
        String | a question mark for one | StringLike a?c | k=abbc | False
        String | like is case-sensitive | StringLike a* | k=Ab | False
        String | a missing key isn't like anything | StringLike * | | False
        String | not like | StringNotLike a* | k=ab | False
        String | not like, and isn't | StringNotLike a* | k=b | True
        String | not like, missing | StringNotLike a* | | True
        String | an unknown value may be it | StringEquals a | k? | Unknown
        String | negated likewise | StringNotEquals a | k? | Unknown
        String | a star doesn't hold where the key may be absent | StringLike * | k? | Unknown
        Numeric | equal numbers | NumericEquals 10 | k=10 | True
        Numeric | equal whatever they are written as | NumericEquals 10 | k=10.0 | True
        Numeric | not equal | NumericNotEquals 10 | k=11 | True
        Numeric | not equal, missing | NumericNotEquals 10 | | True
        Numeric | less | NumericLessThan 10 | k=9 | True
        Numeric | not less than itself | NumericLessThan 10 | k=10 | False
        Numeric | less or equal | NumericLessThanEquals 10 | k=10 | True
        Numeric | as numbers, not as texts | NumericLessThan 10 | k=9.5 | True
        Numeric | greater | NumericGreaterThan 10 | k=11 | True
        Numeric | greater or equal | NumericGreaterThanEquals 10 | k=10 | True
        Numeric | negative numbers | NumericGreaterThan -2 | k=-1 | True
        Numeric | what isn't a number doesn't match | NumericLessThan 10 | k=x | False
        Numeric | a policy's value that isn't a number | NumericLessThan x | k=1 | Unknown
        Numeric | missing | NumericLessThan 10 | | False
        Date | the same moment | DateEquals 2026-01-01T00:00:00Z | k=2026-01-01T00:00:00Z | True
        Date | the same moment in another zone | DateEquals 2026-01-01T01:00:00+01:00 | k=2026-01-01T00:00:00Z | True
        Date | not the same | DateNotEquals 2026-01-01 | k=2026-01-02 | True
        Date | before | DateLessThan 2026-01-01T00:00:00Z | k=2025-12-31T23:59:59Z | True
        Date | at, not before | DateLessThan 2026-01-01T00:00:00Z | k=2026-01-01T00:00:00Z | False
        Date | at or before | DateLessThanEquals 2026-01-01T00:00:00Z | k=2026-01-01T00:00:00Z | True
        Date | after | DateGreaterThan 2020-01-01T00:00:01Z | k=2026-01-01T00:00:00Z | True
        Date | at or after | DateGreaterThanEquals 2026 | k=2026-01-01T00:00:00Z | True
        Date | seconds since 1970 | DateGreaterThan 1577836800 | k=2020-01-01T00:00:01Z | True
        Date | a missing key, as with long-lived credentials | DateGreaterThan 2020-01-01T00:00:01Z | | False
        Boolean | true | Bool true | k=true | True
        Boolean | false isn't true | Bool true | k=false | False
        Boolean | missing | Bool true | | False
        Boolean | missing isn't false either | Bool false | | False
        Boolean | case doesn't matter | Bool TRUE | k=true | True
        Binary | the same bytes | BinaryEquals QmluYXJ5VmFsdWVJbkJhc2U2NA== | k=QmluYXJ5VmFsdWVJbkJhc2U2NA== | True
        Binary | other bytes | BinaryEquals QmluYXJ5 | k=QmluYXJ6 | False
        IP address | within the range | IpAddress 203.0.113.0/24 | k=203.0.113.77 | True
        IP address | outside of it | IpAddress 203.0.113.0/24 | k=203.0.114.1 | False
        IP address | without a prefix, one address | IpAddress 203.0.113.5 | k=203.0.113.5 | True
        IP address | without a prefix, another | IpAddress 203.0.113.5 | k=203.0.113.6 | False
        IP address | IPv6 | IpAddress 2001:DB8:1234:5678::/64 | k=2001:db8:1234:5678::9 | True
        IP address | IPv4 isn't IPv6 | IpAddress 2001:DB8::/32 | k=203.0.113.5 | False
        IP address | one of several ranges | IpAddress 10.0.0.0/8,203.0.113.0/24 | k=203.0.113.5 | True
        IP address | all but the range | NotIpAddress 203.0.113.0/24 | k=203.0.113.5 | False
        IP address | all but the range, from elsewhere | NotIpAddress 203.0.113.0/24 | k=198.51.100.1 | True
        IP address | through a VPC endpoint there is no address | IpAddress 203.0.113.0/24 | | False
        IP address | and then all but the range holds | NotIpAddress 203.0.113.0/24 | | True
        ARN | part by part | ArnEquals arn:aws:sns:eu-west-1:111122223333:t | k=arn:aws:sns:eu-west-1:111122223333:t | True
        ARN | ArnEquals takes wildcards, as ArnLike does | ArnEquals arn:aws:sns:*:111122223333:* | k=arn:aws:sns:eu-west-1:111122223333:t | True
        ARN | a star stays within its part | ArnLike arn:aws:someservice:*:111122223333:finance/* | k=arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt | False
        ARN | a string's star doesn't | StringLike arn:aws:someservice:*:111122223333:finance/* | k=arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt | True
        ARN | the last part may hold colons | ArnLike arn:aws:sns:*:*:t* | k=arn:aws:sns:r:a:t:x | True
        ARN | negated | ArnNotLike arn:aws:iam::*:role/admin | k=arn:aws:iam::111122223333:role/admin | False
        ARN | negated, missing | ArnNotEquals arn:aws:iam::*:role/admin | | True
        ARN | missing, as when somebody asks himself | ArnEquals arn:aws:sns:*:*:* | | False
        ARN | a lone star isn't an ARN; nobody says what it is | ArnLike * | k=arn:aws:sns:r:a:t | Unknown
        IfExists | missing is true | StringEqualsIfExists a | | True
        IfExists | there, and compared | StringEqualsIfExists a | k=b | False
        IfExists | missing is true, negated | StringNotEqualsIfExists a | | True
        IfExists | there, and compared, negated | StringNotEqualsIfExists a | k=a | False
        IfExists | a star or missing covers everything | StringLikeIfExists * | k? | True
        IfExists | an unknown value may be another | StringEqualsIfExists a | k? | Unknown
        IfExists | with booleans | BoolIfExists true | | True
        IfExists | with addresses | IpAddressIfExists 10.0.0.0/8 | k=11.0.0.1 | False
        Null | true asks that it is missing | Null true | | True
        Null | true, and it is there | Null true | k=a | False
        Null | false asks that it is there | Null false | k=a | True
        Null | false, and it is missing | Null false | | False
        Null | it isn't known whether it is there | Null true | k? | Unknown
        Null | either way | Null true,false | k? | True
        Sets: ForAllValues | every value is in the list | ForAllValues:StringEquals a,b,c | k=a,b | True
        Sets: ForAllValues | one isn't | ForAllValues:StringEquals a,b,c | k=a,d | False
        Sets: ForAllValues | true where the key is missing | ForAllValues:StringEquals a | | True
        Sets: ForAllValues | true where the value is empty | ForAllValues:StringEquals a | k= | True
        Sets: ForAllValues | negated: no value is in the list | ForAllValues:StringNotEquals a,b | k=c,d | True
        Sets: ForAllValues | negated: one is | ForAllValues:StringNotEquals a,b | k=a,d | False
        Sets: ForAllValues | negated and missing | ForAllValues:StringNotEquals a,b | | True
        Sets: ForAllValues | not known | ForAllValues:StringEquals a | k? | Unknown
        Sets: ForAllValues | a star covers everything, also nothing | ForAllValues:StringLike * | k? | True
        Sets: ForAnyValue | one value is in the list | ForAnyValue:StringEquals a,b | k=b,z | True
        Sets: ForAnyValue | none is | ForAnyValue:StringEquals a,b | k=y,z | False
        Sets: ForAnyValue | false where the key is missing | ForAnyValue:StringEquals a | | False
        Sets: ForAnyValue | false where the value is empty | ForAnyValue:StringEquals a | k= | False
        Sets: ForAnyValue | false where the key is missing, negated | ForAnyValue:StringNotEquals a | | False
        Sets: ForAnyValue | negated: some value isn't in the list | ForAnyValue:StringNotEquals a | k=a,b | True
        Sets: ForAnyValue | negated: all are | ForAnyValue:StringNotEquals a,b | k=a,b | False
        Sets: ForAnyValue | with IfExists the text contradicts itself | ForAnyValue:StringEqualsIfExists a | | Unknown
        Sets: none | several values without a set qualifier, of which some match | StringEquals a | k=a,b | Unknown
        Sets: none | several values, none of which matches | StringEquals c | k=a,b | False
        Policy variables: Condition | a variable in a string's value | StringEquals home/${aws:username} | k=home/mia | True
        Policy variables: Condition | a variable in a pattern | StringLike home/${aws:username}/* | k=home/mia/x | True
        Policy variables: Condition | a variable in an ARN | ArnLike arn:aws:iam::*:user/${aws:username} | k=arn:aws:iam::1:user/mia | True
        Policy variables: Condition | a variable without a value doesn't match | StringEquals ${aws:PrincipalTag/none} | k=a | False
        Policy variables: Condition | negated, it may hold or void the statement | StringNotEquals ${aws:PrincipalTag/none} | k=a | Unknown
        Policy variables: Condition | not in numbers | NumericEquals ${aws:PrincipalTag/none} | k=1 | Unknown
        Policy variables: Condition | a default | StringEquals ${aws:PrincipalTag/none,'a'} | k=a | True
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
    public void A_condition_holds_as_published(string source, string reason, string condition, string keys, string expected)
    {
        var space = condition.IndexOf(' ', StringComparison.Ordinal);
        // A comma inside a variable's default isn't one between values.
        var values = condition[(space + 1)..] is var text && text.Contains("${", StringComparison.Ordinal) ? [text] : text.Split(',');
        var json = $$"""{"{{condition[..space]}}":{"K":{{System.Text.Json.JsonSerializer.Serialize(values)}} } }""";
        var policy = Identity($"Allow s3:GetObject * if {json}");
        var decision = PolicyEvaluator.Evaluate(
            new AppliedPolicies { Identity = [policy] },
            new AccessRequest { Principal = Who("user"), Action = "s3:GetObject", Resource = "arn:aws:s3:::b/1", ResourceAccount = Account, Keys = Keys(keys) });
        var holds = decision.Outcome switch { AccessOutcome.Allowed => "True", AccessOutcome.ImplicitlyDenied => "False", var other => other.ToString() };
        Assert.True(holds == expected, $"{source}: {reason}. Got {holds}");
        if (holds == "Unknown")
            Assert.NotEmpty(decision.MissingKeys);
    }
}
