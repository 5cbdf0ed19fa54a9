Describe 'Export-AuditEvidence and Test-AuditEvidence' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $log = New-TestLog
        1..20 | ForEach-Object { [pscustomobject]@{ Action = "a$_"; ActorId = "actor$($_ % 3)" } } | Write-AuditEvent -Log $log.Log
        $trusted = $log.Keys[0]
        $zip = Join-Path (Resolve-Path TestDrive:/).ProviderPath case.zip
    }

    It 'proves records without the log' {
        $summary = Export-AuditEvidence $log.Log $zip -Sequence 3, 7 -Note 'Case 4711'
        $summary.Records | Should -Be 2
        $summary.CheckpointSize | Should -Be 21
        $summary.Sha256 | Should -Be (Get-FileHash $zip).Hash.ToLowerInvariant()
        $report = Test-AuditEvidence $zip -TrustedKey $trusted
        $report.Result | Should -Be 'Passed'
        $report.Trust | Should -Be 'Given'
        $report.Records[1].Sequence | Should -Be 7
        ($report.Records[1].Json | ConvertFrom-Json).action | Should -Be 'a7'
        $report.ExporterSays.Note | Should -Be 'Case 4711'
        $report | Out-String | Should -Match '2 of 2 records, under a checkpoint of 21'
        (Test-AuditEvidence $zip).Trust | Should -Be 'FirstSight'
        Test-AuditEvidence $zip | Out-String | Should -Match 'nobody said whose log it is'
    }

    It 'selects by what records say, and takes records from a pipeline' {
        (Export-AuditEvidence $log.Log $zip -Actor ACTOR1 -Force).Records | Should -Be 7
        Get-ErrorId ({ Export-AuditEvidence $log.Log $zip -Action 'a1*' -Outcome Success -Force } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
        Get-AuditEvent $log.Log -Newest 4 | Export-AuditEvidence $log.Log $zip -Force | ForEach-Object Records | Should -Be 4
        (Test-AuditEvidence $zip).Records.Sequence | Should -Be 17, 18, 19, 20
        Get-ErrorId ({ @() | Export-AuditEvidence $log.Log $zip -Force } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
        $other = New-TestLog
        1..20 | ForEach-Object { [pscustomobject]@{ Action = 'b' } } | Write-AuditEvent -Log $other.Log
        Get-ErrorId ({ Get-AuditEvent $other.Log -Newest 1 | Export-AuditEvidence $log.Log $zip -Force } | Should -Throw -PassThru) | Should -Be 'RecordNotVerified'
    }

    It 'writes over nothing, and nothing with -WhatIf' {
        Get-ErrorId ({ Export-AuditEvidence $log.Log $zip -Sequence 1 } | Should -Throw -PassThru) | Should -Be 'ExportRefused'
        Export-AuditEvidence $log.Log TestDrive:/none.zip -Sequence 1 -WhatIf
        Test-Path TestDrive:/none.zip | Should -BeFalse
    }

    It 'goes on past what is no package, and finds another log' {
        $null = Export-AuditEvidence $log.Log $zip -Sequence 1 -Force
        Set-Content TestDrive:/a-bad.zip 'no zip'
        $reports = Get-ChildItem TestDrive:/ -Filter *.zip | Test-AuditEvidence -ErrorVariable failures -ErrorAction SilentlyContinue
        $reports.Result | Should -Be 'Passed'
        Get-ErrorId $failures[0] | Should -Be 'EvidenceInvalid'
        $report = Test-AuditEvidence $zip -TrustedKey (New-TestLog).Keys[0]
        $report.Findings.Kind | Should -Be 'NotTrusted'
        Test-AuditEvidence $zip -GenesisHash ('0' * 64) -Quiet | Should -BeFalse
        Test-AuditEvidence $zip -TrustedKey $trusted -GenesisHash (Test-AuditEvidence $zip).GenesisHash -Quiet | Should -BeTrue
    }
}
