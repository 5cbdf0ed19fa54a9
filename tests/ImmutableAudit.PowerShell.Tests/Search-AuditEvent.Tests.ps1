Describe 'Search-AuditEvent' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $log = New-TestLog
        foreach ($commit in 0..3) {
            1..300 | ForEach-Object {
                $number = $commit * 300 + $_
                [pscustomobject]@{
                    Action     = 's3:GetObject', 'kms:Decrypt' | Select-Object -Index ($number % 2)
                    Time       = ([datetime]'2026-11-20T08:00:00Z').AddSeconds($number)
                    ActorId    = $number -in 40, 700 ? 'Mallory' : "person$($number % 9)"
                    ResourceId = "s3://payroll/$commit/$number.csv"
                    Outcome    = $number % 100 ? 'Success' : 'Denied'
                }
            } | Write-AuditEvent -Log $log.Log -Key $log.Key
        }
    }

    It 'finds by actor, whatever the case, newest first, and reads only what may match' {
        $found = Search-AuditEvent $log.Log -Actor mallory -ReportVariable report
        $found.Sequence | Should -Be 700, 40
        $found.Verified | Should -Be $true, $true
        $report.RecordsRead + $report.RecordsLeftOut | Should -Be 1201
        $report.RecordsLeftOut | Should -BeGreaterThan 500
        $report.IsComplete | Should -BeTrue
    }

    It 'finds as a filter over all records does' {
        $all = Get-AuditEvent $log.Log
        (Search-AuditEvent $log.Log -Action 'KMS:*' -Outcome Denied -OldestFirst).Sequence |
            Should -Be ($all | Where-Object { $_.Action -like 'kms:*' -and $_.Outcome -eq 'Denied' }).Sequence
        (Search-AuditEvent $log.Log -Resource 's3://payroll/2/*' -After '2026-11-20T08:14:00Z' -Before '2026-11-20T08:15:00Z').Sequence |
            Should -Be (899..840)
        (Search-AuditEvent $log.Log -Actor 'person[12]', nobody -First 3 -OldestFirst).ActorId | Should -Be 'person1', 'person2', 'person1'
        Search-AuditEvent $log.Log -Resource 'S3://payroll/*' | Should -BeNullOrEmpty
        (Search-AuditEvent $log.Log -Text 'MALLORY').Sequence | Should -Be 700, 40
    }

    It 'goes on without summaries, says so, and warns of one that is not to be believed' {
        "$(Search-AuditEvent $log.Log -Actor mallory -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] })" | Should -Match '2 of 1,201 records match'
        $summary = (Get-ChildItem "$($log.Log)/index/0")[0]
        Set-Content $summary 'junk'
        (Search-AuditEvent $log.Log -Actor mallory -WarningVariable warned -WarningAction SilentlyContinue).Sequence | Should -Be 700, 40
        "$warned" | Should -Match $summary.Name
        (Test-AuditChain $log.Log -Derived All).Findings.Kind | Should -Contain 'IndexInvalid'
        (Update-AuditIndex $log.Log -Key $log.Key -Rebuild -Force).Summaries.Replaced | Should -Be 1
        (Test-AuditChain $log.Log -Derived All).Findings | Should -BeNullOrEmpty
        Remove-Item "$($log.Log)/index" -Recurse
        "$(Search-AuditEvent $log.Log -Actor mallory -Verbose 4>&1)" | Should -Match 'Update-AuditIndex with a key'
        (Update-AuditIndex $log.Log -Key $log.Key).Summaries.Written | Should -BeGreaterThan 3
    }

    It 'refuses a pattern that is none, and completes actions' {
        Get-ErrorId ({ Search-AuditEvent $log.Log -Actor 'a[b' } | Should -Throw -PassThru) | Should -Be 'FormatInvalid'
        $line = 'Search-AuditEvent -Action km'
        (TabExpansion2 $line $line.Length).CompletionMatches.Count | Should -Be 1
    }
}
