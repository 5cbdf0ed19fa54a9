Describe 'Test-AuditChain' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1

        function New-FilledLog {
            $log = New-TestLog
            1..5 | ForEach-Object { Write-AuditEvent -Log $log.Log -Action "test:$_" -ResourceId "r$_" }
            $log
        }

        function Get-Segment { param($Log, $First) Get-ChildItem "$($Log.Log)/segments" -Filter "*-$First.jsonl.gz" }
    }

    It 'passes a whole log and says on what it trusts it' {
        $log = New-FilledLog
        $report = Test-AuditChain $log.Log
        $report.Result | Should -Be 'Passed'
        $report.Records | Should -Be 6
        $report.Findings | Should -BeNullOrEmpty
        $report.Trust | Should -Be 'Remembered'
        (Test-AuditChain $log.Log -NoMemory).Trust | Should -Be 'FirstSight'
        (Test-AuditChain $log.Log -TrustedKey $log.Keys).Trust | Should -Be 'Given'
    }

    It 'gives true or false with -Quiet' {
        $log = New-FilledLog
        Test-AuditChain $log.Log -Quiet | Should -BeOfType [bool]
        Test-AuditChain $log.Log -Quiet | Should -BeTrue
        Remove-Item (Get-Segment $log 3)
        Test-AuditChain $log.Log -Quiet | Should -BeFalse
    }

    It 'says that there is no log, and never just false' {
        foreach ($quiet in $true, $false) {
            Get-ErrorId ({ Test-AuditChain TestDrive:/none -Quiet:$quiet } | Should -Throw -PassThru) | Should -Be 'AuditLogNotFound'
        }
    }

    It 'finds a flipped bit and names the record' {
        $log = New-FilledLog
        $file = Get-Segment $log 3
        $bytes = [IO.File]::ReadAllBytes($file); $bytes[200] = $bytes[200] -bxor 4; [IO.File]::WriteAllBytes($file, $bytes)
        $report = Test-AuditChain $log.Log
        $report.Result | Should -Be 'Failed'
        $report.Findings.Sequence | Should -Contain 3
        $report | Format-List | Out-String -Width 300 | Should -Match 'Findings\s+: Failure SegmentInvalid record 3 .*-3\.jsonl\.gz'
        $report.Findings | Out-String | Should -Match 'Severity\s+Kind\s+Record\s+Message'
    }

    It 'finds removed records' {
        $log = New-FilledLog
        Remove-Item (Get-Segment $log 2)
        (Test-AuditChain $log.Log -NoMemory).Findings.Kind | Should -Contain 'RecordsMissing'
    }

    It 'finds that the newest records were removed, by what it remembers' {
        $log = New-FilledLog
        (Test-AuditChain $log.Log).Result | Should -Be 'Passed'
        Remove-Item (Get-Segment $log 5)
        (Test-AuditChain $log.Log -NoMemory).Result | Should -Be 'Passed'
        $report = Test-AuditChain $log.Log
        $report.Result | Should -Be 'Failed'
        $report.Findings.Kind | Should -Contain 'Truncated'
        # A failed test isn't remembered as the truth.
        (Test-AuditChain $log.Log).Result | Should -Be 'Failed'
    }

    It 'finds that the newest records were removed, by a <Name>' -ForEach @(
        @{ Name = 'checkpoint as text'; Make = { param($log) @{ Checkpoint = (Get-AuditLog $log.Log).Checkpoint } } }
        @{ Name = 'checkpoint in a file'; Make = { param($log) Set-Content TestDrive:/kept.txt (Get-AuditLog $log.Log).Checkpoint -NoNewline; @{ Checkpoint = 'TestDrive:/kept.txt' } } }
        @{ Name = 'receipt'; Make = { param($log) @{ Receipt = Get-AuditEvent $log.Log -Newest 1 | Select-Object Sequence, LeafHash } } }
        @{ Name = 'receipt in a CSV file'; Make = { param($log) Get-AuditEvent $log.Log -Newest 1 | Select-Object Sequence, LeafHash | Export-Csv TestDrive:/kept.csv; @{ Receipt = Import-Csv TestDrive:/kept.csv } } }
    ) {
        $log = New-FilledLog
        $kept = & $Make $log
        (Test-AuditChain $log.Log -NoMemory @kept).Result | Should -Be 'Passed'
        Remove-Item (Get-Segment $log 5)
        (Test-AuditChain $log.Log -NoMemory @kept).Result | Should -Be 'Failed'
    }

    It 'finds that the log was replaced by another, and that all of it is gone' {
        $log = New-FilledLog
        $other = New-FilledLog
        Remove-Item $log.Log -Recurse
        (Test-AuditChain $log.Log).Result | Should -Be 'Failed'
        Test-AuditChain $log.Log -Quiet | Should -BeFalse
        Copy-Item $other.Log $log.Log -Recurse
        (Test-AuditChain $log.Log -NoMemory).Result | Should -Be 'Passed'
        (Test-AuditChain $log.Log).Findings.Kind | Should -Contain 'NotTrusted'
    }

    It 'trusts only the keys that are given' {
        $log = New-FilledLog
        $other = New-FilledLog
        Set-Content TestDrive:/trusted.txt $log.Keys
        (Test-AuditChain $log.Log -TrustedKey TestDrive:/trusted.txt -NoMemory).Result | Should -Be 'Passed'
        $report = Test-AuditChain $log.Log -TrustedKey $other.Keys -NoMemory
        $report.Result | Should -Be 'Failed'
        $report.Findings.Kind | Should -Contain 'NotTrusted'
    }

    It 'refuses what is no <Name>' -ForEach @(
        @{ Name = 'key'; Arguments = @{ TrustedKey = 'not a key' } }
        @{ Name = 'checkpoint'; Arguments = @{ Checkpoint = "not`na checkpoint" } }
        @{ Name = 'checkpoint of this log'; Arguments = @{ Checkpoint = "other/00000000000000000000000000000000`n1`nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=`n" } }
        @{ Name = 'receipt'; Arguments = @{ Receipt = @{ x = 1 } } }
    ) {
        $log = New-FilledLog
        Get-ErrorId ({ Test-AuditChain $log.Log @Arguments } | Should -Throw -PassThru) | Should -Be 'FormatInvalid'
    }

    It 'remembers a log at first sight, unless told not to' {
        $log = New-FilledLog
        Remove-Item "$env:IMMUTABLEAUDIT_HOME/known-logs.json"
        (Test-AuditChain $log.Log -NoMemory).Trust | Should -Be 'FirstSight'
        Test-Path "$env:IMMUTABLEAUDIT_HOME/known-logs.json" | Should -BeFalse
        (Test-AuditChain $log.Log).Trust | Should -Be 'FirstSight'
        (Test-AuditChain $log.Log).Trust | Should -Be 'Remembered'
    }

    It 'tells that what is remembered is damaged, and goes on without it only when told' {
        $log = New-FilledLog
        Set-Content "$env:IMMUTABLEAUDIT_HOME/known-logs.json" '{'
        try {
            Get-ErrorId ({ Test-AuditChain $log.Log } | Should -Throw -PassThru) | Should -Be 'KnownLogsInvalid'
            (Test-AuditChain $log.Log -NoMemory).Result | Should -Be 'Passed'
            Write-AuditEvent -Log $log.Log -Key $log.Key -Action still:Written -WarningVariable warnings -WarningAction SilentlyContinue
            $warnings | Should -Not -BeNullOrEmpty
        }
        finally { Remove-Item "$env:IMMUTABLEAUDIT_HOME/known-logs.json" }
    }

    It 'takes logs from a pipeline' {
        $one = New-FilledLog; $two = New-FilledLog
        ($one, $two | Test-AuditChain).Result | Should -Be 'Passed', 'Passed'
    }

    It 'misses the heartbeat that a log promises' {
        $key = (New-AuditKey TestDrive:/beat.key -WarningAction Ignore).Path
        $null = New-AuditLog TestDrive:/beat -Key $key -HeartbeatSeconds 1
        Start-Sleep -Milliseconds 1500
        (Test-AuditChain TestDrive:/beat).Findings.Kind | Should -Contain 'HeartbeatMissed'
    }
}
