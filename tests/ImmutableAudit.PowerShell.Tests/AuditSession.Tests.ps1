BeforeDiscovery {
    $noTerminal = $IsWindows -or -not (Get-Command python3 -ErrorAction Ignore)
}

Describe 'A recorded console' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $console = "$Root/tests/terminal/console.py"

        # Types lines into a PowerShell in a terminal of its own. Each waits for the prompt before it; a table is a step as console.py knows it.
        function Invoke-Console {
            param([object[]]$Lines, $Log, [string]$Spool, [string[]]$Argument)
            $start = Join-Path (Resolve-Path 'TestDrive:/').ProviderPath "$([guid]::NewGuid()).ps1"
            Set-Content $start @"
`$env:IMMUTABLEAUDIT_HOME = '$env:IMMUTABLEAUDIT_HOME'; `$env:IMMUTABLEAUDIT_LOG = '$($Log.Log)'; `$env:IMMUTABLEAUDIT_SPOOL = '$Spool'
`$PSStyle.OutputRendering = 'PlainText'
Import-Module '$ModulePath'
function prompt { "READY `$? > " }
"@
            $steps = @(@{ wait = 'PS .*> '; send = ". $start`r" })
            foreach ($line in $Lines) {
                $steps += $line -is [string] ? @{ wait = 'READY.*> '; send = "$line`r" } : $line
            }
            ConvertTo-Json $steps | python3 $console (Get-Process -Id $PID).Path -NoProfile -NoLogo @Argument | Out-String
        }

        function Get-Recorded {
            param($Log)
            Get-AuditEvent $Log.Log | Where-Object Action -Like 'powershell:*' | ForEach-Object {
                $data = $_.Data | ConvertFrom-Json -AsHashtable
                [pscustomobject]@{ Action = $_.Action.Substring(11); Outcome = "$($_.Outcome)"; Reason = $_.Reason; Command = $data.command; Data = $data; Session = $_.Session; Record = $_ }
            }
        }
    }

    It 'leaves every command in the log, in order, with how it ended' -Skip:$noTerminal {
        $log = New-TestLog
        $said = Invoke-Console -Log $log -Lines @(
            'Start-AuditSession'
            'Get-Item /none/such'
            '1 + 1'
            '/bin/false'
            'if (1) { $x = ) }'
            '$password = "hunter2-of-the-test"; Write-Error "bad hunter2-of-the-test"'
            'Start-Sleep 60'
            @{ pause = 1.5; send = "`u{3}" }
            'Get-AuditSession | Format-List'
            'exit'
        )
        $all = @(Get-Recorded $log)
        $all.Action | Should -Be ('SessionStart', 'Command', 'Command', 'Command', 'Command', 'Command', 'Command', 'Command', 'Command', 'SessionEnd')
        $all.Data.number | Should -Be (0..9)
        ($all.Session | Select-Object -Unique).Count | Should -Be 1
        $all[0].Session | Should -Match '^[0-9a-f-]{36}$'
        $said | Should -Match $all[0].Session

        $all[1..8].Command | Should -Be @(
            'Get-Item /none/such', '1 + 1', '/bin/false', 'if (1) { $x = ) }', '$password = ***; Write-Error "bad ***"', 'Start-Sleep 60', 'Get-AuditSession | Format-List', 'exit')
        $all[1..8].Outcome | Should -Be ('Failure', 'Success', 'Failure', 'Failure', 'Failure', 'Unknown', 'Success', 'Unknown')
        $all[1].Record.ResourceId | Should -Be /none/such
        $all[1].Data.errorId | Should -Be 'PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand'
        $all[1].Reason | Should -Match 'Cannot find path'
        $all[3].Data.exitCode | Should -Be 1
        $all[4].Data.status | Should -Be 'Failed'
        $all[6].Reason | Should -Be 'stopped'
        $all[6].Data.seconds | Should -BeGreaterThan 0.5
        $all[8].Reason | Should -Match "hadn't come back"
        $all[9].Reason | Should -Be 'exit'
        $all[9].Data.lost | Should -Be 0
        $all[2].Record.ActorId | Should -Be ([Environment]::UserName)
        $all[2].Record.Host | Should -Be ([Environment]::MachineName)
        $all[2].Data.directory | Should -Be (Get-Location).Path
        # The secret was printed by the command itself; it is nowhere in the log.
        (Get-AuditEvent $log.Log | ForEach-Object Data) -match 'hunter2' | Should -BeNullOrEmpty
        Test-AuditChain $log.Log -Quiet | Should -BeTrue
    }

    It 'shows the prompt that was there what it always saw, and puts it back as it was' -Skip:$noTerminal {
        $log = New-TestLog
        $said = Invoke-Console -Log $log -Lines @(
            '$before = $function:prompt, $function:PSConsoleHostReadLine; Start-AuditSession | Out-Null'
            'Get-Item /none/such'
            @{ wait = 'READY False > '; send = "1 + 1`r" }
            @{ wait = 'READY True > '; send = "Stop-AuditSession | Out-Null`r" }
            '"same: " + [object]::ReferenceEquals($before[0], $function:prompt) + [object]::ReferenceEquals($before[1], $function:PSConsoleHostReadLine) + (Get-Command PSConsoleHostReadLine).Source'
            'Get-Date'
            'exit'
        )
        $said | Should -Match 'same: TrueTruePSReadLine'
        $all = @(Get-Recorded $log)
        $all[-1].Reason | Should -Be 'Stop-AuditSession'
        $all.Command | Should -Not -Contain 'Get-Date'
    }

    It 'works without PSReadLine, with a prompt that is replaced, with nested prompts and with a removed module' -Skip:$noTerminal {
        $log = New-TestLog
        $null = Invoke-Console -Log $log -Lines @(
            'Remove-Module PSReadLine; Start-AuditSession | Out-Null'
            '1 + 1'
            'exit'
        )
        (Get-Recorded $log).Command | Where-Object { $_ } | Should -Be '1 + 1' -Because 'without PSReadLine nobody sees a line before it runs'

        $log = New-TestLog
        $null = Invoke-Console -Log $log -Lines @(
            'Start-AuditSession | Out-Null'
            'function prompt { "READY other > " }'
            '2 + 2'
            'Get-Item /none/such'
            '$Host.EnterNestedPrompt()'
            '3 + 3'
            'exit'
            'Clear-History'
            'Remove-Module ImmutableAudit'
            '"not recorded"'
            'exit'
        )
        $all = @(Get-Recorded $log)
        $all.Command | Where-Object { $_ } | Should -Be @(
            'function prompt { "READY other > " }', '2 + 2', 'Get-Item /none/such', '3 + 3', 'exit', '$Host.EnterNestedPrompt()', 'Clear-History', 'Remove-Module ImmutableAudit')
        $all[1].Outcome | Should -Be 'Unknown' -Because 'its prompt was not seen'
        $all[2, 3].Outcome | Should -Be 'Success', 'Failure'
        $all[-1].Reason | Should -Be 'the module was removed'
    }

    It 'tells of a terminal that was closed: <Signal>' -Skip:$noTerminal -ForEach @{ Signal = 'CLOSE' }, @{ Signal = 'HUP' }, @{ Signal = 'TERM' } {
        $log = New-TestLog
        $null = Invoke-Console -Log $log -Lines @(
            'Start-AuditSession | Out-Null'
            '1 + 1'
            'Start-Sleep 60'
            @{ pause = 1.5; signal = $Signal }
        )
        $all = @(Get-Recorded $log)
        $all.Action | Should -Be 'SessionStart', 'Command', 'Command', 'SessionEnd'
        $all[2].Command | Should -Be 'Start-Sleep 60'
        $all[2].Outcome | Should -Be 'Unknown'
        $all[3].Reason | Should -Match 'SIG(HUP|TERM)'
    }

    It 'tells at the next start what a killed console was at' -Skip:$noTerminal {
        $log = New-TestLog
        $spool = Join-Path (Resolve-Path 'TestDrive:/').ProviderPath spool-killed
        $null = Invoke-Console -Log $log -Spool $spool -Lines @(
            'Start-AuditSession | Out-Null'
            '1 + 1'
            '$token = "t0p-s3cret-of-the-test"; Stop-Process -Id $PID -Force'
        )
        $left = Get-ChildItem $spool -Recurse -File -Filter session.journal
        $left | Should -HaveCount 1
        Get-Content $left | Should -Not -Match 't0p-s3cret'
        @(Get-Recorded $log).Action | Should -Not -Contain 'SessionEnd'

        $said = Invoke-Console -Log $log -Spool $spool -Lines 'Start-AuditSession | Out-Null', 'exit'
        $said | Should -Match 'had ended without a word'
        $all = @(Get-Recorded $log)
        $first = $all | Where-Object Session -EQ $all[0].Session
        $first.Action | Should -Be 'SessionStart', 'Command', 'Command', 'SessionEnd'
        $first.Data.number | Should -Be (0..3)
        $first[2].Command | Should -Be '$token = ***; Stop-Process -Id $PID -Force'
        $first[2].Outcome | Should -Be 'Unknown'
        $first[3].Reason | Should -Match 'without a word'
        Get-ChildItem $spool | Should -BeNullOrEmpty
    }

    It 'goes on while the log cannot be written, says so once, and makes up for it' -Skip:$noTerminal {
        $log = New-TestLog
        $away = "$($log.Log).away"
        $said = Invoke-Console -Log $log -Lines @(
            'Start-AuditSession | Out-Null'
            "Move-Item '$($log.Log)' '$away'; Set-Content '$($log.Log)' x"
            @{ wait = 'READY.*> '; pause = 1.5; send = "'one'`r" }
            @{ wait = 'READY.*> '; pause = 0.5; send = "'two'`r" }
            "Remove-Item '$($log.Log)'; Move-Item '$away' '$($log.Log)'"
            'exit'
        )
        [regex]::Matches($said, "Commands aren't being recorded").Count | Should -Be 1
        $all = @(Get-Recorded $log)
        $all.Data.number | Should -Be (0..6)
        $all.Command | Should -Contain "'two'"
        Test-AuditChain $log.Log -Quiet | Should -BeTrue
    }

    It 'refuses where no prompt is' {
        $log = New-TestLog
        $words = Invoke-Child "try { Start-AuditSession '$($log.Log)' -Key '$($log.Key)' } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }; try { Stop-AuditSession } catch { `$_.FullyQualifiedErrorId }; 'none: ' + @(Get-AuditSession).Count"
        $words[0] | Should -BeLike 'SessionNotInteractive,*'
        $words[1] | Should -Match 'Invoke-AuditedCommand'
        $words[2] | Should -BeLike 'SessionNotStarted,*'
        $words[3] | Should -Be 'none: 0'
        (Get-AuditLog $log.Log).Records | Should -Be 1
    }

    It 'is recorded once, and not at all with -WhatIf or where the log is missing' -Skip:$noTerminal {
        $log = New-TestLog
        $said = Invoke-Console -Log $log -Lines @(
            'Start-AuditSession -WhatIf'
            'try { Start-AuditSession ./none/such } catch { "id: " + $_.FullyQualifiedErrorId }'
            'Start-AuditSession | Out-Null'
            'try { Start-AuditSession } catch { "id: " + $_.FullyQualifiedErrorId }'
            'exit'
        )
        $said | Should -Match 'id: (KeyNotGiven|AuditLogNotFound),'
        $said | Should -Match 'id: SessionAlreadyStarted,'
        (@(Get-Recorded $log).Action -eq 'SessionStart').Count | Should -Be 1
    }
}
