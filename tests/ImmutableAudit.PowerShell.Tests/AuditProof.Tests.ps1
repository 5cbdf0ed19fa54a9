Describe 'Get-AuditProof and Test-AuditProof' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $log = New-TestLog
        1..20 | ForEach-Object { [pscustomobject]@{ Action = "a$_" } } | Write-AuditEvent -Log $log.Log
        $old = (Get-AuditLog $log.Log).Checkpoint
        21..30 | ForEach-Object { [pscustomobject]@{ Action = "a$_" } } | Write-AuditEvent -Log $log.Log
        $trusted = $log.Keys[0]
    }

    It 'proves a record without the log' {
        $proof = Get-AuditProof $log.Log 7
        $proof.Sequence | Should -Be 7
        ($proof.Record | ConvertFrom-Json).action | Should -Be 'a7'
        $result = $proof | Test-AuditProof -TrustedKey $trusted
        $result.IsValid | Should -BeTrue
        $result.Claim | Should -Match 'Record 7 is among the first 31 of'
        $result.KeyId | Should -Be $log.KeyIds[0]
        Test-AuditProof $proof.Proof $proof.Record.Replace('a7', 'a8') -TrustedKey $trusted -Quiet | Should -BeFalse
    }

    It 'takes files, and several records from a pipeline' {
        $proofs = Get-AuditEvent $log.Log -Newest 3 | ForEach-Object Sequence | ForEach-Object { Get-AuditProof $log.Log $_ }
        $proofs | Should -HaveCount 3
        Set-Content TestDrive:/r.tlog-proof $proofs[0].Proof -NoNewline
        Set-Content TestDrive:/r.json $proofs[0].Record
        Set-Content TestDrive:/trusted.txt "# whom we trust`n$trusted"
        Test-AuditProof TestDrive:/r.tlog-proof TestDrive:/r.json -TrustedKey TestDrive:/trusted.txt -Quiet | Should -BeTrue
        $proofs | Test-AuditProof -TrustedKey $trusted -Quiet | Should -Be $true, $true, $true
    }

    It 'proves under a checkpoint that was kept' {
        (Get-AuditProof $log.Log 7 -Checkpoint $old | Test-AuditProof -TrustedKey $trusted).Records | Should -Be 21
        Get-AuditProof $log.Log 25, 7 -Checkpoint $old -ErrorVariable failures -ErrorAction SilentlyContinue | Should -HaveCount 1
        Get-ErrorId $failures[0] | Should -Be 'RangeInvalid'
    }

    It 'proves that the log continues an earlier state' {
        $proof = Get-AuditProof $log.Log -From $old
        $proof.From | Should -Be 21
        $result = Test-AuditProof $proof.Proof -From $old -TrustedKey $trusted
        $result.IsValid | Should -BeTrue
        $result.Claim | Should -Match '31 records continues its first 21'
    }

    It 'trusts only the keys that are given' {
        $proof = Get-AuditProof $log.Log 7
        $result = $proof | Test-AuditProof -TrustedKey (New-TestLog).Keys[0]
        $result.IsValid | Should -BeFalse
        $result.Reason | Should -Match 'No trusted key'
    }

    It 'takes a trust policy, and refuses one that it can''t fulfil' {
        $witness = 'w1 example.com/w1+280c87e0+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
        $proof = Get-AuditProof $log.Log 7
        Set-Content TestDrive:/policy.txt '# whom we trust', "log $trusted https://example.com/", "witness $witness", 'quorum none'
        $proof | Test-AuditProof -TrustedKey TestDrive:/policy.txt -Quiet | Should -BeTrue
        (Test-AuditChain $log.Log -TrustedKey TestDrive:/policy.txt -NoMemory).Result | Should -Be 'Passed'
        Set-Content TestDrive:/policy.txt "log $((New-TestLog).Keys[0])", 'quorum none'
        $proof | Test-AuditProof -TrustedKey TestDrive:/policy.txt -Quiet | Should -BeFalse
        (Test-AuditChain $log.Log -TrustedKey TestDrive:/policy.txt -NoMemory).Findings.Kind | Should -Contain 'NotTrusted'
        Set-Content TestDrive:/policy.txt "log $trusted", "witness $witness", 'quorum w1'
        Get-ErrorId ({ $proof | Test-AuditProof -TrustedKey TestDrive:/policy.txt } | Should -Throw -PassThru) | Should -Be 'QuorumUnsupported'
        Get-ErrorId ({ Test-AuditChain $log.Log -TrustedKey TestDrive:/policy.txt } | Should -Throw -PassThru) | Should -Be 'QuorumUnsupported'
        Set-Content TestDrive:/policy.txt "log $trusted"
        { Test-AuditChain $log.Log -TrustedKey TestDrive:/policy.txt } | Should -Throw -ExpectedMessage '*no quorum line*'
        Set-Content TestDrive:/policy.txt '# nobody'
        Get-ErrorId ({ Test-AuditChain $log.Log -TrustedKey TestDrive:/policy.txt } | Should -Throw -PassThru) | Should -Be 'FormatInvalid'
    }

    It 'says what is missing' {
        $proof = Get-AuditProof $log.Log 7
        Get-ErrorId ({ Test-AuditProof $proof.Proof -TrustedKey $trusted } | Should -Throw -PassThru) | Should -Be 'FormatInvalid'
        (Test-AuditProof "nonsense`n" '{}' -TrustedKey $trusted).Reason | Should -Match 'tlog-proof'
        Get-ErrorId ({ Get-AuditProof $log.Log 999 -ErrorAction Stop } | Should -Throw -PassThru) | Should -Be 'RangeInvalid'
    }
}
