Describe 'New-AuditKey' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    It 'makes a key that only its owner can read, and says that it is not encrypted' {
        $key = New-AuditKey TestDrive:/plain.key -WarningVariable warnings -WarningAction SilentlyContinue
        $key.Encrypted | Should -BeFalse
        $key.KeyId | Should -Match '^[0-9a-f]{8}$'
        $warnings | Should -Match "isn't encrypted"
        [Convert]::FromBase64String($key.PublicKey).Length | Should -Be 91
        if (-not $IsWindows) { (Get-Item $key.Path).UnixMode | Should -Be '-rw-------' }
    }

    It 'encrypts with a passphrase, without a warning' {
        $key = New-AuditKey TestDrive:/encrypted.key -Passphrase (ConvertTo-Secret 'correct horse') -WarningVariable warnings
        $key.Encrypted | Should -BeTrue
        $warnings | Should -BeNullOrEmpty
        Get-Content $key.Path -Raw | Should -Match 'BEGIN ENCRYPTED PRIVATE KEY'
    }

    It 'never replaces a file' {
        Set-Content TestDrive:/there.key 'mine'
        $error1 = { New-AuditKey TestDrive:/there.key } | Should -Throw -PassThru
        Get-ErrorId $error1 | Should -Be 'KeyAlreadyExists'
        $error1.CategoryInfo.Category | Should -Be 'ResourceExists'
        Get-Content TestDrive:/there.key | Should -Be 'mine'
    }

    It 'says that the folder is missing' {
        Get-ErrorId ({ New-AuditKey TestDrive:/none/here.key } | Should -Throw -PassThru) | Should -Be 'LocationInvalid'
    }

    It 'changes nothing with -WhatIf' {
        New-AuditKey TestDrive:/whatif.key -WhatIf | Should -BeNullOrEmpty
        Test-Path TestDrive:/whatif.key | Should -BeFalse
    }

    It 'refuses a place that is not in the file system' {
        Get-ErrorId ({ New-AuditKey Env:/x.key } | Should -Throw -PassThru) | Should -Be 'LocationInvalid'
    }

    It 'gives every key another id' {
        1..5 | ForEach-Object { (New-AuditKey "TestDrive:/many$_.key" -WarningAction Ignore).KeyId } | Sort-Object -Unique | Should -HaveCount 5
    }
}
