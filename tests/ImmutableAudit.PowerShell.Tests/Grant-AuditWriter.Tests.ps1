BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
}

Describe 'Grant- and Revoke-AuditWriter' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'everybody'; With = @{ TrustedPrincipal = '*' }; Id = 'PolicyInvalid' }
        @{ Name = 'a range that is none'; With = @{ SourceIp = 'office' }; Id = 'FormatInvalid' }
        @{ Name = 'an external id with a blank'; With = @{ ExternalId = 'two words' }; Id = 'FormatInvalid' }
        @{ Name = 'a session of 900 seconds'; With = @{ MaxSessionDuration = 900 }; Id = 'RangeInvalid' }
        @{ Name = 'a session of a second'; With = @{ MaxSessionDuration = [timespan]'00:00:01' }; Id = 'RangeInvalid' }
        @{ Name = 'a directory'; With = @{ Log = '/var/audit' }; Id = 'LocationInvalid' }
    ) {
        $nobody = @{ EndpointUrl = 'http://127.0.0.1:9'; Region = 'us-east-1'; AccessKey = 'AKIAEXAMPLE'; SecretKey = 'not-the-real-thing' }
        $arguments = Edit-Connection (@{ Log = 's3://some-bucket/prod'; RoleName = 'writers'; TrustedPrincipal = '123456789012' } + $nobody) $With
        Get-ErrorId ({ Grant-AuditWriter @arguments } | Should -Throw -PassThru) | Should -Be $Id
    }

    It 'has no -Verifier' {
        (Get-Command Grant-AuditWriter).Parameters.Keys | Should -Not -Contain 'Verifier'
    }

    It 'runs against real servers' {
        if ($env:IMMUTABLEAUDIT_TEST_RGW_ENDPOINT -or $env:IMMUTABLEAUDIT_TEST_MOTO_ENDPOINT) { return }
        Set-ItResult -Skipped -Because 'no server is up; tests/servers/with-servers.sh starts them'
    }

    Context 'on <Server>' -ForEach $servers {
        BeforeAll {
            $log = New-TestBucketLog $Connection
            $me = Get-TestPrincipal $Server
        }

        It 'only says with -WhatIf what would be done' {
            $name = New-RoleName writer
            $role = Grant-AuditWriter $log $name -TrustedPrincipal $me -WhatIf @Connection -WarningAction Ignore
            $role.IsReady | Should -BeFalse
            $role.Steps.Outcome | Should -Contain 'WouldDo'
            $role.Steps.Outcome | Should -Not -Contain 'Done'
            Get-AuditReadOnly -RoleName $name -Writer @Connection | Should -BeNullOrEmpty
            $words = Invoke-Child "Grant-AuditWriter $log $name -TrustedPrincipal $me -WhatIf -EndpointUrl $($Connection.EndpointUrl) -Region us-east-1 -AccessKey $($Connection.AccessKey) -SecretKey $($Connection.SecretKey)" | Out-String
            $words | Should -Match "What if: .*Let $me append to the log"
        }

        It 'makes a role that puts segments, and neither deletes, unlocks nor configures' {
            $name = New-RoleName writer
            $role = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningVariable warnings -WarningAction SilentlyContinue
            $role.IsReady | Should -BeTrue
            $role.Kind | Should -Be 'Writer'
            $role.Log | Should -Be $log
            $role.Arn | Should -BeLike "*:role/immutableaudit/writer/$name"
            $statements = ($role.Policies[0].Document | ConvertFrom-Json).Statement
            $writing = @($statements | Where-Object { "$($_.Action)" -match 'Put|Delete|Bypass|Create|Restore|Replicate|\*' })
            $writing | Should -HaveCount 1
            $writing[0].Action | Should -Be 's3:PutObject'
            $writing[0].Resource | Should -Be ('segments', 'bundles', 'tile', 'index', 'timestamps' | ForEach-Object { "arn:aws:s3:::$($log.Substring(5))/$_/*" })
            $statements.Effect | Sort-Object -Unique | Should -Be 'Allow'
            # Neither is AWS, so the limits on how an object is put aren't relied on.
            "$warnings" | Should -Match 'may not keep.*plain puts'
        }

        It 'changes nothing the second time, and brings back what somebody changed' {
            $name = New-RoleName writer
            $first = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningAction Ignore
            $again = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningAction Ignore
            ($again.Steps | Where-Object Essential).Outcome | Sort-Object -Unique | Should -Be 'AlreadySo'
            $other = $Server -eq 'RGW' ? 'arn:aws:iam:::user/user' : '210987654321'
            $null = Grant-AuditWriter $log $name -TrustedPrincipal $other @Connection -WarningAction Ignore
            $back = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningAction Ignore
            Get-Steps $back | Should -Contain 'Trust=Done'
            $back.TrustPolicy | Should -Be $first.TrustPolicy
        }

        It 'moves to another log' {
            $name = New-RoleName writer
            $null = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningAction Ignore
            $role = Grant-AuditWriter "$log/other" $name -TrustedPrincipal $me @Connection -WarningAction Ignore
            Get-Steps $role | Should -Contain 'Permissions=Done'
            (Get-AuditReadOnly "$log/other" $name -Writer @Connection).RoleName | Should -Be $name
            Get-AuditReadOnly $log $name -Writer @Connection | Should -BeNullOrEmpty
        }

        It 'is listed with -Writer only' {
            $name = New-RoleName writer
            $null = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningAction Ignore
            $role = Get-AuditReadOnly $log $name -Writer @Connection
            $role.RoleName | Should -Be $name
            $role.Kind | Should -Be 'Writer'
            $role.Verifier | Should -BeFalse
            $role.Remark | Should -BeNullOrEmpty
            (Get-AuditReadOnly $log @Connection).RoleName | Should -Not -Contain $name
        }

        It 'leaves a reader''s role alone without -Force' {
            $name = New-RoleName
            $before = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            Get-ErrorId ({ Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection } | Should -Throw -PassThru) | Should -Be 'RoleNotOurs'
            $failures = $null
            Revoke-AuditWriter $name -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue @Connection | Should -BeNullOrEmpty
            Get-ErrorId $failures[0] | Should -Be 'RoleNotOurs'
            (Get-AuditReadOnly -RoleName $name @Connection).Policies[0].Document | Should -Be $before.Policies[0].Document
        }

        It 'takes roles away, past a missing one' {
            $names = 1..3 | ForEach-Object { New-RoleName writer }
            foreach ($name in $names[0, 2]) { $null = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningAction Ignore }
            $null = $names | Revoke-AuditWriter -WhatIf @Connection -ErrorAction SilentlyContinue
            (Get-AuditReadOnly -RoleName $names -Writer @Connection) | Should -HaveCount 2
            $gone = $names | Revoke-AuditWriter -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue @Connection
            $gone.RoleName | Should -Be $names[0, 2]
            $gone.Kind | Sort-Object -Unique | Should -Be 'Writer'
            $gone.IsReady | Should -Be $true, $true
            $failures | ForEach-Object { Get-ErrorId $_ } | Should -Be 'RoleNotFound'
            Get-AuditReadOnly -RoleName $names -Writer @Connection | Should -BeNullOrEmpty
        }
    }
}
