BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
}

Describe 'Set-AuditRetention' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    It 'says of a directory that it has no locks, and goes on with the next log' {
        $logs = (New-TestLog), (New-TestLog)
        $rows = $logs | Set-AuditRetention -Days 1 -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue
        $rows | Should -BeNullOrEmpty
        $failures | ForEach-Object { Get-ErrorId $_ } | Should -Be 'StoreUnsuitable', 'StoreUnsuitable'
        $failures[1].TargetObject | Should -Be $logs[1].Log
        $failures[0].Exception.Message | Should -Match 'no locks'
    }

    It 'takes one way to say how long' {
        { Set-AuditRetention s3://bucket/log -Days 1 -Years 1 -Confirm:$false } | Should -Throw
        { Set-AuditRetention s3://bucket/log -Days 0 -Confirm:$false } | Should -Throw
        (Get-Command Set-AuditRetention).ParameterSets.Name | Sort-Object | Should -Be 'Days', 'Until', 'Years'
    }

    Context 'on <Server>' -ForEach $servers {
        BeforeAll {
            . $PSScriptRoot/Common.ps1
            $key = (New-AuditKey TestDrive:/locks.key -WarningAction Ignore).Path
            function New-LockedLog {
                param([string]$Mode = 'Governance')
                $bucket = "pester-$([guid]::NewGuid().ToString('n').Substring(0, 12))"
                $null = New-AuditBucket $bucket -RetentionDays 1 -Mode $Mode -NoPolicy @Connection -Force -WarningAction Ignore
                $made = New-AuditLog "s3://$bucket/prod" -Key $key @Connection
                # Three segments: the genesis, record 1, and records 2 and 3.
                Write-AuditEvent -Log $made.Log -Action test:One @Connection
                [pscustomobject]@{ Action = 'test:Two' }, [pscustomobject]@{ Action = 'test:Three' } | Write-AuditEvent -Log $made.Log @Connection
                $made
            }
            $log = (New-LockedLog).Log
            $until = [datetime]::UtcNow.Date.AddDays(100)
        }

        It 'changes nothing with -WhatIf, and shows how many' {
            $rows = Set-AuditRetention $log -Until $until -WhatIf @Connection
            $rows.Outcome | Should -Be 'WouldDo', 'WouldDo', 'WouldDo'
            $rows[0].Detail | Should -Match "Governance until $($until.ToString('yyyy-MM-dd'))"
            (Set-AuditRetention $log -Until $until -WhatIf @Connection).Until | Should -Be $rows.Until
            $rows[0].Until | Should -BeLessThan ([datetimeoffset]::UtcNow.AddDays(2))
            $words = Invoke-Child "Set-AuditRetention $log -Days 9 -WhatIf -EndpointUrl $($Connection.EndpointUrl) -Region us-east-1 -AccessKey $($Connection.AccessKey) -SecretKey $($Connection.SecretKey)" | Out-String
            $words | Should -Match 'What if: Lock 3 segments \(records 0 to 3\)'
        }

        It 'asks first, and where nobody can answer does nothing' {
            $words = Invoke-Child "Set-AuditRetention $log -Days 9 -EndpointUrl $($Connection.EndpointUrl) -Region us-east-1 -AccessKey $($Connection.AccessKey) -SecretKey $($Connection.SecretKey)" | Out-String
            $words | Should -Match 'NonInteractive'
            (Set-AuditRetention $log -Days 9 -WhatIf @Connection).Outcome | Sort-Object -Unique | Should -Be 'WouldDo'
        }

        It 'makes locks longer, leaves what reaches so far, and never makes one shorter' {
            $rows = Set-AuditRetention $log -Until $until -Confirm:$false @Connection
            $rows.Outcome | Should -Be 'Done', 'Done', 'Done'
            $rows.Until.UtcDateTime | Sort-Object -Unique | Should -Be $until
            $rows.Mode | Sort-Object -Unique | Should -Be 'Governance'
            $rows.FirstSequence | Should -Be 0, 1, 2
            $rows.LastSequence | Should -Be 0, 1, 3
            $rows[0].Log | Should -Be $log
            $rows[0].Segment | Should -Match '^segments/.+-0\.jsonl\.gz$'
            $rows[0].VersionId | Should -Not -BeNullOrEmpty
            (Set-AuditRetention $log -Until $until -Confirm:$false @Connection).Outcome | Sort-Object -Unique | Should -Be 'AlreadySo'
            (Set-AuditRetention $log -Days 2 -Confirm:$false @Connection).Outcome | Sort-Object -Unique | Should -Be 'KeptLonger'
            (Set-AuditRetention $log -Days 2 -Confirm:$false @Connection).Until.UtcDateTime | Sort-Object -Unique | Should -Be $until
            (Test-AuditChain $log @Connection).Result | Should -Be 'Passed'
        }

        It 'takes the whole segments of a range, and says so' {
            $rows = Set-AuditRetention $log -Days 200 -From 3 -To 3 -Confirm:$false -Verbose @Connection 4>&1
            $words, $rows = $rows.Where({ $_ -is [Management.Automation.VerboseRecord] }, 'Split')
            $rows | Should -HaveCount 1
            $rows[0].FirstSequence, $rows[0].LastSequence | Should -Be 2, 3
            $words -join ' ' | Should -Match 'whole segments.*records 2 to 3'
            (Set-AuditRetention $log -Days 200 -WhatIf @Connection).Outcome | Should -Be 'WouldDo', 'WouldDo', 'AlreadySo'
        }

        It 'refuses <Name>' -ForEach @(
            @{ Name = 'a record behind the end'; Arguments = @{ From = 4; Days = 300 }; Id = 'RangeInvalid' }
            @{ Name = 'a range that ends before it begins'; Arguments = @{ From = 2; To = 1; Days = 300 }; Id = 'RangeInvalid' }
            @{ Name = 'a moment in the past'; Arguments = @{ Until = [datetime]::new(2020, 1, 1) }; Id = 'RetentionInvalid' }
            @{ Name = 'a moment that 32 bits can''t hold'; Arguments = @{ Until = [datetime]::new(2106, 6, 1) }; Id = 'RetentionInvalid' }
        ) {
            $rows = Set-AuditRetention $log @Arguments -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue @Connection
            $rows | Should -BeNullOrEmpty
            Get-ErrorId $failures[0] | Should -Be $Id
        }

        It 'refuses a period of which the endpoint can''t keep the end, for each segment' {
            $rows = Set-AuditRetention $log -Years 99 -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue @Connection
            $rows.Outcome | Sort-Object -Unique | Should -Be 'Refused'
            $failures | ForEach-Object { Get-ErrorId $_ } | Should -Be 'RetentionInvalid', 'RetentionInvalid', 'RetentionInvalid'
        }

        It 'keeps Compliance, and the server lets nobody delete it' {
            $strict = (New-LockedLog -Mode Compliance).Log
            $rows = Set-AuditRetention $strict -Days 30 -Mode Governance -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue @Connection
            $rows.Outcome | Sort-Object -Unique | Should -Be 'Refused'
            $rows.Mode | Sort-Object -Unique | Should -Be 'Compliance'
            Get-ErrorId $failures[0] | Should -Be 'WouldWeaken'
            $failures[0].CategoryInfo.Category | Should -Be 'InvalidOperation'
            $rows = Set-AuditRetention $strict -Days 30 -Confirm:$false @Connection
            $rows.Outcome | Sort-Object -Unique | Should -Be 'Done'
            $rows.Mode | Sort-Object -Unique | Should -Be 'Compliance'
            $answer = Invoke-TestS3 DELETE "/$($strict.Substring(5))/$($rows[0].Segment)" @{ versionId = $rows[0].VersionId } -Connection $Connection
            $answer.StatusCode | Should -Be 403
            "$($answer.Content)" | Should -Match '<Code>AccessDenied</Code>'
        }

        It 'takes logs from the pipeline' {
            $two = (New-LockedLog), (New-LockedLog)
            $rows = $two | Set-AuditRetention -Years 2 -Confirm:$false @Connection
            $rows | Should -HaveCount 6
            $rows.Log | Select-Object -Unique | Should -Be $two.Log
            $rows[0].Until | Should -BeGreaterThan ([datetimeoffset]::UtcNow.AddDays(729))
        }

        It 'is shown as a table' {
            Set-AuditRetention $log -Days 2 -Confirm:$false @Connection | Out-String | Should -Match 'First\s+Last\s+Outcome\s+Mode\s+Until \(UTC\)\s+Hold'
        }

        It 'stops between segments' {
            $long = (New-LockedLog).Log
            1..40 | ForEach-Object { Write-AuditEvent -Log $long -Action "test:$_" @Connection }
            $ps = [powershell]::Create([runspacefactory]::CreateRunspace()); $ps.Runspace.Open()
            $null = $ps.AddScript("`$c = `$args[0]; Import-Module '$ModulePath'; Set-AuditRetention $long -Days 50 -Confirm:`$false @c | ForEach-Object { Start-Sleep -Milliseconds 100; `$_ }").AddArgument($Connection)
            $out = [Management.Automation.PSDataCollection[psobject]]::new()
            $null = $ps.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $out)
            $clock = [Diagnostics.Stopwatch]::StartNew()
            while ($out.Count -lt 3 -and $clock.Elapsed.TotalSeconds -lt 60) { Start-Sleep -Milliseconds 20 }
            $clock.Restart()
            $ps.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
            $ps.Runspace.Dispose(); $ps.Dispose()
            $rows = Set-AuditRetention $long -Days 50 -WhatIf @Connection
            $rows | Should -HaveCount 43
            @($rows.Where({ $_.Outcome -eq 'AlreadySo' })).Count | Should -BeIn (3..30)
            @($rows.Where({ $_.Outcome -eq 'WouldDo' })).Count | Should -BeGreaterThan 10
        }

        It 'says of each segment that these credentials may not' {
            if ($Server -ne 'RGW') { Set-ItResult -Skipped -Because 'only the gateway has rights that can be missing'; return }
            $bucket = $log.Substring(5).Split('/')[0]
            $actions = 's3:ListBucket', 's3:ListBucketVersions', 's3:GetObject', 's3:GetObjectVersion', 's3:GetObjectRetention', 's3:GetObjectLegalHold'
            $policy = @{
                Version   = '2012-10-17'
                Statement = @(@{ Effect = 'Allow'; Principal = @{ AWS = @($env:IMMUTABLEAUDIT_TEST_RGW_USER_ARN) }; Action = $actions; Resource = "arn:aws:s3:::$bucket", "arn:aws:s3:::$bucket/*" })
            } | ConvertTo-Json -Depth 5 -Compress
            (Invoke-TestS3 PUT "/$bucket" @{ policy = '' } -Body $policy -Connection $Connection).StatusCode | Should -BeIn 200, 204
            $reader = @{ EndpointUrl = $Connection.EndpointUrl; Region = 'us-east-1'; AccessKey = $env:IMMUTABLEAUDIT_TEST_RGW_USER_ACCESS_KEY; SecretKey = $env:IMMUTABLEAUDIT_TEST_RGW_USER_SECRET_KEY }
            $rows = Set-AuditRetention $log -Days 300 -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue @reader
            $rows.Outcome | Should -Be 'NotPermitted', 'NotPermitted', 'NotPermitted'
            $failures | ForEach-Object { Get-ErrorId $_ } | Should -Be 'AccessDenied', 'AccessDenied', 'AccessDenied'
            $failures[0].Exception.Message | Should -Match 's3:PutObjectRetention'
            $rows = Set-AuditLegalHold $log -ErrorAction SilentlyContinue @reader
            $rows.Outcome | Sort-Object -Unique | Should -Be 'NotPermitted'
            $rows.LegalHold | Sort-Object -Unique | Should -Be $false
        }
    }
}
