Describe 'Add-AuditKey and Disable-AuditKey' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $other = (New-AuditKey TestDrive:/other.key -WarningAction Ignore).Path
    }

    BeforeEach { $log = New-TestLog }

    It 'lets another key seal, and takes the first out of force' {
        $receipts = Add-AuditKey $log.Log $other -Role Seal, Admin
        $receipts.Sequence | Should -Be 1, 2
        Write-AuditEvent -Log $log.Log -Key $other -Action a
        (Disable-AuditKey $log.Log $log.Key -Key $other -Confirm:$false).Sequence | Should -Be 4
        Get-ErrorId ({ Write-AuditEvent -Log $log.Log -Key $log.Key -Action b } | Should -Throw -PassThru) | Should -Be 'KeyNotInForce'
        Write-AuditEvent -Log $log.Log -Key $other -Action c
        Test-AuditChain $log.Log -Quiet | Should -BeTrue
        (Get-AuditLog $log.Log).KeysInForce | Should -HaveCount 1
        Get-AuditProof $log.Log 5 | Test-AuditProof -TrustedKey (Get-AuditLog $log.Log).KeysInForce -Quiet | Should -BeTrue
        Get-AuditProof $log.Log 5 | Test-AuditProof -TrustedKey $log.Keys -Quiet | Should -BeFalse
    }

    It 'tells what a compromised key sealed' {
        $null = Add-AuditKey $log.Log $other -Role Seal, Admin
        $null = Disable-AuditKey $log.Log $log.Key -Compromised -Since (Get-Date).AddHours(-1) -Key $other -Confirm:$false
        $report = Test-AuditChain $log.Log
        $report.Result | Should -Be 'Unknown'
        $report.Findings.Kind | Should -Be 'Suspect'
        Test-AuditChain $log.Log -Quiet | Should -BeFalse
    }

    It 'signs by a key that lies elsewhere' {
        $admin = (New-AuditKey "TestDrive:/admin-$(New-Guid).key" -Passphrase (ConvertTo-Secret 'far away')).Path
        $public = (New-AuditKey "TestDrive:/new-$(New-Guid).key" -WarningAction Ignore).Path
        Get-ErrorId ({ New-AuditLog TestDrive:/closed -Key $log.Key -AdminKey $admin } | Should -Throw -PassThru) | Should -Be 'KeyPassphraseWrong'
        $pem = "TestDrive:/admin-$(New-Guid).pem"
        Set-Content $pem (openssl pkey -in $admin -passin 'pass:far away' -pubout)
        $guarded = New-AuditLog "TestDrive:/guarded-$(New-Guid)" -Key $log.Key -AdminKey $pem
        Get-ErrorId ({ Add-AuditKey $guarded.Log $public } | Should -Throw -PassThru) | Should -Be 'KeyNotInForce'
        (Add-AuditKey $guarded.Log $public -AdminKey $admin -AdminPassphrase (ConvertTo-Secret 'far away')).Sequence | Should -Be 1
        Test-AuditChain $guarded.Log -Quiet | Should -BeTrue
    }

    It 'says which record told of the compromise, and asks for a public key where a private one is encrypted' {
        $null = Add-AuditKey $log.Log $other -Role Seal, Admin
        $null = Disable-AuditKey $log.Log $log.Key -Key $other -Confirm:$false
        $null = Disable-AuditKey $log.Log $log.Key -Compromised -Since (Get-Date).AddHours(-1) -Key $other -Confirm:$false
        (Test-AuditChain $log.Log).Findings[0].Message | Should -Match 'record 4 reports'
        $encrypted = (New-AuditKey "TestDrive:/encrypted-$(New-Guid).key" -Passphrase (ConvertTo-Secret 'x y z')).Path
        Get-ErrorId ({ Add-AuditKey $log.Log $encrypted -Key $other } | Should -Throw -PassThru) | Should -Be 'KeyInvalid'
    }

    It 'takes a verifier key' {
        $vkey = (New-TestLog).Keys[0]
        Get-ErrorId ({ Disable-AuditKey $log.Log $vkey -Confirm:$false } | Should -Throw -PassThru) | Should -Be 'KeyNotFound'
    }

    It 'refuses what would leave the log without a key' {
        Get-ErrorId ({ Disable-AuditKey $log.Log $log.Key -Confirm:$false } | Should -Throw -PassThru) | Should -Be 'KeyNotInForce'
        (Get-AuditLog $log.Log).Records | Should -Be 1
    }

    It 'changes nothing with -WhatIf' {
        Add-AuditKey $log.Log $other -WhatIf
        Disable-AuditKey $log.Log $log.Key -WhatIf
        (Get-AuditLog $log.Log).Records | Should -Be 1
    }
}

Describe 'Get-AuditTrust and Clear-AuditTrust' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $one = New-TestLog trust-one
        $two = New-TestLog trust-two
        Write-AuditEvent -Log $one.Log -Action a
    }

    It 'shows what is remembered' {
        $known = Get-AuditTrust $one.Log
        $known.Origin | Should -Be $one.Origin
        $known.GenesisHash | Should -Be $one.GenesisHash
        $known.Records | Should -Be 2
        $known.Key | Should -Be $one.Key
        (Get-AuditTrust).Log | Should -Contain $two.Log
        (Get-AuditTrust '*trust-t*').Log | Should -Be $two.Log
        ($one | Get-AuditTrust).Log | Should -Be $one.Log
    }

    It 'says so where nothing is remembered' {
        Get-ErrorId ({ Get-AuditTrust TestDrive:/never } | Should -Throw -PassThru) | Should -Be 'AuditLogNotFound'
        Get-AuditTrust 'no*where' | Should -BeNullOrEmpty
    }

    It 'forgets, and then a rollback is trusted at first sight' {
        Remove-Item "$($one.Log)/segments/999999999999999998-1.jsonl.gz"
        (Test-AuditChain $one.Log).Findings.Kind | Should -Contain 'Truncated'
        Clear-AuditTrust $one.Log -WhatIf
        (Get-AuditTrust $one.Log).Records | Should -Be 2
        Clear-AuditTrust $one.Log -Confirm:$false
        Get-AuditTrust | Where-Object Log -EQ $one.Log | Should -BeNullOrEmpty
        $report = Test-AuditChain $one.Log
        $report.Result | Should -Be 'Passed'
        $report.Trust | Should -Be 'FirstSight'
        (Get-AuditTrust $two.Log).Origin | Should -Be $two.Origin
    }

    It 'lets a test go on where the last that passed ended' {
        $log = New-TestLog incremental
        1..5 | ForEach-Object { Write-AuditEvent -Log $log.Log -Action "a$_" }
        # Seen by the writer isn't verified.
        (Get-AuditTrust $log.Log).Verified | Should -BeNullOrEmpty
        (Test-AuditChain $log.Log -Incremental).From | Should -Be 0
        (Get-AuditTrust $log.Log).Verified | Should -Be 6
        Write-AuditEvent -Log $log.Log -Action b
        $report = Test-AuditChain $log.Log -Incremental
        $report.From | Should -Be 6
        $report.Records | Should -Be 1
        $report.Result | Should -Be 'Passed'
        (Test-AuditChain $log.Log).Records | Should -Be 7
    }
}
