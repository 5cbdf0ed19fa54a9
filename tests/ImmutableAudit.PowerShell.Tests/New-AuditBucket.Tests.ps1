BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
}

Describe 'New-AuditBucket' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    It 'asks for a period, and for one only' {
        $both = { New-AuditBucket some-bucket -RetentionDays 1 -RetentionYears 1 -Force } | Should -Throw -PassThru
        Get-ErrorId $both | Should -Be 'AmbiguousParameterSet'
        $words = Invoke-Child 'try { New-AuditBucket some-bucket } catch { "failed: $($_.FullyQualifiedErrorId)" }' | Out-String
        $words | Should -Match 'failed: (AmbiguousParameterSet|MissingMandatoryParameter)'
    }

    It 'does not go on by itself where it cannot ask' {
        $words = Invoke-Child 'try { New-AuditBucket some-bucket -RetentionDays 1 -EndpointUrl http://127.0.0.1:9 -AccessKey AKIAEXAMPLE -SecretKey not-the-real-thing } catch { "failed: $($_.Exception.Message)" }' | Out-String
        $words | Should -Match 'failed: .*(NonInteractive|non-interactive)'
    }

    It 'says that nobody answers' {
        Get-ErrorId ({ New-AuditBucket some-bucket -RetentionDays 1 -Force -EndpointUrl http://127.0.0.1:9 -AccessKey AKIAEXAMPLE -SecretKey not-the-real-thing -ErrorAction Stop } | Should -Throw -PassThru) | Should -Be 'StoreUnreachable'
    }

    It 'runs against real servers' {
        if ($env:IMMUTABLEAUDIT_TEST_RGW_ENDPOINT -or $env:IMMUTABLEAUDIT_TEST_MOTO_ENDPOINT) { return }
        Set-ItResult -Skipped -Because 'no server is up; tests/servers/with-servers.sh starts them'
    }

    Context 'on <Server>' -ForEach $servers {
        BeforeAll { $bucket = "pester-$([guid]::NewGuid().ToString('n').Substring(0, 12))" }

        It 'only looks with -WhatIf' {
            $report = New-AuditBucket $bucket -RetentionDays 1 -Mode Governance @Connection -WhatIf
            $report.IsReady | Should -BeFalse
            $report.Steps.Outcome | Should -Contain 'WouldDo'
            Get-ErrorId ({ New-AuditLog "s3://$bucket/x" @Connection } | Should -Throw -PassThru) | Should -Be 'BucketNotFound'
        }

        It 'makes a bucket that is ready, and reads it back' {
            $report = New-AuditBucket $bucket -RetentionDays 1 -Mode Governance @Connection -Confirm:$false -WarningAction Ignore
            $report.IsReady | Should -BeTrue
            $report.Mode | Should -Be 'Governance'
            $report.RetentionDays | Should -Be 1
            $report.Location | Should -Be "s3://$bucket"
            $report | Out-String | Should -Match 'Steps\s+: Bucket, '
        }

        It 'changes nothing the second time' {
            $report = New-AuditBucket $bucket -RetentionDays 1 -Mode Governance @Connection -Force -WarningAction Ignore
            $report.IsReady | Should -BeTrue
            ($report.Steps | Where-Object Essential).Outcome | Sort-Object -Unique | Should -Be 'AlreadySo'
        }

        It 'is followed by a log in the pipeline' {
            $log = New-AuditBucket $bucket -RetentionDays 1 -Mode Governance @Connection -Force -WarningAction Ignore | New-AuditLog @Connection -WarningAction Ignore
            $log.Kind | Should -Be 'S3'
            $log.RetentionDays | Should -Be 1
        }
    }
}
