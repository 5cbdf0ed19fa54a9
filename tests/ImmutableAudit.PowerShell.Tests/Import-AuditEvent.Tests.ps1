BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
}

Describe 'Import-AuditEvent' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $map = @{ Time = 'when'; ActorId = 'who'; Action = 'what' }
        $rows = "when,who,what`n2026-03-13T03:12:26Z,mia,payroll:Approve`n2026-03-13T03:13:40Z,keller,payroll:Open`n"
        $trail = '{"Records":[{"eventTime":"2026-03-13T03:12:26Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"e-1"},{"eventTime":"2026-03-13T03:12:27Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","eventID":"e-2"}]}'
    }

    BeforeEach {
        $log = New-TestLog
        $folder = (New-Item -ItemType Directory "TestDrive:/$([guid]::NewGuid())").FullName
        Set-Content "$folder/access.csv" $rows -NoNewline
    }

    It 'imports a file once' {
        $first = Import-AuditEvent "$folder/access.csv" $log.Log -Map $map
        $first.Files, $first.Events, $first.Added, $first.Size | Should -Be 1, 2, 2, 3
        (Import-AuditEvent "$folder/access.csv" $log.Log -Map $map).AlreadyThere | Should -Be 2
        $records = Get-AuditEvent $log.Log -From 1
        $records.ActorId | Should -Be 'mia', 'keller'
        (ConvertFrom-Json $records[0].Data).what | Should -Be 'payroll:Approve'
        (Test-AuditChain $log.Log).Result | Should -Be 'Passed'
    }

    It 'takes files from a pipeline, wildcards, folders and a map in a file' {
        ConvertTo-Json $map | Set-Content "$folder/map.json"
        Set-Content -LiteralPath "$folder/[1].csv" ($rows -replace 'mia', 'ada') -NoNewline
        (Import-AuditEvent "$folder/a*.csv" $log.Log -Map "$folder/map.json").Added | Should -Be 2
        (Get-ChildItem $folder -Filter *.csv | Import-AuditEvent -Log $log.Log -Map $map).Events | Should -Be 4
        (Import-AuditEvent -LiteralPath "$folder/[1].csv" -Log $log.Log -Map $map).AlreadyThere | Should -Be 2
        $null = New-Item -ItemType Directory "$folder/below"
        Move-Item -LiteralPath "$folder/[1].csv" "$folder/below"
        Remove-Item "$folder/map.json"
        (Import-AuditEvent $folder $log.Log -Map $map).Events | Should -Be 2
        (Import-AuditEvent $folder $log.Log -Map $map -Recurse).Events | Should -Be 4
    }

    It 'reports what it can not read and goes on' {
        Add-Content "$folder/access.csv" "soon,mia,x`n2026-03-13T03:14:00Z,mia,last"
        $result = Import-AuditEvent "$folder/none*", "$folder/access.csv", "$folder/none" $log.Log -Map $map -ErrorVariable failures -ErrorAction SilentlyContinue
        $result.Added, $result.Unparsable | Should -Be 3, 1
        $failures | ForEach-Object { Get-ErrorId $_ } | Should -Be 'LocationInvalid', 'FormatInvalid', 'LocationInvalid'
        $failures[1].Exception.Message | Should -BeLike "Line 4 of '*access.csv'*"
    }

    It 'can be ended by an error and run again' {
        Add-Content "$folder/access.csv" "soon,mia,x`n2026-03-13T03:14:00Z,mia,last"
        { Import-AuditEvent "$folder/access.csv" $log.Log -Map $map -ErrorAction Stop } | Should -Throw '*Line 4*'
        $null = Import-AuditEvent "$folder/access.csv" $log.Log -Map $map -ErrorAction SilentlyContinue
        (Get-AuditLog $log.Log).Records | Should -Be 4
    }

    It 'writes nothing with -WhatIf' {
        $trial = Import-AuditEvent "$folder/access.csv" $log.Log -Map $map -WhatIf
        $trial.Added, $trial.IsTrial, $trial.Size | Should -Be 2, $true, $null
        (Get-AuditLog $log.Log).Records | Should -Be 1
    }

    It 'refuses a map that can not be one' {
        { Import-AuditEvent "$folder/access.csv" $log.Log -Map @{ Time = 'when' } } | Should -Throw -ErrorId 'FormatInvalid,*'
        { Import-AuditEvent "$folder/access.csv" $log.Log -Map 7 } | Should -Throw -ErrorId 'FormatInvalid,*'
        { Import-AuditEvent "$folder/access.csv" $log.Log -Map "$folder/none.json" } | Should -Throw -ErrorId 'LocationInvalid,*'
    }

    Context 'from a bucket of <Server>' -ForEach $servers {
        It 'reads the current objects under a prefix, or one' {
            $bucket = "pester-$([guid]::NewGuid().ToString('n').Substring(0, 12))"
            (Invoke-TestS3 PUT "/$bucket" -Connection $Connection).StatusCode | Should -Be 200
            $versions = '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>'
            (Invoke-TestS3 PUT "/$bucket" @{ versioning = '' } -Body $versions -Connection $Connection).StatusCode | Should -Be 200
            $null = Invoke-TestS3 PUT "/$bucket/trail/a.json" -Body $trail -Connection $Connection
            $null = Invoke-TestS3 PUT "/$bucket/trail/a.json" -Body ($trail -replace 'e-', 'f-') -Connection $Connection
            $null = Invoke-TestS3 PUT "/$bucket/trailer.json" -Body ($trail -replace 'e-', 'g-') -Connection $Connection
            $null = Invoke-TestS3 PUT "/$bucket/trail/gone.json" -Body ($trail -replace 'e-', 'h-') -Connection $Connection
            $null = Invoke-TestS3 DELETE "/$bucket/trail/gone.json" -Connection $Connection
            $here = Import-AuditEvent "s3://$bucket/trail/" $log.Log @Connection
            $here.Files, $here.Added | Should -Be 1, 2
            (Import-AuditEvent "s3://$bucket/trail/a.json" $log.Log @Connection).AlreadyThere | Should -Be 2
            (Import-AuditEvent "s3://$bucket/trailer.json" $log.Log @Connection).Added | Should -Be 2
            Import-AuditEvent "s3://$bucket/none/" $log.Log @Connection -ErrorVariable failures -ErrorAction SilentlyContinue
            Get-ErrorId $failures[0] | Should -Be 'LocationInvalid'
        }
    }
}
