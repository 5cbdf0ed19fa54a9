Describe 'Watch-AuditLog' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1

        # A watch in a runspace of its own: what it gives, and its warnings, come while it goes on.
        function Start-Watch {
            param([string]$Arguments, [string]$Before = '')
            $ps = [powershell]::Create([runspacefactory]::CreateRunspace()); $ps.Runspace.Open()
            $null = $ps.AddScript("Import-Module '$ModulePath'; $Before; Watch-AuditLog $Arguments")
            $out = [Management.Automation.PSDataCollection[psobject]]::new()
            # While the watch goes on, these are read up to what is there.
            foreach ($stream in $out, $ps.Streams.Warning, $ps.Streams.Information) { $stream.EnumeratorNeverBlocks = $true }
            $in = [Management.Automation.PSDataCollection[psobject]]::new(); $in.Complete()
            [pscustomobject]@{ PowerShell = $ps; Out = $out; Handle = $ps.BeginInvoke($in, $out) }
        }

        function Stop-Watch {
            param($Watch)
            $Watch.PowerShell.Stop()
            $Watch.PowerShell.Runspace.Dispose(); $Watch.PowerShell.Dispose()
        }

        # Waits until something is so; the test's own assertions say what isn't.
        function Wait-Until {
            param([scriptblock]$Condition)
            for ($i = 0; $i -lt 600 -and -not (& $Condition); $i++) { Start-Sleep -Milliseconds 100 }
        }

        function Edit-Segment {
            param([string]$Log, [int]$First)
            $file = Get-ChildItem "$Log/segments" -Filter "*-$First.jsonl.gz"
            $bytes = [IO.File]::ReadAllBytes($file); $bytes[100] = $bytes[100] -bxor 1; [IO.File]::WriteAllBytes($file, $bytes)
        }
    }

    It 'gives what is there and what comes, until the pipeline has enough' {
        $log = New-TestLog
        1..3 | ForEach-Object { [pscustomobject]@{ Action = "test:$_" } } | Write-AuditEvent -Log $log.Log
        (Watch-AuditLog $log.Log -FromStart | Select-Object -First 4).Sequence | Should -Be (0..3)
        (Watch-AuditLog $log.Log -Newest 2 | Select-Object -First 2).Sequence | Should -Be 2, 3
        (Watch-AuditLog $log.Log -Since 1 -For 1).Sequence | Should -Be (1..3)
        Watch-AuditLog $log.Log -For 1 | Should -BeNullOrEmpty
    }

    It 'takes filters' {
        $log = New-TestLog
        Write-AuditEvent -Log $log.Log -Action s3:GetObject -ActorId alice -ResourceId s3://payroll/1 -Outcome Denied
        Write-AuditEvent -Log $log.Log -Action s3:PutObject -ActorId bob -ResourceId s3://payroll/2 -Outcome Success
        (Watch-AuditLog $log.Log -FromStart -For 1 -Actor AL*, x).Sequence | Should -Be 1
        (Watch-AuditLog $log.Log -FromStart -For 1 -Action s3:Put*).Sequence | Should -Be 2
        (Watch-AuditLog $log.Log -FromStart -For 1 -Resource s3://payroll/*).Sequence | Should -Be 1, 2
        (Watch-AuditLog $log.Log -FromStart -For 1 -Outcome Denied, Failure).Sequence | Should -Be 1
    }

    It 'gives what is written meanwhile, raises alerts, and stops when it is told to' {
        $log = New-TestLog
        Write-AuditEvent -Log $log.Log -Action test:Before
        $watch = Start-Watch "'$($log.Log)' -Newest 1 -IncludeAlerts -OnAlert { Write-Information `"block `$(`$_.Kind) `$(`$args[0].Sequence)`" }"
        Wait-Until { $watch.Out.Count -ge 1 }
        Write-AuditEvent -Log $log.Log -Action test:Meanwhile
        Wait-Until { $watch.Out.Count -ge 2 }
        $watch.Out.Action | Should -Be 'test:Before', 'test:Meanwhile'
        Edit-Segment $log.Log 1
        Wait-Until { $watch.Out.Count -ge 3 }
        $alert = $watch.Out[2]
        $alert.Kind | Should -Be Tampering
        $alert.IsCertain | Should -BeTrue
        $watch.PowerShell.Streams.Warning.Message | Should -Match '^Tampering: '
        $watch.PowerShell.Streams.Information.MessageData | Should -Contain "block Tampering $($alert.Sequence)"
        Stop-Watch $watch
        $watch.PowerShell.InvocationStateInfo.State | Should -Be Stopped
    }

    It 'gives alerts alone' {
        $log = New-TestLog
        1..5 | ForEach-Object { [pscustomobject]@{ Action = 'test:Try'; ActorId = 'mallory'; Outcome = 'Denied' } } | Write-AuditEvent -Log $log.Log
        $alerts = Watch-AuditLog $log.Log -FromStart -For 1 -AlertsOnly -WarningAction Ignore
        $alerts.Kind | Should -Be RepeatedFailures
        $alerts.Actor | Should -Be mallory
        $alerts | Out-String | Should -Match 'Time \(UTC\)\s+Severity\s+Kind'
    }

    It 'goes on watching where the script block fails' {
        $log = New-TestLog
        1..5 | ForEach-Object { [pscustomobject]@{ Action = 'test:Try'; ActorId = 'mallory'; Outcome = 'Denied' } } | Write-AuditEvent -Log $log.Log
        $records = Watch-AuditLog $log.Log -FromStart -For 1 -OnAlert { throw 'oops' } -WarningAction Ignore -ErrorVariable failures -ErrorAction SilentlyContinue
        $records.Count | Should -Be 6
        Get-ErrorId $failures[0] | Should -Be 'OnAlertFailed'
    }

    It 'posts alerts' {
        $log = New-TestLog
        1..5 | ForEach-Object { [pscustomobject]@{ Action = 'test:Try'; ActorId = 'mallory'; Outcome = 'Denied' } } | Write-AuditEvent -Log $log.Log
        $listener = [Net.HttpListener]::new()
        $url = "http://127.0.0.1:$(Get-Random -Minimum 20000 -Maximum 60000)/"
        $listener.Prefixes.Add($url); $listener.Start()
        $got = $listener.GetContextAsync()
        $watch = Start-Watch "'$($log.Log)' -FromStart -For 30 -WebhookUrl $url/hook"
        Wait-Until { $got.IsCompleted }
        $body = [IO.StreamReader]::new($got.Result.Request.InputStream).ReadToEnd() | ConvertFrom-Json
        $got.Result.Response.Close()
        $body.kind | Should -Be RepeatedFailures
        $body.actor | Should -Be mallory
        Stop-Watch $watch
        $listener.Close()
    }

    It 'refuses a webhook without TLS, and hides its path' {
        $log = New-TestLog
        $failure = { Watch-AuditLog $log.Log -WebhookUrl http://example.com/s3cr3t } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be 'WebhookInvalid'
        "$failure" | Should -Not -Match 's3cr3t'
    }

    It 'goes on from a state file' {
        $log = New-TestLog
        Watch-AuditLog $log.Log -StatePath TestDrive:/state.json -For 1 | Should -BeNullOrEmpty
        Write-AuditEvent -Log $log.Log -Action test:Missed
        (Watch-AuditLog $log.Log -StatePath TestDrive:/state.json -For 1).Action | Should -Be 'test:Missed'
        Watch-AuditLog $log.Log -StatePath TestDrive:/state.json -For 1 | Should -BeNullOrEmpty
    }

    It 'refuses a log that is not the one that is known' {
        $log = New-TestLog
        $failure = { Watch-AuditLog $log.Log -GenesisHash ('0' * 64) -WarningAction Ignore } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be 'RecordNotVerified'
        $other = New-TestLog
        $key = (Get-AuditLog $other.Log).Keys[0]
        Get-ErrorId ({ Watch-AuditLog $log.Log -TrustedKey $key -WarningAction Ignore } | Should -Throw -PassThru) | Should -Be 'RecordNotVerified'
    }
}
