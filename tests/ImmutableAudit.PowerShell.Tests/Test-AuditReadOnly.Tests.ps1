BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
    $gateway = @($servers | Where-Object { $_.Server -eq 'RGW' })
    $imitation = @($servers | Where-Object { $_.Server -eq 'MOTO' })
}

Describe 'Test-AuditReadOnly' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    It 'says of a directory that it has no roles' {
        $failure = { Test-AuditReadOnly /var/audit auditors -EndpointUrl http://127.0.0.1:9 -AccessKey AKIAEXAMPLE -SecretKey not-the-real-thing } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be 'LocationInvalid'
        $failure.Exception.Message | Should -Match 'is a directory'
    }

    It 'says that nobody answers, and never just false' {
        $failure = { Test-AuditReadOnly s3://some-bucket/prod auditors -Quiet -EndpointUrl http://127.0.0.1:9 -AccessKey AKIAEXAMPLE -SecretKey not-the-real-thing } | Should -Throw -PassThru
        Get-ErrorId $failure | Should -Be 'StoreUnreachable'
    }

    It 'wants an account of 12 digits' {
        { Test-AuditReadOnly s3://some-bucket/prod auditors -BucketAccount 12345 } | Should -Throw '*BucketAccount*'
    }

    It 'runs against real servers' {
        if ($env:IMMUTABLEAUDIT_TEST_RGW_ENDPOINT -or $env:IMMUTABLEAUDIT_TEST_MOTO_ENDPOINT) { return }
        Set-ItResult -Skipped -Because 'no server is up; tests/servers/with-servers.sh starts them'
    }

    Context 'on <Server>' -ForEach $servers {
        BeforeAll {
            $log = New-TestBucketLog $Connection
            $me = Get-TestPrincipal $Server
            $reader = New-RoleName
            $null = Grant-AuditReadOnly $log $reader -TrustedPrincipal $me @Connection
        }

        It 'says which of role and bucket is not there' {
            $failure = { Test-AuditReadOnly $log pester-nobody -Quiet @Connection } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'RoleNotFound'
            $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            Get-ErrorId ({ Test-AuditReadOnly s3://pester-no-such-bucket/prod $reader -Quiet @Connection } | Should -Throw -PassThru) | Should -Be 'BucketNotFound'
        }

        It 'judges by documents alone with -SkipLive, and writes nothing' {
            $before = Get-Versions $log $Connection
            $report = Test-AuditReadOnly $log $reader -SkipLive @Connection
            $report.IsProven | Should -BeTrue
            $report.WasTried | Should -BeFalse
            $report.Rows | Where-Object { $null -ne $_.Seen } | Should -BeNullOrEmpty
            $report.ActionsEvaluated | Should -BeGreaterThan 400
            "$($report.Notes)" | Should -Match 'not assumed'
            Get-Versions $log $Connection | Should -Be $before
        }

        It 'names what a writer may by the documents, and the statement' {
            $writer = New-RoleName writer
            $null = Grant-AuditWriter $log $writer -TrustedPrincipal $me @Connection -WarningAction Ignore
            $report = Test-AuditReadOnly $log $writer -SkipLive @Connection
            $report.IsProven | Should -BeFalse
            $row = $report.Rows | Where-Object Action -EQ 's3:PutObject'
            $row.Verdict | Should -BeIn 'Unknown', 'Failed'
            $row.What | Should -Match '/(segments|bundles|tile|index|timestamps)/'
            "$($row.OpenedBy)" | Should -Match 'Append'
            Test-AuditReadOnly $log $writer -SkipLive -Quiet @Connection | Should -BeFalse
        }

        It 'names what the bucket''s policy gives beside the role' {
            $open = New-TestBucketLog $Connection @{ NoPolicy = $true }
            $name = New-RoleName
            $role = Grant-AuditReadOnly $open $name -TrustedPrincipal $me @Connection
            Test-AuditReadOnly $open $name -SkipLive -Quiet @Connection | Should -BeTrue
            $bucket = $open.Substring(5).Split('/')[0]
            $policy = @{
                Version   = '2012-10-17'
                Statement = @(@{ Sid = 'Helpful'; Effect = 'Allow'; Principal = @{ AWS = @($role.Arn) }; Action = @('s3:PutObject'); Resource = @("arn:aws:s3:::$bucket/*") })
            } | ConvertTo-Json -Depth 5 -Compress
            (Invoke-TestS3 PUT "/$bucket" @{ policy = '' } -Body $policy -Connection $Connection).StatusCode | Should -BeIn 200, 204
            $report = Test-AuditReadOnly $open $name -SkipLive @Connection
            $report.Result | Should -Be 'Failed'
            $row = $report.Rows | Select-Object -First 1
            $row.Action | Should -Be 's3:PutObject'
            $row.Evaluated | Should -Be 'Allowed'
            "$($row.OpenedBy)" | Should -Match "bucket's policy.*Helpful"
        }

        It 'takes roles from the pipeline' {
            $verifier = New-RoleName
            $null = Grant-AuditReadOnly $log $verifier -Verifier -TrustedPrincipal $me @Connection -WarningAction Ignore
            $reports = Get-AuditReadOnly $log @Connection | Test-AuditReadOnly -SkipLive @Connection
            $reports | Should -HaveCount 2
            ($reports | Where-Object Role -Like "*$verifier").Profile | Should -Be 'verifier'
            ($reports | Where-Object Role -Like "*$reader").Profile | Should -Be 'reader'
            # An array has a property of that name itself.
            $reports | ForEach-Object IsProven | Should -Be $true, $true
        }

        It 'shows no secret' {
            $words = Test-AuditReadOnly $log $reader -Verbose @Connection *>&1 | ForEach-Object { "$_"; if ($_.PSObject.Properties['Rows']) { $_ | ConvertTo-Json -Depth 5 } }
            $words -join "`n" | Should -Match 's3:DeleteObjectVersion'
            $words -join "`n" | Should -Not -Match ([regex]::Escape($Connection.SecretKey))
        }
    }

    Context 'live on <Server>, which keeps to policies' -ForEach $gateway {
        BeforeAll {
            $log = New-TestBucketLog $Connection
            $me = Get-TestPrincipal $Server
        }

        It 'proves that a <Profile> reads and does nothing else' -ForEach @(
            @{ Profile = 'reader'; With = @{}; Reads = 's3:GetObject', 's3:ListBucket' }
            @{ Profile = 'verifier'; With = @{ Verifier = $true }; Reads = 's3:GetBucketObjectLockConfiguration', 's3:GetBucketVersioning', 's3:GetObject', 's3:GetObjectRetention', 's3:GetObjectVersion', 's3:ListBucket', 's3:ListBucketVersions' }
        ) {
            $name = New-RoleName
            $report = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @With @Connection -WarningAction Ignore | Test-AuditReadOnly @Connection
            $report.Result | Should -Be 'Ok'
            $report.IsProven | Should -BeTrue
            $report.WasTried | Should -BeTrue
            $report.WasSimulated | Should -BeFalse
            $report.Profile | Should -Be $Profile
            $report.Role | Should -BeLike "*/$name"
            $report.Log | Should -Be $log
            $tried = $report.Rows | Where-Object { $_.Seen -in 'Allowed', 'Refused', 'Unclear' }
            $tried.Seen | Should -Not -Contain 'Unclear'
            ($tried | Where-Object Seen -EQ 'Allowed').Action | Sort-Object -Unique | Should -Be $Reads
            $refused = ($tried | Where-Object Seen -EQ 'Refused').Action
            foreach ($action in 's3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention', 's3:PutObjectRetention', 's3:PutObjectLegalHold', 's3:PutObjectTagging',
                's3:PutBucketPolicy', 's3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning', 's3:PutLifecycleConfiguration', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy') { $refused | Should -Contain $action }
            # What would do harm is judged by the documents.
            ($report.Rows | Where-Object Seen -EQ 'NotTried').Action | Should -Contain 's3:DeleteBucket'
            ($report.Rows | Where-Object { -not $_.ShouldBeAllowed -and $_.Verdict -ge 'Unknown' }) | Should -BeNullOrEmpty
            Test-AuditReadOnly $log $name @With -Quiet @Connection | Should -BeExactly $true
            (Test-AuditChain $log @Connection).Result | Should -Be 'Passed'
        }

        It 'takes a reader for less than a verifier, and the other way round' {
            $reader = New-RoleName
            $null = Grant-AuditReadOnly $log $reader -TrustedPrincipal $me @Connection
            $report = Test-AuditReadOnly $log $reader -Verifier @Connection
            ($report.Rows | Where-Object Action -EQ 's3:ListBucketVersions').Seen | Should -Contain 'Refused'
            $report.Result | Should -Be 'Failed'
            $report.IsProven | Should -BeFalse
            $verifier = New-RoleName
            $null = Grant-AuditReadOnly $log $verifier -Verifier -TrustedPrincipal $me @Connection -WarningAction Ignore
            # Seeing more than a reader harms no log.
            $report = Test-AuditReadOnly $log $verifier @Connection
            $report.IsProven | Should -BeTrue
            ($report.Rows | Where-Object Action -EQ 's3:GetObjectVersion').Verdict | Should -Contain 'Advice'
        }

        It 'names what was let through' {
            # A writer of this log, judged for the part of it that it may write to.
            $open = New-TestBucketLog $Connection @{ NoPolicy = $true }
            $writer = New-RoleName writer
            $null = Grant-AuditWriter $open $writer -TrustedPrincipal $me @Connection -WarningAction Ignore
            $report = Test-AuditReadOnly "$open/segments" $writer @Connection
            $report.Result | Should -Be 'Failed'
            $report.IsProven | Should -BeFalse
            $puts = $report.Rows | Where-Object Action -EQ 's3:PutObject'
            ($puts | Where-Object Seen -EQ 'Allowed').Verdict | Sort-Object -Unique | Should -Be 'Failed'
            ($puts | Where-Object Seen -EQ 'Allowed').What | Should -Contain 'put a new object'
            "$($puts.OpenedBy)" | Should -Match "inline policy 'ImmutableAudit'.*Append"
            # What it put is found to be a change, too.
            ($report.Rows | Where-Object What -Match '^prod/segments/access-proof/').Verdict | Sort-Object -Unique | Should -Be 'Failed'
            foreach ($action in 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention') {
                ($report.Rows | Where-Object Action -EQ $action).Seen | Sort-Object -Unique | Should -Be 'Refused'
            }
            Test-AuditReadOnly "$open/segments" $writer -Quiet @Connection | Should -BeExactly $false
            # All of it is cleared away, and the log is as it was.
            Get-Versions "$open/segments/access-proof" $Connection | Should -BeNullOrEmpty
            (Test-AuditChain $open @Connection).Result | Should -Be 'Passed'
        }

        It 'says where something of the attempts is left under locks or policy' {
            $name = New-RoleName
            $null = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            $report = Test-AuditReadOnly $log $name @Connection
            $left = $report.Notes | Where-Object { $_ -match '^Left under' }
            $left | Should -Match "$([regex]::Escape($log))/access-proof/\w+/.*locked until"
            (Get-Versions $log $Connection) -match '/access-proof/' | Should -Not -BeNullOrEmpty
            (Test-AuditChain $log @Connection).Result | Should -Be 'Passed'
        }

        It 'does not take a role that nobody lets it assume for proven' {
            $name = New-RoleName
            $null = Grant-AuditReadOnly $log $name -TrustedPrincipal arn:aws:iam:::user/user @Connection
            $report = Test-AuditReadOnly $log $name @Connection
            $report.Result | Should -Be 'Unknown'
            $report.IsProven | Should -BeFalse
            $report.WasTried | Should -BeFalse
            $row = $report.Rows | Select-Object -First 1
            $row.What | Should -Be 'assuming the role'
            $row.Detail | Should -Match 'trust policy'
            Test-AuditReadOnly $log $name -Quiet @Connection | Should -BeExactly $false
            (Test-AuditReadOnly $log $name -SkipLive @Connection).Result | Should -Be 'Ok'
        }

        It 'can not assume it any more once it is revoked' {
            $name = New-RoleName
            $null = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
            Test-AuditReadOnly $log $name -Quiet @Connection | Should -BeTrue
            $null = Revoke-AuditReadOnly $name -Confirm:$false @Connection
            Get-ErrorId ({ Test-AuditReadOnly $log $name @Connection } | Should -Throw -PassThru) | Should -Be 'RoleNotFound'
        }

        It 'refuses wrong keys, and somebody who may not read roles' {
            foreach ($with in @{ SecretKey = 'not-the-secret-at-all' }, @{ AccessKey = $env:IMMUTABLEAUDIT_TEST_RGW_USER_ACCESS_KEY; SecretKey = $env:IMMUTABLEAUDIT_TEST_RGW_USER_SECRET_KEY }) {
                $other = Edit-Connection $Connection $with
                $name = New-RoleName
                $null = Grant-AuditReadOnly $log $name -TrustedPrincipal $me @Connection
                $failure = { Test-AuditReadOnly $log $name -Quiet @other } | Should -Throw -PassThru
                Get-ErrorId $failure | Should -BeIn 'CredentialsInvalid', 'AccessDenied'
                $failure | Format-List -Force | Out-String | Should -Not -Match 'not-the-secret-at-all'
            }
        }
    }

    Context 'live on <Server>, which keeps to no role''s policy' -ForEach $imitation {
        It 'is not taken in by documents: <Profile>' -ForEach @(@{ Profile = 'reader'; With = @{} }, @{ Profile = 'verifier'; With = @{ Verifier = $true } }) {
            $open = New-TestBucketLog $Connection @{ NoPolicy = $true }
            $before = Get-Versions $open $Connection
            $roles = (Get-AuditReadOnly @Connection).RoleName
            $name = New-RoleName
            $granted = Grant-AuditReadOnly $open $name -TrustedPrincipal (Get-TestPrincipal $Server) @With @Connection
            $granted.IsReady | Should -BeTrue
            (Test-AuditReadOnly $open $name @With -SkipLive @Connection).IsProven | Should -BeTrue
            $report = Test-AuditReadOnly $open $name @With @Connection
            $report.Result | Should -Be 'Failed'
            $report.IsProven | Should -BeFalse
            $report.WasTried | Should -BeTrue
            foreach ($action in 's3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutBucketPolicy', 's3:PutBucketVersioning', 'iam:PutRolePolicy', 'iam:CreateRole') {
                $row = $report.Rows | Where-Object { $_.Action -eq $action -and $_.Seen -eq 'Allowed' }
                $row | Should -Not -BeNullOrEmpty -Because $action
                $row.Verdict | Sort-Object -Unique | Should -Be 'Failed'
                $row.Evaluated | Sort-Object -Unique | Should -Be 'ImplicitlyDenied'
            }
            Test-AuditReadOnly $open $name @With -Quiet @Connection | Should -BeExactly $false

            # It clears away after itself: objects, policy, role.
            Get-Versions $open $Connection | Should -Be $before
            (Get-AuditBucketPolicy $open @Connection).Policy | Should -BeNullOrEmpty
            $after = Get-AuditReadOnly -RoleName $name @Connection
            $after.Policies | Should -HaveCount 1
            $after.Policies[0].Document | Should -Be $granted.Policies[0].Document
            $after.TrustPolicy | Should -Be $granted.TrustPolicy
            (Get-AuditReadOnly @Connection).RoleName | Sort-Object | Should -Be (@($roles) + $name | Sort-Object)
            (Test-AuditChain $open @Connection).Result | Should -Be 'Passed'
        }
    }
}
