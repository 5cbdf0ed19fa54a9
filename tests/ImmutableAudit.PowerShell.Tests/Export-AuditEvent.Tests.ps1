Describe 'Export-AuditEvent' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $log = New-TestLog
        1..20 | ForEach-Object { [pscustomobject]@{ Action = 's3:GetObject'; ResourceId = "s3://b/$_"; Reason = '=1+1'; Time = [datetime]::new(2026, 1, $_, 0, 0, 0, [DateTimeKind]::Utc) } } | Write-AuditEvent -Log $log.Log
        $folder = (Resolve-Path TestDrive:/).ProviderPath
    }

    It 'writes <Format> to the pipeline, one record a line' -ForEach @(@{ Format = 'Ocsf' }, @{ Format = 'CloudEvents' }, @{ Format = 'JsonLines' }) {
        $lines = @(Export-AuditEvent $log.Log -Format $Format -From 1)
        $lines | Should -HaveCount 20
        $lines[0] | Should -BeOfType string
        $lines | ForEach-Object { $_ | Test-Json | Should -BeTrue }
    }

    It 'gives what Get-AuditEvent reads, byte for byte' {
        Export-AuditEvent $log.Log -Format JsonLines | Should -Be (Get-AuditEvent $log.Log).Json
        Get-AuditEvent $log.Log -Sequence 7, 3 | Export-AuditEvent -Format JsonLines | Should -Be (Get-AuditEvent $log.Log -Sequence 7, 3).Json
        Get-AuditLog $log.Log | Export-AuditEvent -Format JsonLines | Should -HaveCount 21
    }

    It 'takes a range and a time, of a log and of records' {
        $time = @{ After = [datetime]::new(2026, 1, 5, 0, 0, 0, [DateTimeKind]::Utc); Before = [datetime]::new(2026, 1, 8, 0, 0, 0, [DateTimeKind]::Utc) }
        (Export-AuditEvent $log.Log -Format JsonLines -From 1 @time | ConvertFrom-Json).seq | Should -Be (5..7)
        (Get-AuditEvent $log.Log | Export-AuditEvent -Format JsonLines @time | ConvertFrom-Json).seq | Should -Be (5..7)
        (Export-AuditEvent $log.Log -Format JsonLines -From 18 -To 19 | ConvertFrom-Json).seq | Should -Be (18..19)
        Get-ErrorId ({ Export-AuditEvent $log.Log -Format Csv -From 21 } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
    }

    It 'writes CSV that comes back, and no formulas unless they are asked for' {
        Export-AuditEvent $log.Log -Format Csv -Path "$folder/x.csv"
        $rows = Import-Csv "$folder/x.csv"
        $rows.Sequence | Should -Be (0..20)
        $rows[3].Reason | Should -Be "'=1+1"
        Export-AuditEvent $log.Log -Format Csv -Path "$folder/x.csv" -AllowFormulas -Force
        (Import-Csv "$folder/x.csv")[3].Reason | Should -Be '=1+1'
        (Export-AuditEvent $log.Log -Format Csv | ConvertFrom-Csv).LeafHash | Should -Be (Get-AuditEvent $log.Log).LeafHash
    }

    It 'writes a compressed file and says which' {
        $file = Get-AuditEvent $log.Log | Export-AuditEvent -Format JsonLines -Path TestDrive:/x.jsonl.gz -PassThru
        $file | Should -BeOfType IO.FileInfo
        $reader = [IO.StreamReader]::new([IO.Compression.GZipStream]::new($file.OpenRead(), [IO.Compression.CompressionMode]::Decompress))
        try { $reader.ReadToEnd() | Should -Be ((Get-AuditEvent $log.Log).Json.ForEach({ "$_`n" }) -join '') } finally { $reader.Dispose() }
    }

    It 'replaces a file only with -Force, and nothing with -WhatIf' {
        Set-Content "$folder/there.csv" before
        $failure = { Export-AuditEvent $log.Log -Format Csv -Path "$folder/there.csv" } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be 'ExportFileExists'
        $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
        Export-AuditEvent $log.Log -Format Csv -Path "$folder/there.csv" -Force -WhatIf
        Get-AuditEvent $log.Log | Export-AuditEvent -Format Csv -Path "$folder/never.csv" -WhatIf
        Get-Content "$folder/there.csv" | Should -Be before
        "$folder/never.csv" | Should -Not -Exist
        Export-AuditEvent $log.Log -Format Csv -Path "$folder/there.csv" -Force
        Import-Csv "$folder/there.csv" | Should -HaveCount 21
    }

    It 'leaves nothing where reading fails' {
        $bad = New-TestLog
        Write-AuditEvent -Log $bad.Log -Action test:Good
        Write-AuditEvent -Log $bad.Log -Action test:Bad
        $file = Get-ChildItem "$($bad.Log)/segments" -Filter '*-0.jsonl.gz'
        $empty = Join-Path $folder empty
        $null = New-Item -ItemType Directory $empty
        { Get-AuditEvent $bad.Log | ForEach-Object { throw 'stop' } | Export-AuditEvent -Format Csv -Path "$empty/x.csv" } | Should -Throw
        Remove-Item $file
        { Export-AuditEvent $bad.Log -Format Csv -Path "$empty/x.csv" } | Should -Throw
        Get-ChildItem $empty | Should -BeNullOrEmpty
    }

    It 'writes a header alone where there are no records' {
        @() | Export-AuditEvent -Format Csv -Path "$folder/none.csv"
        Get-Content "$folder/none.csv" | Should -HaveCount 1
    }
}
