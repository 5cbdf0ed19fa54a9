Describe 'Invoke-AuditedCommand' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        function Get-Runs {
            param($Log)
            Get-AuditEvent $Log.Log -From 1 | ForEach-Object { [pscustomobject]@{ Record = $_; Outcome = "$($_.Outcome)"; Reason = $_.Reason; Data = $_.Data | ConvertFrom-Json -AsHashtable } }
        }
    }
    BeforeEach { $log = New-TestLog; $env:IMMUTABLEAUDIT_LOG = $log.Log }
    AfterEach { Remove-Item Env:IMMUTABLEAUDIT_LOG }

    It 'runs a block between two records, in the caller''s scope' {
        $here = 1
        Invoke-AuditedCommand { $here = 2; 'a'; 'b'; $password = 'hunter2-of-the-test' } -Resource host1, host2 -Action app:Restart -Reason 'change 4711' | Should -Be 'a', 'b'
        $here | Should -Be 2
        $start, $end = Get-Runs $log
        $start.Record.Action, $end.Record.Action | Should -Be app:Restart, app:Restart
        $start.Record.ResourceId | Should -Be host1
        $start.Data.resources | Should -Be host1, host2
        $start.Data.phase, $end.Data.phase | Should -Be start, end
        $start.Outcome, $end.Outcome | Should -Be '', 'Success'
        $start.Reason | Should -Be 'change 4711'
        $end.Data.run | Should -Be $start.Data.run
        $end.Data.start | Should -Be $start.Record.Sequence
        $start.Data.command | Should -Match '\$password = \*\*\*'
    }

    It 'has its start in the log before the block runs, and hands output on as it comes' {
        $seen = Invoke-AuditedCommand { (Get-AuditLog $log.Log).Records; 'first'; (Get-AuditLog $log.Log).Records } r | ForEach-Object { "$_ at $((Get-AuditLog $log.Log).Records)" }
        $seen | Should -Be '2 at 2', 'first at 2', '2 at 2'
        (Get-AuditLog $log.Log).Records | Should -Be 3
    }

    It 'throws the block''s own error: <Block>' -ForEach @(
        @{ Block = { throw 'boom' } }, @{ Block = { throw [IO.IOException]::new('io') } }, @{ Block = { [int]'abc' } }, @{ Block = { Get-Item /none/such -ErrorAction Stop } }
        @{ Block = { [IO.File]::ReadAllText('/none/such') } }, @{ Block = { Write-AuditEvent -Log /none/such -Action x -Key /none/such.key } }
    ) {
        $plain = try { & $Block } catch { $_ }
        $through = try { Invoke-AuditedCommand $Block r } catch { $_ }
        Get-ErrorId $through | Should -Be (Get-ErrorId $plain)
        $through.Exception.GetType() | Should -Be $plain.Exception.GetType()
        $through.Exception.Message | Should -Be $plain.Exception.Message
        $end = @(Get-Runs $log)[-1]
        $end.Outcome | Should -Be Failure
        $end.Reason | Should -Be $plain.Exception.Message
    }

    It 'tells of errors that did not end the block' {
        Invoke-AuditedCommand { Write-Error w -ErrorAction SilentlyContinue; 5 } r | Should -Be 5
        $end = @(Get-Runs $log)[-1]
        $end.Outcome | Should -Be Success
        $end.Data.errors | Should -Be 1
        $end.Data.error | Should -Be w
    }

    It 'records an end behind break and exit' {
        foreach ($i in 1..3) { Invoke-AuditedCommand { break } r; throw 'not reached' }
        @(Get-Runs $log)[-1].Reason | Should -Be 'left by break'
        $words = Invoke-Child "`$env:IMMUTABLEAUDIT_HOME = '$env:IMMUTABLEAUDIT_HOME'; Invoke-AuditedCommand { 'before'; exit 3 } r -Log '$($log.Log)'; 'not reached'"
        $words | Should -Be before
        $LASTEXITCODE | Should -Be 3
        $end = @(Get-Runs $log)[-1]
        $end.Data.phase, $end.Reason | Should -Be end, 'left by exit'
    }

    It 'records an end behind Ctrl+C' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$ModulePath'; Invoke-AuditedCommand { Start-Sleep 60 } r -Log '$($log.Log)'")
        $run = $shell.BeginInvoke()
        while ((Get-AuditLog $log.Log).Records -lt 2) { Start-Sleep -Milliseconds 50 }
        $shell.Stop()
        { $shell.EndInvoke($run) } | Should -Throw
        $end = @(Get-Runs $log)[-1]
        $end.Data.phase, $end.Outcome, $end.Reason | Should -Be end, Unknown, stopped
    }

    It 'does not run what it cannot record' {
        $ran = $false
        $failure = { Invoke-AuditedCommand { $ran = $true } r -Log ./none/such -Key $log.Key } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be StartNotRecorded
        $ran | Should -BeFalse
        Invoke-AuditedCommand { $ran = $true } r -WhatIf
        $ran | Should -BeFalse
        (Get-AuditLog $log.Log).Records | Should -Be 1
    }

    It 'loses neither output nor error where the end cannot be recorded' {
        $break = { Remove-Item "$($log.Log)/segments" -Recurse; Set-Content "$($log.Log)/segments" x }
        $said = Invoke-AuditedCommand { 'out'; & $break } r -ErrorVariable failure -ErrorAction SilentlyContinue
        $said | Should -Be out
        Get-ErrorId $failure[0] | Should -Be EndNotRecorded
        $failure[0].Exception.Message | Should -Match 'record 1 '
        $failure[0].TargetObject | Should -Be 1

        $log = New-TestLog
        { Invoke-AuditedCommand { & $break; throw 'boom' } r -Log $log.Log } | Should -Throw boom
    }
}
