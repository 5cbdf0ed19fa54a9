Describe 'Update-AuditIndex, Get-AuditCheckpoint and Export-AuditLog' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $log = New-TestLog
        1..200 | ForEach-Object { [pscustomobject]@{ Action = "a$_" } } | Write-AuditEvent -Log $log.Log
        201..600 | ForEach-Object { [pscustomobject]@{ Action = "a$_" } } | Write-AuditEvent -Log $log.Log
        $folder = (Resolve-Path TestDrive:/).ProviderPath
    }

    It 'has tiles behind a pipeline, says so, and writes those that are missing' {
        "$(1..300 | ForEach-Object { [pscustomobject]@{ Action = 'b' } } | Write-AuditEvent -Log $log.Log -Verbose 4>&1)" | Should -Match '1 Merkle tiles were written'
        Remove-Item "$($log.Log)/tile/0/001"
        (Test-AuditChain $log.Log).Findings.Kind | Should -Be 'TilesMissing'
        Update-AuditIndex $log.Log -WhatIf | Should -BeNullOrEmpty
        Test-Path "$($log.Log)/tile/0/001" | Should -BeFalse
        $report = Update-AuditIndex $log.Log
        $report.Written, $report.Present, $report.Wrong | Should -Be 1, 2, 0
        (Test-AuditChain $log.Log).Findings | Should -BeNullOrEmpty
    }

    It 'names a wrong tile, warns in a proof, and replaces it only with -Force' {
        $tile = "$($log.Log)/tile/0/000"
        $bytes = [IO.File]::ReadAllBytes($tile); $bytes[6400] = $bytes[6400] -bxor 1; [IO.File]::WriteAllBytes($tile, $bytes)
        (Test-AuditChain $log.Log).Findings.Kind | Should -Be 'TileInvalid'
        (Test-AuditChain $log.Log -Derived None).Findings | Should -BeNullOrEmpty
        $proof = Get-AuditProof $log.Log 100 -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -Match 'tile/0/000'
        $proof | Test-AuditProof -TrustedKey $log.Keys[0] -Quiet | Should -BeTrue
        $report = Update-AuditIndex $log.Log -Rebuild -WarningVariable warned -WarningAction SilentlyContinue
        $report.Wrong, $report.Replaced | Should -Be 1, 0
        $report.WrongObjects[0] | Should -Be 'tile/0/000'
        "$warned" | Should -Match '-Force'
        (Update-AuditIndex $log.Log -Rebuild -Force).Replaced | Should -Be 1
        (Test-AuditChain $log.Log).Findings | Should -BeNullOrEmpty
    }

    It 'gives a checkpoint whose text is the note' {
        $checkpoint = Get-AuditCheckpoint $log.Log
        $shown = Get-AuditLog $log.Log
        $checkpoint.Checkpoint | Should -BeExactly $shown.Checkpoint
        $checkpoint.Origin, $checkpoint.Size, $checkpoint.GenesisHash, $checkpoint.KeyId | Should -Be $shown.Origin, $shown.Records, $shown.GenesisHash, $shown.KeyIds[0]
        $checkpoint.Stored | Should -BeNullOrEmpty
        $log | Get-AuditCheckpoint | Set-Content TestDrive:/cp.txt
        Get-Content TestDrive:/cp.txt -Raw | ForEach-Object ReplaceLineEndings "`n" | Should -BeExactly $shown.Checkpoint
        (Test-AuditChain $log.Log -Checkpoint TestDrive:/cp.txt).Result | Should -Be 'Passed'
        (Get-AuditProof $log.Log 3 -Checkpoint TestDrive:/cp.txt).Sequence | Should -Be 3
    }

    It 'goes on past a log that is not there' {
        $given = "$folder/none", $log.Log | Get-AuditCheckpoint -ErrorVariable failures -ErrorAction SilentlyContinue
        $given | Should -HaveCount 1
        Get-ErrorId $failures[0] | Should -Be 'AuditLogNotFound'
    }

    It 'exports tiles and lines' {
        $report = Export-AuditLog $log.Log TestDrive:/site -Format TLogTiles
        $report.Records, $report.From | Should -Be (Get-AuditLog $log.Log).Records, 0
        [IO.File]::ReadAllText("$folder/site/checkpoint") | Should -BeExactly (Get-AuditLog $log.Log).Checkpoint
        (Export-AuditLog $log.Log TestDrive:/site -Format TLogTiles).From | Should -Be $report.Records
        $null = Export-AuditLog $log.Log TestDrive:/log.jsonl -Format JsonLines
        $lines = Get-Content TestDrive:/log.jsonl
        $lines | Should -HaveCount $report.Records
        ($lines[7] | ConvertFrom-Json).action | Should -Be 'a7'
        Get-ErrorId ({ Export-AuditLog $log.Log TestDrive:/log.jsonl -Format JsonLines } | Should -Throw -PassThru) | Should -Be 'ExportRefused'
        Export-AuditLog $log.Log TestDrive:/log.jsonl -Format JsonLines -Force | Should -Not -BeNullOrEmpty
        Export-AuditLog $log.Log TestDrive:/none.jsonl -Format JsonLines -WhatIf | Should -BeNullOrEmpty
        Test-Path TestDrive:/none.jsonl | Should -BeFalse
    }
}
