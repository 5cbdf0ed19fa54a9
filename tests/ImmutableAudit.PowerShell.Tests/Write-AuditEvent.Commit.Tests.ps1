Describe 'The commits of Write-AuditEvent' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    It 'writes nothing with -WhatIf, and still checks' {
        $log = New-TestLog
        $before = Get-ChildItem $log.Log -Recurse | Select-Object FullName, LastWriteTimeUtc | ConvertTo-Json
        $file = "$env:IMMUTABLEAUDIT_HOME/known-logs.json"; $memory = Get-Content $file -Raw
        @{ Action = 'a' }, @{ User = 'bad' } | Write-AuditEvent -Log $log.Log -WhatIf -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures | Should -HaveCount 1
        Get-ChildItem $log.Log -Recurse | Select-Object FullName, LastWriteTimeUtc | ConvertTo-Json | Should -Be $before
        Get-Content $file -Raw | Should -Be $memory
        Invoke-Child "`$env:IMMUTABLEAUDIT_HOME = '$env:IMMUTABLEAUDIT_HOME'; @{ Action = 'a' }, @{ Action = 'b' } | Write-AuditEvent -Log '$($log.Log)' -WhatIf" | Out-String | Should -Match 'Write 2 events'
    }

    It 'gives receipts in order that the log confirms' {
        $log = New-TestLog
        $receipts = 1..50 | ForEach-Object { @{ Action = "n:$_" } } | Write-AuditEvent -Log $log.Log -PassThru
        $receipts.Sequence | Should -Be (1..50)
        (Get-AuditEvent $log.Log -From 1).LeafHash | Should -Be $receipts.LeafHash
        (Test-AuditChain $log.Log -Receipt $receipts -NoMemory).Result | Should -Be 'Passed'
    }

    It 'writes 100,000 objects, all of them' {
        $log = New-TestLog
        1..100000 | ForEach-Object { [pscustomobject]@{ Action = 'many'; ResourceId = $_; User = 'u'; Extra = $_ } } | Write-AuditEvent -Log $log.Log
        $report = Test-AuditChain $log.Log
        $report.Result | Should -Be 'Passed'
        $report.Records | Should -Be 100001
        (Get-AuditEvent $log.Log -Newest 1).Data | Should -Be '{"Extra":100000}'
    }

    It 'makes the events of a slow pipeline durable while it waits' {
        $log = New-TestLog
        $ps = [powershell]::Create([runspacefactory]::CreateRunspace())
        $ps.Runspace.Open()
        $null = $ps.AddScript("Import-Module '$ModulePath'; & { @{ Action = 'first' }; Start-Sleep 30; @{ Action = 'last' } } | Write-AuditEvent -Log '$($log.Log)'")
        $running = $ps.BeginInvoke()
        try {
            $deadline = [datetime]::UtcNow.AddSeconds(20)
            while ((Get-AuditLog $log.Log).Records -lt 2 -and [datetime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 200 }
            (Get-AuditLog $log.Log).Records | Should -Be 2
            $running.IsCompleted | Should -BeFalse
        }
        finally { $ps.Stop(); $ps.Runspace.Dispose(); $ps.Dispose() }
        Test-AuditChain $log.Log -Quiet | Should -BeTrue
    }

    It 'says what was not written when it is stopped' {
        $log = New-TestLog
        $script = @"
`$env:IMMUTABLEAUDIT_HOME = '$env:IMMUTABLEAUDIT_HOME'
`$ps = [powershell]::Create(); `$ps.Runspace = [runspacefactory]::CreateRunspace(`$Host); `$ps.Runspace.Open()
`$null = `$ps.AddScript("Import-Module '$ModulePath'; & { 1..100 | % { @{ Action = 'x' } }; [Threading.Thread]::Sleep(300); 'ready'; Start-Sleep 60 } | Write-AuditEvent -Log '$($log.Log)' -ErrorAction Ignore")
`$null = `$ps.BeginInvoke()
Start-Sleep -Milliseconds 1000
`$clock = [Diagnostics.Stopwatch]::StartNew(); `$ps.Stop(); `$ps.Dispose(); 'stopped after ' + [int]`$clock.Elapsed.TotalSeconds
"@
        $words = Invoke-Child $script | Out-String
        $words | Should -Match 'stopped after [0-5]\b'
        $written = (Get-AuditLog $log.Log).Records - 1
        if ($written -lt 100) { $words | Should -Match "of 100 events $written are in the log, 0 in doubt, $(100 - $written) not written" }
        Test-AuditChain $log.Log -Quiet | Should -BeTrue
    }

    It 'keeps whole what is there when a large write is stopped, and answers for the rest' {
        $log = New-TestLog
        $script = @"
`$env:IMMUTABLEAUDIT_HOME = '$env:IMMUTABLEAUDIT_HOME'
`$ps = [powershell]::Create(); `$ps.Runspace = [runspacefactory]::CreateRunspace(`$Host); `$ps.Runspace.Open()
`$null = `$ps.AddScript("Import-Module '$ModulePath'; 1..2000000000 | ForEach-Object { @{ Action = 'x' } } | Write-AuditEvent -Log '$($log.Log)'")
`$null = `$ps.BeginInvoke()
`$deadline = [datetime]::UtcNow.AddSeconds(60)
while ((Get-AuditLog '$($log.Log)').Records -lt 2 -and [datetime]::UtcNow -lt `$deadline) { Start-Sleep -Milliseconds 100 }
Start-Sleep -Milliseconds 500
`$ps.Stop(); `$ps.Dispose()
"@
        # Stopped at the very moment when all that was taken is in the log, there is nothing to answer for: try again then.
        for ($try = 1; $try -le 5; $try++) {
            $words = Invoke-Child $script | Out-String
            $answered = $words -replace '\s+', ' ' -match 'of ([\d,]+) events ([\d,]+) are in the log, 0 in doubt, ([\d,]+) not written'
            if ($answered) { break }
            $log = New-TestLog
            $script = $script -replace "-Log '[^']+'", "-Log '$($log.Log)'" -replace "Get-AuditLog '[^']+'", "Get-AuditLog '$($log.Log)'"
        }
        $answered | Should -BeTrue -Because $words
        $taken, $written, $lost = $Matches[1..3] -replace ','
        $report = Test-AuditChain $log.Log
        $report.Result | Should -Be 'Passed'
        $report.Records - 1 | Should -Be $written
        [long]$taken | Should -Be ([long]$written + [long]$lost)
    }

    It 'writes what it took when a command before it fails' {
        $log = New-TestLog
        { & { @{ Action = 'one' }; @{ Action = 'two' }; throw 'upstream' } | Write-AuditEvent -Log $log.Log } | Should -Throw 'upstream'
        (Get-AuditEvent $log.Log -From 1).Action | Should -Be 'one', 'two'
    }

    It 'writes what it took when a command behind it has enough' {
        $log = New-TestLog
        $receipt = 1..20000 | ForEach-Object { @{ Action = 'x' } } | Write-AuditEvent -Log $log.Log -PassThru | Select-Object -First 1
        $receipt.Sequence | Should -Be 1
        Test-AuditChain $log.Log -Quiet | Should -BeTrue
    }

    It 'settles what a spool kept' {
        $log = New-TestLog
        Write-AuditEvent -Log $log.Log -Action a -Spool TestDrive:/spool -PassThru | Should -HaveCount 1
        Test-Path TestDrive:/spool | Should -BeTrue
        $env:IMMUTABLEAUDIT_SPOOL = Join-Path (Resolve-Path TestDrive:/).ProviderPath spool2
        try { Write-AuditEvent -Log $log.Log -Action b; Test-Path TestDrive:/spool2 | Should -BeTrue }
        finally { $env:IMMUTABLEAUDIT_SPOOL = $null }
    }

    It 'lets several writers write to one log' {
        $log = New-TestLog
        1..4 | ForEach-Object -Parallel {
            Import-Module $using:ModulePath
            $writer = $_
            1..50 | ForEach-Object { @{ Action = "w$writer"; ResourceId = $_ } } | Write-AuditEvent -Log $using:log.Log
        } -ThrottleLimit 4
        (Get-AuditEvent $log.Log -From 1 | Group-Object Action | ForEach-Object { $_.Count }) | Should -Be 50, 50, 50, 50
        Test-AuditChain $log.Log -Quiet | Should -BeTrue
    }

    It 'never asks, even where something is missing' {
        $words = Invoke-Child 'try { Write-AuditEvent -Log /nowhere } catch { "failed: $($_.FullyQualifiedErrorId)" }' | Out-String
        $words | Should -Match 'failed: MissingMandatoryParameter'
    }

    It 'works for an account that can remember nothing' {
        $log = New-TestLog
        $before = $env:IMMUTABLEAUDIT_HOME
        try {
            $env:IMMUTABLEAUDIT_HOME = '/proc/none'
            Write-AuditEvent -Log $log.Log -Key $log.Key -Action a -WarningVariable warnings -WarningAction SilentlyContinue
            $warnings | Should -Match "can't remember"
            (Get-AuditEvent $log.Log -Newest 1 -WarningAction Ignore).Action | Should -Be 'a'
        }
        finally { $env:IMMUTABLEAUDIT_HOME = $before }
    }

    It 'warns where the log is shorter than it was' {
        $log = New-TestLog
        1..3 | ForEach-Object { Write-AuditEvent -Log $log.Log -Action "n:$_" }
        Get-ChildItem "$($log.Log)/segments" -Filter '*-3.jsonl.gz' | Remove-Item
        Write-AuditEvent -Log $log.Log -Action again -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -Match 'newest records were removed'
    }
}
