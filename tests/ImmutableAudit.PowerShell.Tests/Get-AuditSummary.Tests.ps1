Describe 'Get-AuditSummary' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $log = New-TestLog
        $events = 0..29 | ForEach-Object { [pscustomobject]@{ Action = "test:$($_ % 3)"; ActorId = "actor$($_ % 7)"; Outcome = ($_ % 5 ? 'Success' : 'Denied'); Time = [datetime]::new(2026, 1, 1 + $_ % 2, 0, 0, 0, [DateTimeKind]::Utc) } }
        $events | Write-AuditEvent -Log $log.Log
    }

    It 'counts as PowerShell does' {
        $rows = Get-AuditSummary $log.Log -From 1 -By Actor, Outcome
        foreach ($group in $events | Group-Object ActorId) {
            $row = $rows | Where-Object Value -EQ $group.Name
            $row.Records | Should -Be $group.Count
            $row.Denied | Should -Be @($group.Group | Where-Object Outcome -EQ Denied).Count
        }
        ($rows | Where-Object Value -EQ Denied).Records | Should -Be 6
    }

    It 'counts records of the pipeline the same' {
        $direct = Get-AuditSummary $log.Log | ConvertTo-Json
        Get-AuditEvent $log.Log | Get-AuditSummary | ConvertTo-Json | Should -Be $direct
        (Get-AuditEvent $log.Log | Where-Object Outcome -EQ Denied | Get-AuditSummary -By Day).Records | Should -Be 3, 3
    }

    It 'shows the top and tells of the rest' {
        $rows = Get-AuditSummary $log.Log -By Actor -Top 2
        $rows.Label | Should -Be 'actor0', 'actor1', '(none)', '(5 others)'
        ($rows | Measure-Object Records -Sum).Sum | Should -Be 31
        $rows.IsComplete | Sort-Object -Unique | Should -BeTrue
        $rows | Out-String -Width 120 | Should -Match '\(5 others\)'
    }

    It 'takes a time' {
        (Get-AuditSummary $log.Log -By Day -Before ([datetime]::new(2026, 1, 2, 0, 0, 0, [DateTimeKind]::Utc))).Value | Should -Be '2026-01-01'
    }

    It 'says that there is no log' {
        Get-ErrorId ({ Get-AuditSummary TestDrive:/none } | Should -Throw -PassThru) | Should -Be 'AuditLogNotFound'
    }
}
