Describe 'Get-AuditEvent' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $log = New-TestLog
        1..20 | ForEach-Object { [pscustomobject]@{ Action = "test:$_"; Time = [datetime]::new(2026, 1, $_, 0, 0, 0, [DateTimeKind]::Utc) } } | Write-AuditEvent -Log $log.Log
    }

    It 'gives everything, in order and verified' {
        $records = Get-AuditEvent $log.Log
        $records.Sequence | Should -Be (0..20)
        $records[0].Action | Should -Be 'immutableaudit:LogCreated'
        $records.Verified | Sort-Object -Unique | Should -BeTrue
    }

    It 'gives <Name>' -ForEach @(
        @{ Name = 'a range'; Arguments = @{ From = 3; To = 5 }; Expected = 3..5 }
        @{ Name = 'from a record to the end'; Arguments = @{ From = 18 }; Expected = 18..20 }
        @{ Name = 'single records'; Arguments = @{ Sequence = 7, 2 }; Expected = 7, 2 }
        @{ Name = 'the newest, in order'; Arguments = @{ Newest = 3 }; Expected = 18..20 }
        @{ Name = 'more than there are'; Arguments = @{ Newest = 500 }; Expected = 0..20 }
        @{ Name = 'those of a time'; Arguments = @{ After = [datetime]::new(2026, 1, 5, 0, 0, 0, [DateTimeKind]::Utc); Before = [datetime]::new(2026, 1, 8, 0, 0, 0, [DateTimeKind]::Utc) }; Expected = 5..7 }
        @{ Name = 'those of a local time'; Arguments = @{ From = 1; Before = [datetime]::new(2026, 1, 3, 0, 0, 0, [DateTimeKind]::Utc).ToLocalTime() }; Expected = 1..2 }
    ) {
        (Get-AuditEvent $log.Log @Arguments).Sequence | Should -Be $Expected
    }

    It 'refuses a record behind the end' {
        Get-ErrorId ({ Get-AuditEvent $log.Log -Sequence 21 } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
        Get-ErrorId ({ Get-AuditEvent $log.Log -From 21 } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
        Get-ErrorId ({ Get-AuditEvent $log.Log -From 5 -To 4 } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
    }

    It 'says that there is no log' {
        $failure = { Get-AuditEvent TestDrive:/none } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be 'AuditLogNotFound'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'New-AuditLog'
    }

    It 'ends when the pipeline has enough' {
        (Get-AuditEvent $log.Log | Select-Object -First 2).Sequence | Should -Be 0, 1
    }

    It 'takes the log from the pipeline' {
        (Get-AuditLog $log.Log | Get-AuditEvent -Newest 1).Sequence | Should -Be 20
    }

    It 'gives the record of a receipt' {
        $receipt = Write-AuditEvent -Log $log.Log -Action test:Receipt -PassThru
        $record = $receipt | Get-AuditEvent
        $record.LeafHash | Should -Be $receipt.LeafHash
        $record.Id | Should -Be $receipt.Id
    }

    It 'hands out nothing of a segment that was altered, and says that there was more' {
        $bad = New-TestLog
        Write-AuditEvent -Log $bad.Log -Action test:Good
        Write-AuditEvent -Log $bad.Log -Action test:Bad
        $file = Get-ChildItem "$($bad.Log)/segments" -Filter '*-1.jsonl.gz'
        $bytes = [IO.File]::ReadAllBytes($file); $bytes[100] = $bytes[100] -bxor 1; [IO.File]::WriteAllBytes($file, $bytes)
        $records = Get-AuditEvent $bad.Log -ErrorVariable failures -ErrorAction SilentlyContinue
        # The store shows that something lies behind, and this account remembers how much.
        Get-ErrorId $failures[0] | Should -Be 'AuditLogEndInDoubt'
        Get-ErrorId $failures[1] | Should -Be 'RecordNotVerified'
        $failures.CategoryInfo.Category | Should -Be 'SecurityError', 'SecurityError'
        $failures[1].Exception.Message | Should -Match 'this account has seen 3'
        $records.Action | Should -Not -Contain 'test:Good'
    }

    It 'stops promptly' {
        $ps = [powershell]::Create([runspacefactory]::CreateRunspace()); $ps.Runspace.Open()
        $null = $ps.AddScript("Import-Module '$ModulePath'; while (`$true) { Get-AuditEvent '$($log.Log)' }")
        $null = $ps.BeginInvoke()
        Start-Sleep -Milliseconds 1500
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $ps.Stop()
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        $ps.Runspace.Dispose(); $ps.Dispose()
    }

    It 'is flat enough for a table' {
        $columns = Get-AuditEvent $log.Log -Newest 1 | ConvertTo-Csv | Select-Object -First 1
        $columns | Should -Match '"ActorId".*"Action".*"ResourceId"'
        Get-AuditEvent $log.Log -Newest 1 | Out-String | Should -Match 'Sequence\s+Time \(UTC\)\s+Actor\s+Action'
    }
}
