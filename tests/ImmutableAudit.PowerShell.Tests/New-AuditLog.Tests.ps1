Describe 'New-AuditLog' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $key = (New-AuditKey TestDrive:/shared.key -WarningAction Ignore).Path
    }

    It 'makes a log that is found, empty but for its first record, and whole' {
        $log = New-AuditLog TestDrive:/one -Key $key
        $log.Records | Should -Be 1
        $log.Kind | Should -Be 'Directory'
        $log.Origin | Should -Match '^one/[0-9a-f]{32}$'
        $log.GenesisHash | Should -Match '^[0-9a-f]{64}$'
        $log.Log | Should -Be (Join-Path (Resolve-Path TestDrive:/).ProviderPath 'one')
        Test-AuditChain TestDrive:/one -Quiet | Should -BeTrue
    }

    It 'takes relative directories from the PowerShell location' {
        Push-Location TestDrive:/
        try { (New-AuditLog ./relative -Key $key).Log | Should -Be (Join-Path (Resolve-Path TestDrive:/).ProviderPath 'relative') }
        finally { Pop-Location }
    }

    It 'says what is promised' {
        $log = New-AuditLog TestDrive:/promises -Key $key -Name acme/prod -ToleranceSeconds 60 -HeartbeatSeconds 3600
        $log.Origin | Should -BeLike 'acme/prod/*'
        $log.ToleranceSeconds | Should -Be 60
        $log.HeartbeatSeconds | Should -Be 3600
    }

    It 'names an admin key beside the sealing key' {
        $admin = New-AuditKey TestDrive:/admin.key -WarningAction Ignore
        $log = New-AuditLog TestDrive:/two-keys -Key $key -AdminKey $admin.Path
        $log.KeyIds | Should -HaveCount 2
        $log.KeyIds | Should -Contain $admin.KeyId
    }

    It 'takes the admin key as a public key, since the private one belongs offline' {
        $admin = New-AuditKey TestDrive:/offline.key -WarningAction Ignore
        Set-Content TestDrive:/offline.pub "-----BEGIN PUBLIC KEY-----`n$($admin.PublicKey)`n-----END PUBLIC KEY-----"
        (New-AuditLog TestDrive:/offline -Key $key -AdminKey TestDrive:/offline.pub).KeyIds | Should -Contain $admin.KeyId
    }

    It 'makes a key where none is given, and warns to keep it' {
        $log = New-AuditLog TestDrive:/own-key -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -Match 'Keep a copy'
        $file = Join-Path $env:IMMUTABLEAUDIT_HOME keys/own-key.key
        Test-Path $file | Should -BeTrue
        if (-not $IsWindows) { (Get-Item $file).UnixMode | Should -Be '-rw-------' }
        (Write-AuditEvent -Log $log.Log -Action test:Remembered -PassThru).Sequence | Should -Be 1
    }

    It 'leaves a log alone that is there' {
        $before = New-AuditLog TestDrive:/there -Key $key
        $failure = { New-AuditLog TestDrive:/there -Key $key } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be 'AuditLogAlreadyExists'
        { New-AuditLog TestDrive:/there } | Should -Throw
        Test-Path (Join-Path $env:IMMUTABLEAUDIT_HOME keys/there.key) | Should -BeFalse
        (Get-AuditLog TestDrive:/there).Origin | Should -Be $before.Origin
    }

    It 'changes nothing with -WhatIf' {
        New-AuditLog TestDrive:/whatif -Key $key -WhatIf | Should -BeNullOrEmpty
        New-AuditLog TestDrive:/whatif -WhatIf | Should -BeNullOrEmpty
        Test-Path TestDrive:/whatif | Should -BeFalse
        Test-Path (Join-Path $env:IMMUTABLEAUDIT_HOME keys/whatif.key) | Should -BeFalse
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a lock in a directory'; Id = 'RetentionInvalid'; Arguments = @{ RetentionDays = 7 } }
        @{ Name = 'a name that notes cannot hold'; Id = 'FormatInvalid'; Arguments = @{ Name = 'no blanks' } }
        @{ Name = 'a key that is not there'; Id = 'KeyNotFound'; Arguments = @{ Key = 'TestDrive:/none.key' } }
    ) {
        $arguments = @{ Key = $key } + @{}
        foreach ($name in $_.Arguments.Keys) { $arguments[$name] = $_.Arguments[$name] }
        $failure = { New-AuditLog TestDrive:/refused @arguments } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be $Id
        Test-Path TestDrive:/refused | Should -BeFalse
    }

    It 'says which place is missing where none is given' {
        Get-ErrorId ({ New-AuditLog -Key $key } | Should -Throw -PassThru) | Should -Be 'LogNotGiven'
    }

    It 'refuses a wrong and a missing passphrase alike, and shows neither' {
        $null = New-AuditKey TestDrive:/secret.key -Passphrase (ConvertTo-Secret 'pass-one')
        foreach ($arguments in @{}, @{ Passphrase = ConvertTo-Secret 'pass-two' }) {
            $failure = { New-AuditLog TestDrive:/locked -Key TestDrive:/secret.key @arguments } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'KeyPassphraseWrong'
            "$failure $($failure.ErrorDetails)" | Should -Not -Match 'pass-(one|two)'
        }
        (New-AuditLog TestDrive:/locked -Key TestDrive:/secret.key -Passphrase (ConvertTo-Secret 'pass-one')).Records | Should -Be 1
    }
}
