BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
}

Describe 'Set-AuditLegalHold and Clear-AuditLegalHold' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    It 'say of a directory that it has no locks' {
        $log = New-TestLog
        Get-ErrorId ({ Set-AuditLegalHold $log.Log -ErrorAction Stop } | Should -Throw -PassThru) | Should -Be 'StoreUnsuitable'
        Get-ErrorId ({ Clear-AuditLegalHold $log.Log -Confirm:$false -ErrorAction Stop } | Should -Throw -PassThru) | Should -Be 'StoreUnsuitable'
    }

    Context 'on <Server>' -ForEach $servers {
        BeforeAll {
            . $PSScriptRoot/Common.ps1
            $key = (New-AuditKey TestDrive:/hold.key -WarningAction Ignore).Path
            $bucket = "pester-$([guid]::NewGuid().ToString('n').Substring(0, 12))"
            $null = New-AuditBucket $bucket -RetentionDays 1 -Mode Governance -NoPolicy @Connection -Force -WarningAction Ignore
            $log = (New-AuditLog "s3://$bucket/prod" -Key $key @Connection).Log
            Write-AuditEvent -Log $log -Action test:One @Connection
            Write-AuditEvent -Log $log -Action test:Two @Connection
        }

        It 'change nothing with -WhatIf' {
            $rows = Set-AuditLegalHold $log -WhatIf @Connection
            $rows.Outcome | Should -Be 'WouldDo', 'WouldDo', 'WouldDo'
            $rows.LegalHold | Should -Not -Contain $true
            (Set-AuditLegalHold $log -WhatIf @Connection).Outcome | Sort-Object -Unique | Should -Be 'WouldDo'
        }

        It 'hold the segments of a range until the hold is off, and tell each' {
            $rows = Set-AuditLegalHold $log -From 1 -To 2 @Connection
            $rows.Outcome | Should -Be 'Done', 'Done'
            $rows.LegalHold | Should -Be $true, $true
            $rows.FirstSequence | Should -Be 1, 2
            $rows[0].Mode | Should -Be 'Governance'
            (Set-AuditLegalHold $log -From 1 @Connection).Outcome | Sort-Object -Unique | Should -Be 'AlreadySo'

            $path = "/$($log.Substring(5))/$($rows[0].Segment)"
            $answer = Invoke-TestS3 DELETE $path @{ versionId = $rows[0].VersionId } -Bypass -Connection $Connection
            $answer.StatusCode | Should -Be 403
            "$($answer.Content)" | Should -Match '<Code>AccessDenied</Code>'
            (Test-AuditChain $log @Connection).Result | Should -Be 'Passed'

            (Clear-AuditLegalHold $log -From 2 -WhatIf @Connection).LegalHold | Should -BeTrue
            $rows = Clear-AuditLegalHold $log -From 1 -Confirm:$false @Connection
            $rows.Outcome | Should -Be 'Done', 'Done'
            $rows.LegalHold | Should -Be $false, $false
            (Clear-AuditLegalHold $log -From 1 -Confirm:$false @Connection).Outcome | Sort-Object -Unique | Should -Be 'AlreadySo'
        }

        It 'ask before a hold is taken off' {
            $null = Set-AuditLegalHold $log -From 1 -To 1 @Connection
            $words = Invoke-Child "Clear-AuditLegalHold $log -EndpointUrl $($Connection.EndpointUrl) -Region us-east-1 -AccessKey $($Connection.AccessKey) -SecretKey $($Connection.SecretKey)" | Out-String
            $words | Should -Match 'NonInteractive'
            (Clear-AuditLegalHold $log -From 1 -To 1 -WhatIf @Connection).LegalHold | Should -BeTrue
        }

        It 'refuse a range that isn''t there' {
            Get-ErrorId ({ Set-AuditLegalHold $log -From 3 -ErrorAction Stop @Connection } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
            Get-ErrorId ({ Clear-AuditLegalHold $log -From 3 -Confirm:$false -ErrorAction Stop @Connection } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
        }

        It 'take logs from the pipeline, and tell which is none' {
            $rows = [pscustomobject]@{ Log = "s3://$bucket/none" }, [pscustomobject]@{ Log = $log } | Set-AuditLegalHold -ErrorVariable failures -ErrorAction SilentlyContinue @Connection
            $rows.Log | Select-Object -Unique | Should -Be $log
            $rows | Should -HaveCount 3
            Get-ErrorId $failures[0] | Should -Be 'AuditLogNotFound'
        }

        It 'let a version go once the hold is off, where its retention does' {
            $row = Clear-AuditLegalHold $log -From 2 -Confirm:$false @Connection
            $row.LegalHold | Should -BeFalse
            (Invoke-TestS3 DELETE "/$($log.Substring(5))/$($row.Segment)" @{ versionId = $row.VersionId } -Bypass -Connection $Connection).StatusCode | Should -Be 204
        }
    }
}
