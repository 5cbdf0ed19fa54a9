Describe 'Get-AuditLog' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $one = New-TestLog set-one
        $two = New-TestLog set-two
        $null = New-Item -ItemType Directory TestDrive:/set-three
    }

    It 'shows a log as it was made' {
        $log = Get-AuditLog $one.Log
        $log.Origin | Should -Be $one.Origin
        $log.GenesisHash | Should -Be $one.GenesisHash
        $log.Checkpoint | Should -Be $one.Checkpoint
        $log.Keys | Should -Be $one.Keys
        $log.Closed | Should -BeFalse
    }

    It 'has lists that can be indexed, as every object of the module' {
        Get-UnindexedList (Get-AuditLog $one.Log) | Should -BeNullOrEmpty
        $broken = New-TestLog unindexed
        Write-AuditEvent -Log $broken.Log -Action a
        Remove-Item "$($broken.Log)/segments/*-1.jsonl.gz"
        $report = Test-AuditChain $broken.Log
        $report.Findings[0].Kind | Should -Be 'Truncated'
        Get-UnindexedList $report | Should -BeNullOrEmpty
    }

    It 'takes several, and goes on behind one that fails' {
        $logs = Get-AuditLog $one.Log, TestDrive:/none, $two.Log -ErrorVariable failures -ErrorAction SilentlyContinue
        $logs | Should -HaveCount 2
        $failures | Should -HaveCount 1
        Get-ErrorId $failures[0] | Should -Be 'AuditLogNotFound'
        $failures[0].TargetObject | Should -Be 'TestDrive:/none'
        $failures[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'takes wildcards, and passes over what holds no log' {
        (Get-AuditLog TestDrive:/set-*).Log | Sort-Object | Should -Be @($one.Log, $two.Log)
    }

    It 'takes logs and directories from a pipeline' {
        ($one, $two | Get-AuditLog).Origin | Should -Be @($one.Origin, $two.Origin)
        (Get-ChildItem TestDrive:/ -Directory -Filter set-o* | Get-AuditLog).Origin | Should -Be $one.Origin
        ($one.Log | Get-AuditLog).Origin | Should -Be $one.Origin
    }

    It 'tells that a log was longer, and shows what is left' {
        $log = New-TestLog damaged
        1..3 | ForEach-Object { Write-AuditEvent -Log $log.Log -Action "a$_" }
        Remove-Item "$($log.Log)/segments/999999999999999997-2.jsonl.gz"
        $shown = Get-AuditLog $log.Log -ErrorVariable failures -ErrorAction SilentlyContinue
        $shown.Records | Should -Be 2
        Get-ErrorId $failures[0] | Should -Be 'AuditLogEndInDoubt'
        $events = Get-AuditEvent $log.Log -ErrorVariable failures -ErrorAction SilentlyContinue
        $events | Should -HaveCount 2
        Get-ErrorId $failures[0] | Should -Be 'AuditLogEndInDoubt'
    }

    It 'finds the log of the environment' {
        $env:IMMUTABLEAUDIT_LOG = $two.Log
        try { (Get-AuditLog).Origin | Should -Be $two.Origin }
        finally { $env:IMMUTABLEAUDIT_LOG = $null }
    }

    It 'says that a foreign directory is none' {
        Set-Content TestDrive:/set-three/notes.txt 'not a log'
        $null = Get-AuditLog TestDrive:/set-three -ErrorVariable failures -ErrorAction SilentlyContinue
        Get-ErrorId $failures[0] | Should -Be 'AuditLogNotFound'
    }

    It 'offers the logs that are remembered' {
        $line = "Get-AuditLog -Log $(Split-Path $one.Log)"
        (TabExpansion2 $line $line.Length).CompletionMatches.ListItemText | Should -Contain $one.Log
    }

    It 'says of a directory that it is not tamper-proof' {
        Get-AuditLog $one.Log -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] } | Should -Match 'not tamper-proof'
    }
}
