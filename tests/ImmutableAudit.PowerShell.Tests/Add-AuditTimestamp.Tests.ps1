BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $authority = [bool]($env:IMMUTABLEAUDIT_TEST_TSA_URL -and $env:IMMUTABLEAUDIT_TEST_TSA_ROOT)
    $servers = @(if ($authority) { Get-TestServer })
}

Describe 'Add-AuditTimestamp' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
    }

    It 'runs against a real authority' {
        if ($env:IMMUTABLEAUDIT_TEST_TSA_URL) { return }
        Set-ItResult -Skipped -Because 'no timestamping authority is up; tests/servers/with-servers.sh starts one'
    }

    It 'tells that nobody answers, and goes on with the next log' {
        $one = New-TestLog; $two = New-TestLog
        $one, $two | Add-AuditTimestamp -TsaUrl http://127.0.0.1:9/tsa -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures | Should -HaveCount 2
        Get-ErrorId $failures[0] | Should -Be 'TsaUnreachable'
        $failures[0].CategoryInfo.Category | Should -Be 'ConnectionError'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'an address of another kind'; Id = 'LocationInvalid'; Arguments = @{ TsaUrl = 'ftp://127.0.0.1/' } }
        @{ Name = 'a secret in the address'; Id = 'LocationInvalid'; Arguments = @{ TsaUrl = 'http://me:hush-hush@127.0.0.1:9/' } }
        @{ Name = 'a root that is not there'; Id = 'FormatInvalid'; Arguments = @{ TsaUrl = 'http://127.0.0.1:9/'; Root = 'TestDrive:/none.pem' } }
        @{ Name = 'a root that is none'; Id = 'FormatInvalid'; Arguments = @{ TsaUrl = 'http://127.0.0.1:9/'; Root = $PSCommandPath } }
        @{ Name = 'a checkpoint that is none'; Id = 'FormatInvalid'; Arguments = @{ TsaUrl = 'http://127.0.0.1:9/'; Checkpoint = "not`na checkpoint" } }
    ) {
        $log = New-TestLog
        $failure = { Add-AuditTimestamp $log.Log @Arguments -ErrorAction Stop } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be $Id
        $failure | Format-List -Force | Out-String | Should -Not -Match 'hush-hush'
    }

    It 'asks nobody with -WhatIf' {
        $log = New-TestLog
        Add-AuditTimestamp $log.Log http://127.0.0.1:9/ -WhatIf | Should -BeNullOrEmpty
        Test-Path "$($log.Log)/timestamps" | Should -BeFalse
    }

    Context 'with a real authority' -Skip:(-not $authority) {
        BeforeAll {
            $tsa = $env:IMMUTABLEAUDIT_TEST_TSA_URL
            $root = $env:IMMUTABLEAUDIT_TEST_TSA_ROOT
            $log = New-TestLog
            1..3 | ForEach-Object { Write-AuditEvent -Log $log.Log -Action "test:$_" }
            $stamp = Add-AuditTimestamp $log.Log $tsa -Root $root
        }

        It 'stores a timestamp that a verification believes' {
            $stamp.Size | Should -Be 4
            $stamp.Trust | Should -Be 'Trusted'
            $stamp.Root | Should -Match '^CN=Throwaway root \([0-9a-f]{64}\)$'
            Test-Path "$($log.Log)/$($stamp.ObjectKey)" | Should -BeTrue
            $report = Test-AuditChain $log.Log -TimestampRoot $root
            $report.Result | Should -Be 'Passed'
            $report.Findings | Should -BeNullOrEmpty
            $report.Timestamps[0].Time | Should -Be $stamp.Time
            Get-UnindexedList $report | Should -BeNullOrEmpty
            $report | Out-String | Should -Match 'Timestamps\s+: 1 Trusted, records up to 3'
        }

        It 'proves nothing without roots, and says so' {
            $report = Test-AuditChain $log.Log
            $report.Result | Should -Be 'Passed'
            $report.Findings.Kind | Should -Be 'TimestampUnchecked'
            $report.Timestamps[0].Trust | Should -Be 'NotValidated'
            $other = New-TestLog
            (Add-AuditTimestamp $other.Log $tsa).Trust | Should -Be 'NotValidated'
        }

        It 'is verified by openssl' {
            Set-Content TestDrive:/note (Get-AuditLog $log.Log).Checkpoint -NoNewline
            $said = openssl ts -verify -token_in -in "$($log.Log)/$($stamp.ObjectKey)" -data (Resolve-Path TestDrive:/note).ProviderPath -CAfile $root 2>&1
            $LASTEXITCODE | Should -Be 0 -Because "$said"
        }

        It 'finds a timestamp of another log, and affects no record' {
            $other = New-TestLog
            $null = New-Item -ItemType Directory "$($other.Log)/timestamps"
            Copy-Item "$($log.Log)/$($stamp.ObjectKey)" "$($other.Log)/timestamps"
            $report = Test-AuditChain $other.Log -TimestampRoot $root
            $report.Result | Should -Be 'Passed'
            $report.Findings.Kind | Should -Be 'TimestampInvalid'
        }

        It 'stamps a checkpoint that was kept' {
            $kept = (Get-AuditLog $log.Log).Checkpoint
            Write-AuditEvent -Log $log.Log -Action test:More
            (Add-AuditTimestamp $log.Log $tsa -Root $root -Checkpoint $kept).Size | Should -Be 4
            (Add-AuditTimestamp $log.Log $tsa -Root $root).Size | Should -Be 5
        }
    }

    Context 'in a bucket on <Server>' -ForEach $servers {
        BeforeAll { . $PSScriptRoot/Common.ps1 }

        It 'stores the timestamp beside the log, and a delete marker does not hide it' {
            $place = New-TestBucketLog $Connection @{ NoPolicy = $true }
            $stamp = Add-AuditTimestamp $place $env:IMMUTABLEAUDIT_TEST_TSA_URL -Root $env:IMMUTABLEAUDIT_TEST_TSA_ROOT @Connection
            $stamp.VersionId | Should -Not -BeNullOrEmpty
            $report = Test-AuditChain $place -TimestampRoot $env:IMMUTABLEAUDIT_TEST_TSA_ROOT @Connection
            $report.Result | Should -Be 'Passed'
            $report.Timestamps.ObjectKey | Should -Be $stamp.ObjectKey
            $bucket, $prefix = $place.Substring(5).Split('/', 2)
            $null = Invoke-TestS3 DELETE "/$bucket/$prefix/$($stamp.ObjectKey)" -Connection $Connection
            $report = Test-AuditChain $place -TimestampRoot $env:IMMUTABLEAUDIT_TEST_TSA_ROOT @Connection
            $report.Timestamps.Trust | Should -Be 'Trusted'
            $report.Findings.Kind | Should -Be 'DeleteMarker'
        }
    }
}
