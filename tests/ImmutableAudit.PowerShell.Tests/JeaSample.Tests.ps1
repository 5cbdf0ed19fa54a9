Describe 'The JEA sample' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $sample = "$Root/samples/JEA"
        $paths = $env:PSModulePath
        $env:PSModulePath = "$sample$([IO.Path]::PathSeparator)$(Split-Path $ModulePath)$([IO.Path]::PathSeparator)$paths"
        $log = New-TestLog
        $folder = (New-Item -ItemType Directory TestDrive:/operated).FullName
        Set-Content "$folder/one.txt" 'text of one'

        # The file as it ships, with this log and folder in place of those that it names. A runspace of the same process
        # has no account and no transcript of an endpoint.
        $file = Join-Path (Resolve-Path 'TestDrive:/').ProviderPath Operators.pssc
        $text = (Get-Content "$sample/Operators.pssc" -Raw).Replace('s3://acme-audit/operations', $log.Log).Replace('alias/operations-audit', $log.Key)
        $text.Replace('C:\ProgramData\Operated', $folder) -replace '(?m)^\s*(RunAsVirtualAccount|TranscriptDirectory).*$', '' | Set-Content $file

        function Invoke-AsOperator {
            param([scriptblock]$Build)
            $state = [initialsessionstate]::CreateFromSessionConfigurationFile($file, { $true })
            $runspace = [runspacefactory]::CreateRunspace($state)
            $runspace.Open()
            $shell = [powershell]::Create($runspace)
            try {
                $null = & $Build $shell
                [pscustomobject]@{ Output = @($shell.Invoke()); Errors = @($shell.Streams.Error | ForEach-Object { "$_" }) }
            }
            finally { $shell.Dispose(); $runspace.Dispose() }
        }
    }
    AfterAll {
        $env:PSModulePath = $paths
        Remove-Item Env:IMMUTABLEAUDIT_LOG, Env:IMMUTABLEAUDIT_KEY, Env:OPERATED_FOLDER -ErrorAction Ignore
    }

    It 'is valid' {
        Test-ModuleManifest "$sample/AuditedOperations/AuditedOperations.psd1" -ErrorAction Stop | Should -Not -BeNullOrEmpty
        if (Get-Command Test-PSSessionConfigurationFile -ErrorAction Ignore) { Test-PSSessionConfigurationFile "$sample/Operators.pssc" | Should -BeTrue }
        [initialsessionstate]::CreateFromSessionConfigurationFile($file, { $true }).LanguageMode | Should -Be NoLanguage
    }

    It 'leaves two records of each task' {
        $read = Invoke-AsOperator { $args[0].AddCommand('Get-OperatedFile').AddArgument('one.txt') }
        $read.Errors | Should -BeNullOrEmpty
        $read.Output | Should -Be 'text of one'
        $null = Invoke-AsOperator { $args[0].AddCommand('Remove-OperatedFile').AddParameter('Name', 'one.txt').AddParameter('Reason', 'change 4711') }
        Test-Path "$folder/one.txt" | Should -BeFalse
        $events = Get-AuditEvent $log.Log -From 1
        $events.Action | Should -Be ('operations:Read', 'operations:Read', 'operations:Remove', 'operations:Remove')
        $events[2].Reason | Should -Be 'change 4711'
        "$($events[3].Outcome)" | Should -Be Success
    }

    It 'has no other commands, and no language' {
        foreach ($other in 'Get-Content', 'Remove-Item', 'Write-AuditEvent', 'Invoke-AuditedCommand', 'Get-ChildItem', '/bin/ls') {
            { Invoke-AsOperator { $args[0].AddCommand($other) } } | Should -Throw "*'$other'*"
        }
        { Invoke-AsOperator { $args[0].AddScript('Get-OperatedFile one.txt; [IO.File]::Delete("x")') } } | Should -Throw
    }

    It 'does nothing without a log' {
        Set-Content "$folder/two.txt" 'text of two'
        (Get-Content $file -Raw).Replace("'$($log.Log)'", "'$($log.Log)-none'") | Set-Content $file
        $run = try { Invoke-AsOperator { $args[0].AddCommand('Remove-OperatedFile').AddParameter('Name', 'two.txt').AddParameter('Reason', 'x') } } catch { $_ }
        ($run.Errors | Out-String) + $run | Should -Match "wasn't run"
        Test-Path "$folder/two.txt" | Should -BeTrue
    }
}
