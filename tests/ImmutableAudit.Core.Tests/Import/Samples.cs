namespace ImmutableAudit.Core.Tests.Import;

/// <summary>Small sources of each format, in the shape that is documented for it.</summary>
internal static class Samples
{
    public const string W3c =
        "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-03-13 03:12:26\r\n"
        + "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken\r\n"
        + "2026-03-13 03:12:26 192.0.2.10 GET /payroll/run.aspx id=7 443 TANNHOLM\\keller 198.51.100.23 Mozilla/5.0+(Windows+NT+10.0) 200 0 0 15\r\n"
        + "2026-03-13 03:12:27 192.0.2.10 POST /payroll/run.aspx - 443 - 198.51.100.23 curl/8.5 401 2 5 3\r\n"
        + "#Fields: date time cs-method cs-uri-stem sc-status\r\n"
        + "2026-03-13 03:12:28 GET /missing 404\r\n"
        + "2026-03-13 03:12:29 GET /short\r\n";

    public const string S3 =
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be tannholm-payroll [13/Mar/2026:03:12:26 +0000] 198.51.100.23 arn:aws:iam::111122223333:user/mia 3E57427F3EXAMPLE REST.GET.OBJECT 2026/run%2520one.csv \"GET /tannholm-payroll/2026/run%20one.csv HTTP/1.1\" 200 - 113 113 7 6 \"-\" \"S3Console/0.4 (x=\"y\";z) agent\" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader tannholm-payroll.s3.eu-central-1.amazonaws.com TLSV1.2 - Yes new-field\n"
        + "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be tannholm-payroll [13/Mar/2026:03:12:27 +0100] 203.0.113.9 - 7B4A0FABBEXAMPLE REST.GET.VERSIONING - \"GET /tannholm-payroll?versioning HTTP/1.1\" 403 AccessDenied 113 - 33 - \"-\" \"-\" -\n";

    public const string LinuxAudit =
        "type=SYSCALL msg=audit(1773371546.319:24287): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffd19c592 items=1 ppid=2686 pid=3538 auid=1000 uid=1000 gid=1000 tty=pts0 ses=1 comm=\"cat\" exe=\"/usr/bin/cat\" key=\"payroll\"\n"
        + "type=CWD msg=audit(1773371546.319:24287): cwd=\"/home/keller\"\n"
        + "type=USER_LOGIN msg=audit(1773371547.001:24288): pid=900 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=\"root\" exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.9 terminal=ssh res=failed'\n"
        + "type=PATH msg=audit(1773371546.319:24287): item=0 name=2F7372762F7061792072756E2E637376 inode=409248 nametype=NORMAL\n"
        + "type=PROCTITLE msg=audit(1773371546.319:24287): proctitle=636174002F7372762F7061792072756E2E637376\n"
        + "type=EOE msg=audit(1773371546.319:24287): \n"
        + "node=gate-3 type=SYSCALL msg=audit(1773371548.000:1): arch=c000003e syscall=59 success=yes exit=0 auid=1000 uid=0 ses=2 comm=\"id\" exe=\"/usr/bin/id\" key=(null)\u001DARCH=x86_64 SYSCALL=execve AUID=\"keller\" UID=\"root\"\n"
        + "node=gate-3 type=EXECVE msg=audit(1773371548.000:1): argc=2 a0=\"id\" a1=2D75\n"
        + "node=gate-3 type=PATH msg=audit(1773371548.000:1): item=0 name=\"/usr/bin/id\" nametype=NORMAL\n"
        + "node=gate-3 type=PATH msg=audit(1773371548.000:1): item=1 name=\"/lib64/ld-linux-x86-64.so.2\" nametype=NORMAL\n";

    public const string Ocsf =
        """
        {"class_uid":6003,"activity_id":2,"time":1773371546319,"status_id":1,"severity_id":1,"api":{"operation":"GetObject","service":{"name":"s3.amazonaws.com"}},"actor":{"user":{"type":"IAMUser","uid":"arn:aws:iam::111122223333:user/mia","name":"mia"},"session":{"uid":"ASIAEXAMPLE"}},"src_endpoint":{"ip":"198.51.100.23"},"resources":[{"type":"Object","uid":"arn:aws:s3:::tannholm-payroll/run.csv"}],"metadata":{"uid":"e-1","version":"1.3.0","product":{"name":"CloudTrail","vendor_name":"AWS"}}}
        {"class_uid":3002,"class_name":"Authentication","activity_id":1,"time":1773371547000,"status_id":2,"status_detail":"Bad password","user":{"name":"keller","uid":"S-1-5-21-7"},"device":{"hostname":"gate-3"},"metadata":{"version":"1.3.0","product":{"name":"Directory"}}}
        {"class_uid":6005,"activity_id":1,"time":1773371548000,"action_id":2,"status_id":1,"actor":{"user":{"name":"keller"}},"databucket":{"name":"payroll"},"metadata":{"version":"1.3.0"}}
        {"class_uid":6005,"time":"soon"}
        """;

    public static string WindowsLogon(int id, int record, string keywords, string more = "") =>
        $"""
        <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='54849625-5478-4994-a5ba-3e3b0328c30d'/><EventID>{id}</EventID><Version>2</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode><Keywords>{keywords}</Keywords><TimeCreated SystemTime='2026-03-13T03:12:26.319000000Z'/><EventRecordID>{record}</EventRecordID><Correlation/><Execution ProcessID='756' ThreadID='800'/><Channel>Security</Channel><Computer>DC1.tannholm.example</Computer><Security/></System><EventData><Data Name='SubjectUserSid'>S-1-5-18</Data><Data Name='SubjectUserName'>DC1$</Data><Data Name='SubjectDomainName'>TANNHOLM</Data><Data Name='SubjectLogonId'>0x3e7</Data><Data Name='TargetUserName'>keller</Data><Data Name='TargetDomainName'>TANNHOLM</Data><Data Name='TargetLogonId'>0x8dcdc</Data><Data Name='IpAddress'>198.51.100.23</Data><Data Name='Status'>0xc000006d</Data>{more}</EventData></Event>
        """;
}
