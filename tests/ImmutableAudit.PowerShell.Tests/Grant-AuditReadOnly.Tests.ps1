BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
}

Describe 'Grant-, Get- and Revoke-AuditReadOnly' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    Context 'what is asked' {
        BeforeAll {
            # Nobody answers there, so what is refused is refused before anything is sent.
            $nobody = @{ EndpointUrl = 'http://127.0.0.1:9'; Region = 'us-east-1'; AccessKey = 'AKIAEXAMPLE'; SecretKey = 'not-the-real-thing' }
            $asked = @{ Log = 's3://some-bucket/prod'; RoleName = 'auditors'; TrustedPrincipal = '123456789012' }
        }

        It 'refuses <Name>' -ForEach @(
            @{ Name = 'everybody'; With = @{ TrustedPrincipal = '*' }; Id = 'PolicyInvalid'; Words = 'let in everybody' }
            @{ Name = 'all roles of an account'; With = @{ TrustedPrincipal = 'arn:aws:iam::123456789012:role/*' }; Id = 'PolicyInvalid'; Words = 'let in everybody' }
            @{ Name = 'a service'; With = @{ TrustedPrincipal = 'ec2.amazonaws.com' }; Id = 'PolicyInvalid'; Words = 'is a service' }
            @{ Name = 'one of two who isn''t anybody'; With = @{ TrustedPrincipal = '123456789012', 'bob' }; Id = 'FormatInvalid'; Words = "'bob' is neither" }
            @{ Name = 'a range that is too long'; With = @{ SourceIp = '10.0.0.0/33' }; Id = 'FormatInvalid'; Words = '10\.0\.0\.0/33' }
            @{ Name = 'a range with bits behind its length'; With = @{ SourceIp = '10.0.0.1/24' }; Id = 'FormatInvalid'; Words = 'no bits set behind the length' }
            @{ Name = 'every address'; With = @{ SourceIp = '192.0.2.0/24', '0.0.0.0/0' }; Id = 'PolicyInvalid'; Words = 'every address' }
            @{ Name = 'an external id of one character'; With = @{ ExternalId = 'x' }; Id = 'RangeInvalid'; Words = '2 to 1,224' }
            @{ Name = 'a session of ten minutes'; With = @{ MaxSessionDuration = [timespan]'00:10' }; Id = 'RangeInvalid'; Words = '3,600 to 43,200 seconds, and not 600' }
            @{ Name = 'a session of thirteen hours'; With = @{ MaxSessionDuration = [timespan]'13:00' }; Id = 'RangeInvalid'; Words = '3,600 to 43,200 seconds, and not 46,800' }
            @{ Name = 'a name with a blank'; With = @{ RoleName = 'the auditors' }; Id = 'FormatInvalid'; Words = "can't be a role's name" }
            @{ Name = 'a key''s alias'; With = @{ KmsKeyArn = 'alias/audit' }; Id = 'FormatInvalid'; Words = 'ARN of a KMS key' }
            @{ Name = 'a directory'; With = @{ Log = '/var/audit' }; Id = 'LocationInvalid'; Words = 'is a directory' }
        ) {
            foreach ($more in @{}, @{ WhatIf = $true }) {
                $arguments = Edit-Connection ($asked + $nobody) ($With + $more)
                $failure = { Grant-AuditReadOnly @arguments } | Should -Throw -PassThru
                Get-ErrorId $failure | Should -Be $Id
                $failure.CategoryInfo.Category | Should -Be 'InvalidArgument'
                $failure.Exception.Message | Should -Match $Words
            }
        }

        It 'does not repeat an external id that it refuses' {
            $failure = { Grant-AuditReadOnly @asked -ExternalId 'hush hush' @nobody } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'FormatInvalid'
            $failure | Format-List -Force | Out-String | Should -Not -Match 'hush hush'
        }

        It 'says that no log was named' {
            Get-ErrorId ({ Grant-AuditReadOnly -RoleName auditors -TrustedPrincipal 123456789012 @nobody } | Should -Throw -PassThru) | Should -Be 'LogNotGiven'
        }

        It 'says of a directory that it has no roles' {
            $failure = { Get-AuditReadOnly /var/audit @nobody } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'LocationInvalid'
            $failure.Exception.Message | Should -Match 'is a directory'
        }

        It 'says that nobody answers' {
            Get-ErrorId ({ Grant-AuditReadOnly @asked @nobody } | Should -Throw -PassThru) | Should -Be 'StoreUnreachable'
            Get-ErrorId ({ Get-AuditReadOnly @nobody } | Should -Throw -PassThru) | Should -Be 'StoreUnreachable'
            Get-ErrorId ({ Revoke-AuditReadOnly auditors @nobody -Confirm:$false } | Should -Throw -PassThru) | Should -Be 'StoreUnreachable'
        }
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
            $name = New-RoleName
            $role = Grant-AuditReadOnly $log $name -TrustedPrincipal $me -WhatIf @Connection
            $role.IsReady | Should -BeFalse
            $role.Arn | Should -BeNullOrEmpty
            Get-Steps $role | Should -Be 'Role=WouldDo', 'Permissions=WouldDo'
            Get-AuditReadOnly $log $name @Connection | Should -BeNullOrEmpty
            Get-ErrorId ({ Test-AuditReadOnly $log $name @Connection } | Should -Throw -PassThru) | Should -Be 'RoleNotFound'
            $words = Invoke-Child "Grant-AuditReadOnly $log $name -TrustedPrincipal $me -WhatIf -EndpointUrl $($Connection.EndpointUrl) -Region us-east-1 -AccessKey $($Connection.AccessKey) -SecretKey $($Connection.SecretKey)" | Out-String
            $words | Should -Match "What if: .*Let $me read the log and nothing else.*Role '$name' for '$log'"
        }

        It 'makes a role and reads it back' {
            $name = New-RoleName
            $role = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            $role.IsReady | Should -BeTrue
            $role.Kind | Should -Be 'Reader'
            $role.Verifier | Should -BeFalse
            $role.Log | Should -Be $log
            $role.Arn | Should -BeLike "arn:aws:iam::*:role/immutableaudit/reader/$name"
            Get-Steps $role | Should -Be 'Role=Done', 'Trust=Done', 'Permissions=Done'
            $actions = ($role.Policies[0].Document | ConvertFrom-Json).Statement.Action
            $actions | Should -Be 's3:GetObject', 's3:ListBucket'
            $trust = ($role.TrustPolicy | ConvertFrom-Json).Statement
            $trust.Effect | Should -Be 'Allow'
            $trust.Principal.AWS | Should -Be ($me -match '^\d+$' ? "arn:aws:iam::${me}:root" : $me)
        }

        It 'changes nothing the second time' {
            $name = New-RoleName
            $first = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            $second = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            $second.IsReady | Should -BeTrue
            Get-Steps $second | Should -Be 'Role=AlreadySo', 'Permissions=AlreadySo', 'Trust=AlreadySo'
            $second.TrustPolicy | Should -Be $first.TrustPolicy
        }

        It 'brings a role back that somebody changed' {
            $name = New-RoleName
            $first = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            # Somebody else lets others in, and to see more.
            $other = $Server -eq 'RGW' ? 'arn:aws:iam:::user/user' : '210987654321'
            $changed = Grant-AuditReadOnly $log $name -Verifier -TrustedPrincipal $me, $other @Connection -WarningAction Ignore
            $changed.TrustPolicy | Should -Match $other
            $would = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection -WhatIf
            Get-Steps $would | Should -Be 'Role=AlreadySo', 'Permissions=WouldDo', 'Trust=WouldDo'
            (Get-AuditReadOnly $log $name @Connection).TrustPolicy | Should -Be $changed.TrustPolicy
            $back = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            Get-Steps $back | Should -Be 'Role=AlreadySo', 'Permissions=Done', 'Trust=Done'
            $back.TrustPolicy | Should -Be $first.TrustPolicy
            $back.Policies[0].Document | Should -Be $first.Policies[0].Document
        }

        It 'gives a verifier what a verification looks at, and nothing that writes' {
            $role = Grant-AuditReadOnly $log (New-RoleName) -Verifier -TrustedPrincipal $me @Connection -WarningVariable warnings -WarningAction SilentlyContinue
            $role.IsReady | Should -BeTrue
            $role.Verifier | Should -BeTrue
            $actions = ($role.Policies[0].Document | ConvertFrom-Json).Statement.Action
            foreach ($action in 's3:GetObjectVersion', 's3:GetObjectRetention', 's3:ListBucketVersions', 's3:GetBucketObjectLockConfiguration') { $actions | Should -Contain $action }
            $actions | Should -Match '^s3:(Get|List)'
            if ($Server -eq 'RGW') { "$warnings" | Should -Match 'LeftOut.*s3:GetObjectAttributes' }
            else { $warnings | Should -BeNullOrEmpty }
        }

        It 'keeps to addresses, external id, second factor and the longest session' {
            $more = @{ SourceIp = '192.0.2.0/24', '2001:db8::/32'; ExternalId = 'audit-2031'; RequireMfa = $true; MaxSessionDuration = [timespan]'02:00' }
            $role = Grant-AuditReadOnly $log (New-RoleName) -TrustedPrincipal $me @more @Connection -WarningVariable warnings -WarningAction SilentlyContinue
            $role.MaxSessionSeconds | Should -Be 7200
            $conditions = ($role.Policies[0].Document | ConvertFrom-Json).Statement.Condition
            $conditions | ForEach-Object { $_.IpAddress.'aws:SourceIp' | Should -Be '192.0.2.0/24', '2001:db8::/32' }
            $trust = ($role.TrustPolicy | ConvertFrom-Json).Statement.Condition
            $trust.StringEquals.'sts:ExternalId' | Should -Be 'audit-2031'
            $trust.Bool.'aws:MultiFactorAuthPresent' | Should -Be 'true'
            # Neither is AWS, so neither is relied on to keep them.
            "$warnings" | Should -Match 'may not keep.*external id'
        }

        It 'lists roles for a log, and by wildcard' {
            $elsewhere = New-TestBucketLog $Connection
            $names = 1..3 | ForEach-Object { New-RoleName listed }
            $null = Grant-AuditReadOnly $log $names[0] -TrustedPrincipal $me @Connection
            $null = Grant-AuditReadOnly $log $names[1] -Verifier -TrustedPrincipal $me @Connection -WarningAction Ignore
            $null = Grant-AuditReadOnly $elsewhere $names[2] -TrustedPrincipal $me @Connection
            $for = Get-AuditReadOnly $log pester-listed-* @Connection
            $for.RoleName | Should -Be ($names[0, 1] | Sort-Object)
            $for.Log | Sort-Object -Unique | Should -Be $log
            $for.Kind | Sort-Object -Unique | Should -Be 'Reader'
            ($for | Where-Object RoleName -EQ $names[1]).Verifier | Should -BeTrue
            ($for | Where-Object RoleName -EQ $names[0]).Verifier | Should -BeFalse
            (Get-AuditReadOnly -RoleName "$($names[0])*", $names[2] @Connection).RoleName | Should -Be ($names[0, 2] | Sort-Object)
            (Get-AuditReadOnly $elsewhere @Connection).RoleName | Should -Be $names[2]
            Get-AuditReadOnly "$log/deeper" @Connection | Should -BeNullOrEmpty
            Get-AuditReadOnly -RoleName 'nobody-*' @Connection | Should -BeNullOrEmpty
            (Get-AuditReadOnly -Writer @Connection).RoleName | Should -Not -Contain $names[0]
        }

        It 'lists for a log from the pipeline' {
            $name = New-RoleName
            $null = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            (Get-AuditLog $log @Connection | Get-AuditReadOnly @Connection).RoleName | Should -Contain $name
        }

        It 'takes a role away, and says the second time that there is none' {
            $name = New-RoleName
            $null = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            $would = Revoke-AuditReadOnly $name -WhatIf @Connection
            Get-Steps $would | Should -Be 'Permissions=WouldDo', 'Role=WouldDo'
            (Get-AuditReadOnly -RoleName $name @Connection).RoleName | Should -Be $name
            $gone = Revoke-AuditReadOnly $name -Confirm:$false @Connection
            $gone.IsReady | Should -BeTrue
            $gone.Arn | Should -BeNullOrEmpty
            Get-Steps $gone | Should -Be 'Permissions=Done', 'Role=Done'
            Get-AuditReadOnly -RoleName $name @Connection | Should -BeNullOrEmpty
            $failures = $null
            Revoke-AuditReadOnly $name -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue @Connection | Should -BeNullOrEmpty
            Get-ErrorId $failures[0] | Should -Be 'RoleNotFound'
            $failures[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $failures[0].TargetObject | Should -Be $name
            Get-ErrorId ({ Test-AuditReadOnly $log $name @Connection } | Should -Throw -PassThru) | Should -Be 'RoleNotFound'
        }

        It 'goes on past a missing role: names <How>' -ForEach @(
            @{ How = 'as an argument'; Revoke = { param($names, $c) Revoke-AuditReadOnly $names -Confirm:$false -ErrorAction Continue @c } }
            @{ How = 'from the pipeline'; Revoke = { param($names, $c) $names | Revoke-AuditReadOnly -Confirm:$false -ErrorAction Continue @c } }
            @{ How = 'as objects from the pipeline'; Revoke = { param($names, $c) $names | ForEach-Object { [pscustomobject]@{ RoleName = $_ } } | Revoke-AuditReadOnly -Confirm:$false -ErrorAction Continue @c } }
        ) {
            $names = 1..3 | ForEach-Object { New-RoleName }
            foreach ($name in $names[0, 2]) { $null = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection }
            $all = & $Revoke $names $Connection 2>&1
            $failures, $gone = $all.Where({ $_ -is [Management.Automation.ErrorRecord] }, 'Split')
            $gone.RoleName | Should -Be $names[0, 2]
            @($failures) | Should -HaveCount 1
            Get-ErrorId $failures[0] | Should -Be 'RoleNotFound'
            $failures[0].TargetObject | Should -Be $names[1]
            Get-AuditReadOnly -RoleName $names @Connection | Should -BeNullOrEmpty
        }

        It 'takes all of a log''s roles away in a pipeline' {
            $other = New-TestBucketLog $Connection
            foreach ($n in 1..2) { $null = Grant-AuditReadOnly $other (New-RoleName) -TrustedPrincipal $me @Connection }
            $gone = Get-AuditReadOnly $other @Connection | Revoke-AuditReadOnly -Confirm:$false @Connection
            $gone | Should -HaveCount 2
            Get-AuditReadOnly $other @Connection | Should -BeNullOrEmpty
        }

        It 'leaves a role of the other kind alone without -Force' {
            $name = New-RoleName
            $before = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningAction Ignore
            $failure = { Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'RoleNotOurs'
            $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
            Get-ErrorId ({ Grant-AuditReadOnly $log $name -TrustedPrincipal $me -WhatIf @Connection } | Should -Throw -PassThru) | Should -Be 'RoleNotOurs'
            $failures = $null
            Revoke-AuditReadOnly $name -Confirm:$false -ErrorVariable failures -ErrorAction SilentlyContinue @Connection | Should -BeNullOrEmpty
            Get-ErrorId $failures[0] | Should -Be 'RoleNotOurs'
            $after = Get-AuditReadOnly -RoleName $name -Writer @Connection
            $after.Policies[0].Document | Should -Be $before.Policies[0].Document
            $after.TrustPolicy | Should -Be $before.TrustPolicy
        }

        It 'takes it over with -Force, and says so' {
            $name = New-RoleName
            $null = Grant-AuditWriter $log $name -TrustedPrincipal $me @Connection -WarningAction Ignore
            $role = Grant-AuditReadOnly $log $name -TrustedPrincipal $me -Force @Connection
            $role.IsReady | Should -BeTrue
            Get-Steps $role | Should -Be 'Path=Done', 'Role=AlreadySo', 'Permissions=Done', 'Trust=AlreadySo'
            ($role.Policies[0].Document | ConvertFrom-Json).Statement.Action | Should -Be 's3:GetObject', 's3:ListBucket'
            (Revoke-AuditReadOnly $name -Force -Confirm:$false @Connection).IsReady | Should -BeTrue
        }

        It 'shows no secret in output, verbose text or errors' {
            $secret = Edit-Connection $Connection @{ SecretKey = 'not-the-secret-at-all'; SessionToken = 'no-token-at-all' }
            $words = foreach ($c in $Connection, $secret) {
                foreach ($do in @(
                        { Grant-AuditReadOnly $log (New-RoleName) -TrustedPrincipal $me -Verbose -Debug @c | Format-List | Out-String }
                        { Get-AuditReadOnly $log -Verbose @c | ConvertTo-Json -Depth 5 }
                        { Revoke-AuditReadOnly nobody -Confirm:$false -Verbose -ErrorAction Continue @c }
                    )) {
                    try { & $do *>&1 | ForEach-Object { $_ -is [Management.Automation.ErrorRecord] ? ($_ | Format-List -Force | Out-String) : "$_" } }
                    catch { $_ | Format-List -Force | Out-String }
                }
            }
            $words = $words -join "`n"
            $words | Should -Match 'Performing the operation'
            $words | Should -Not -Match 'not-the-secret-at-all|no-token-at-all'
            $words | Should -Not -Match ([regex]::Escape($Connection.SecretKey))
        }

        It 'says what wrong keys are refused for' {
            if ($Server -ne 'RGW') { Set-ItResult -Skipped -Because 'moto takes any credentials'; return }
            $wrong = Edit-Connection $Connection @{ SecretKey = 'not-the-secret-at-all' }
            $user = Edit-Connection $Connection @{ AccessKey = $env:IMMUTABLEAUDIT_TEST_RGW_USER_ACCESS_KEY; SecretKey = $env:IMMUTABLEAUDIT_TEST_RGW_USER_SECRET_KEY }
            foreach ($c in $wrong, $user) {
                foreach ($do in { Grant-AuditReadOnly $log auditors -TrustedPrincipal $me @c }, { Get-AuditReadOnly @c }) {
                    $failure = $do | Should -Throw -PassThru
                    Get-ErrorId $failure | Should -BeIn 'CredentialsInvalid', 'AccessDenied'
                    $failure.Exception.Message | Should -Match 'iam:(Get|Create|List)Role'
                }
            }
            $role = New-RoleName
            $null = Grant-AuditReadOnly $log $role -TrustedPrincipal $me @Connection
            { Revoke-AuditReadOnly $role -Confirm:$false -ErrorAction Stop @user } | Should -Throw
            (Get-AuditReadOnly -RoleName $role @Connection).RoleName | Should -Be $role
        }

        It 'sets a boundary that says the same' {
            if ($Server -ne 'MOTO') { Set-ItResult -Skipped -Because 'only moto has boundaries'; return }
            $name = New-RoleName
            $role = Grant-AuditReadOnly $log $name -TrustedPrincipal $me -Boundary @Connection
            $role.IsReady | Should -BeTrue
            $role.Boundary | Should -BeLike "*:policy/immutableaudit/reader/$name-boundary"
            Get-Steps (Grant-AuditReadOnly $log $name -TrustedPrincipal $me -Boundary @Connection) | Sort-Object -Unique | Should -Match 'AlreadySo$'
            Get-Steps (Revoke-AuditReadOnly $name -Confirm:$false @Connection) | Should -Be 'Permissions=Done', 'Role=Done', 'BoundaryPolicy=Done'
        }

        It 'says that it has no boundaries' {
            if ($Server -ne 'RGW') { Set-ItResult -Skipped -Because 'moto has boundaries'; return }
            $failures = $null
            $role = Grant-AuditReadOnly $log (New-RoleName) -TrustedPrincipal $me -Boundary -ErrorVariable failures -ErrorAction SilentlyContinue @Connection
            $role.IsReady | Should -BeFalse
            Get-ErrorId $failures[0] | Should -Be 'RoleNotReady'
            $failures[0].Exception.Message | Should -Match 'Boundary'
        }
    }
}
