BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
}

Describe 'Test-AuditBucket, Get-AuditBucketPolicy, and the policy of New-AuditBucket' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    Context 'what is asked' {
        BeforeAll { $nobody = @{ EndpointUrl = 'http://127.0.0.1:9'; Region = 'us-east-1'; AccessKey = 'AKIAEXAMPLE'; SecretKey = 'not-the-real-thing' } }

        It 'says of a directory that it has no locks' {
            $failure = { Test-AuditBucket /var/audit @nobody } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'LocationInvalid'
            $failure.Exception.Message | Should -Match 'no locks'
            Get-ErrorId ({ Get-AuditBucketPolicy /var/audit @nobody } | Should -Throw -PassThru) | Should -Be 'LocationInvalid'
        }

        It 'says that no log was named' {
            Get-ErrorId ({ Test-AuditBucket @nobody } | Should -Throw -PassThru) | Should -Be 'LogNotGiven'
        }

        It 'says that nobody answers, and never just false' {
            Get-ErrorId ({ Test-AuditBucket s3://some-bucket/prod -Quiet @nobody } | Should -Throw -PassThru) | Should -Be 'StoreUnreachable'
            Get-ErrorId ({ Get-AuditBucketPolicy some-bucket @nobody } | Should -Throw -PassThru) | Should -Be 'StoreUnreachable'
        }

        It 'refuses <Name>' -ForEach @(
            @{ Name = 'a mode beside a regulation'; Arguments = @{ Regulation = 'SOX'; Mode = 'Governance' }; Id = 'AmbiguousParameterSet' }
            @{ Name = 'a period beside a regulation'; Arguments = @{ Regulation = 'SOX'; RetentionDays = 1 }; Id = 'AmbiguousParameterSet' }
            @{ Name = 'a regulation that it does not know'; Arguments = @{ Regulation = 'None' }; Id = 'CannotConvertArgumentNoMessage' }
            @{ Name = 'an administrator who is a name'; Arguments = @{ RetentionDays = 1; AdministratorArn = 'bob' }; Id = 'FormatInvalid' }
            @{ Name = 'an administrator who is the whole account'; Arguments = @{ RetentionDays = 1; AdministratorArn = 'arn:aws:iam::123456789012:root' }; Id = 'FormatInvalid' }
            @{ Name = 'an administrator who is everybody'; Arguments = @{ RetentionDays = 1; AdministratorArn = '*' }; Id = 'FormatInvalid' }
        ) {
            Get-ErrorId ({ New-AuditBucket some-bucket @Arguments -Force @nobody } | Should -Throw -PassThru) | Should -Be $Id
        }
    }

    It 'runs against real servers' {
        if ($env:IMMUTABLEAUDIT_TEST_RGW_ENDPOINT -or $env:IMMUTABLEAUDIT_TEST_MOTO_ENDPOINT) { return }
        Set-ItResult -Skipped -Because 'no server is up; tests/servers/with-servers.sh starts them'
    }

    Context 'on <Server>' -ForEach $servers {
        BeforeAll {
            function Get-Control { param($Review, [string]$Name) $Review.Controls | Where-Object Control -EQ $Name }
            function New-BucketName { "pester-$([guid]::NewGuid().ToString('n').Substring(0, 12))" }
            function Get-BucketOf { param([string]$Location) $Location.Substring(5).Split('/')[0] }
            # What doesn't need TLS, nor condition keys that only AWS fills.
            $kept = 'NoDelete', 'NoBypass', 'KeepBucket', 'KeepConfiguration'
            $log = New-TestBucketLog $Connection
            $bucket = Get-BucketOf $log
            $open = New-TestBucketLog $Connection @{ NoPolicy = $true }
        }

        It 'finds a sound bucket sound: <Control>' -ForEach @(
            foreach ($name in 'ObjectLock', 'DefaultRetention', 'Versioning', 'PublicAccess', 'Lifecycle', 'Policy.Delete', 'Policy.DeleteVersion', 'Policy.Bypass', 'Policy.Strangers') { @{ Control = $name } }
        ) {
            $found = Get-Control (Test-AuditBucket $log @Connection) $Control
            $found.Status | Should -Be 'Ok'
            $found.Expected | Should -Not -BeNullOrEmpty
            $found.Seen | Should -Not -BeNullOrEmpty
        }

        It 'never takes for well what the endpoint does not have' {
            $review = Test-AuditBucket $log @Connection
            $review.Bucket | Should -Be $bucket
            $review.Log | Should -Be $log
            foreach ($name in 'Encryption', 'Ownership') {
                $control = Get-Control $review $name
                $control.Status | Should -Be ($Server -eq 'RGW' ? 'Unknown' : 'Ok')
                if ($control.Status -eq 'Unknown') { $control.Detail | Should -Not -BeNullOrEmpty }
            }
            # Without TLS there is nothing to demand it of.
            (Get-Control $review 'Policy.Transport').Status | Should -Be 'Advice'
            (Get-Control $review 'SecondCopy').Status | Should -Be 'Advice'
            $review.Result | Should -Be ($Server -eq 'RGW' ? 'Unknown' : 'Ok')
            Test-AuditBucket $log -Quiet @Connection | Should -BeExactly ($Server -ne 'RGW')
        }

        It 'holds it against what the log promises' {
            $control = Get-Control (Test-AuditBucket $log @Connection) 'DefaultRetention'
            $control.Expected | Should -Match 'at least 1 day'
            $control.Reference | Should -Be "the log's genesis"
        }

        It 'finds less than is asked' {
            $review = Test-AuditBucket $log -RetentionDays 30 @Connection
            $review.Result | Should -Be 'Failed'
            $control = Get-Control $review 'DefaultRetention'
            $control.Status | Should -Be 'Failed'
            $control.Expected | Should -Match '30 days'
            $control.Seen | Should -Match '^Governance of 1 day'
            Test-AuditBucket $log -RetentionDays 30 -Quiet @Connection | Should -BeExactly $false
            $control = Get-Control (Test-AuditBucket $log -Mode Compliance @Connection) 'DefaultRetention'
            $control.Status | Should -Be 'Failed'
            $control.Detail | Should -Match 'bypass governance'
        }

        It 'finds a default lock that somebody weakened, and New-AuditBucket mends it' {
            if ($Server -ne 'RGW') { Set-ItResult -Skipped -Because 'moto configures empty buckets only'; return }
            $drifting = New-TestBucketLog $Connection @{ NoPolicy = $true; RetentionDays = 5; Mode = 'Compliance' }
            $name = Get-BucketOf $drifting
            (Test-AuditBucket $drifting @Connection).Controls | Where-Object Status -EQ 'Failed' | Should -BeNullOrEmpty
            foreach ($weaker in @{ Mode = 'GOVERNANCE'; Days = 5; Seen = 'Governance of 5 days' }, @{ Mode = 'COMPLIANCE'; Days = 4; Seen = 'Compliance of 4 days' }) {
                $rule = "<Rule><DefaultRetention><Mode>$($weaker.Mode)</Mode><Days>$($weaker.Days)</Days></DefaultRetention></Rule>"
                $body = "<ObjectLockConfiguration xmlns=`"http://s3.amazonaws.com/doc/2006-03-01/`"><ObjectLockEnabled>Enabled</ObjectLockEnabled>$rule</ObjectLockConfiguration>"
                (Invoke-TestS3 PUT "/$name" @{ 'object-lock' = '' } -Body $body -Connection $Connection).StatusCode | Should -Be 200
                $review = Test-AuditBucket $drifting @Connection
                (Get-Control $review 'ObjectLock').Status | Should -Be 'Ok'
                $control = Get-Control $review 'DefaultRetention'
                $control.Status | Should -Be 'Failed'
                $control.Expected | Should -Be 'Compliance of at least 5 days'
                $control.Seen | Should -Be $weaker.Seen
                $review.Result | Should -Be 'Failed'
                $null = New-AuditBucket $name -RetentionDays 5 -NoPolicy @Connection -Force -WarningAction Ignore
                (Get-Control (Test-AuditBucket $drifting @Connection) 'DefaultRetention').Status | Should -Be 'Ok'
            }
        }

        It 'finds a policy that lets in strangers' {
            $opened = New-TestBucketLog $Connection @{ NoPolicy = $true }
            $name = Get-BucketOf $opened
            # The block of public access, which New-AuditBucket sets, would refuse such a policy at AWS.
            $policy = "{`"Version`":`"2012-10-17`",`"Statement`":[{`"Sid`":`"Oops`",`"Effect`":`"Allow`",`"Principal`":`"*`",`"Action`":`"s3:GetObject`",`"Resource`":`"arn:aws:s3:::$name/*`"}]}"
            (Invoke-TestS3 PUT "/$name" @{ policy = '' } -Body $policy -Connection $Connection).StatusCode | Should -BeIn 200, 204
            $review = Test-AuditBucket $opened @Connection
            $review.Result | Should -Be 'Failed'
            $control = Get-Control $review 'Policy.Strangers'
            $control.Status | Should -Be 'Failed'
            $control.Seen | Should -Match 's3:GetObject is open to everybody.*Oops'
            $statement = (Get-AuditBucketPolicy $opened @Connection).Statements
            $statement.Sid | Should -Be 'Oops'
            $statement.IsOurs | Should -BeFalse
            $statement.Effect | Should -Be 'Allow'
        }

        It 'does not find well what no policy denies' {
            $review = Test-AuditBucket $open @Connection
            foreach ($name in 'Policy.Delete', 'Policy.DeleteVersion', 'Policy.Bypass') {
                $control = Get-Control $review $name
                $control.Status | Should -BeIn 'Advice', 'Failed'
                $control.Seen | Should -Be 'the bucket has no policy'
                $control.Detail | Should -Match 'New-AuditBucket'
            }
        }

        It 'says of a log that is not there that there is none, and tests its bucket' {
            $words = Test-AuditBucket "s3://$bucket/not-yet" -Verbose @Connection 4>&1
            $said, $review = $words.Where({ $_ -is [Management.Automation.VerboseRecord] }, 'Split')
            "$said" | Should -Match 'no log at .*not-yet'
            (Get-Control $review[0] 'DefaultRetention').Status | Should -Be 'Ok'
        }

        It 'tests the logs of a pipeline' {
            $reviews = $log, $open | Test-AuditBucket @Connection
            $reviews.Log | Should -Be $log, $open
            (Get-AuditLog $log @Connection | Test-AuditBucket @Connection).Bucket | Should -Be $bucket
        }

        It 'says that there is no such bucket, and goes on with the next policy' {
            $failure = { Test-AuditBucket s3://pester-no-such-bucket/prod -Quiet @Connection } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'BucketNotFound'
            $found = 'pester-no-such-bucket', $bucket, $open | Get-AuditBucketPolicy -ErrorVariable failures -ErrorAction SilentlyContinue @Connection
            $found.Bucket | Should -Be $bucket, (Get-BucketOf $open)
            $failures | ForEach-Object { Get-ErrorId $_ } | Should -Be 'BucketNotFound'
            $failures[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $failures[0].TargetObject | Should -Be 'pester-no-such-bucket'
        }

        It 'does not take for well what these credentials may not see' {
            if ($Server -ne 'RGW') { Set-ItResult -Skipped -Because 'moto takes any credentials'; return }
            foreach ($with in @{ SecretKey = 'not-the-secret-at-all' }, @{ AccessKey = $env:IMMUTABLEAUDIT_TEST_RGW_USER_ACCESS_KEY; SecretKey = $env:IMMUTABLEAUDIT_TEST_RGW_USER_SECRET_KEY }) {
                $other = Edit-Connection $Connection $with
                $words = Test-AuditBucket $log -Verbose -WarningVariable warnings -WarningAction SilentlyContinue @other 4>&1
                $review = $words | Where-Object { $_ -isnot [Management.Automation.VerboseRecord] }
                $review.Result | Should -Be 'Unknown'
                $review.Controls.Status | Sort-Object -Unique | Should -Be 'Unknown'
                "$warnings" | Should -Match "promises couldn't be read"
                "$words $warnings $($review | ConvertTo-Json -Depth 5)" | Should -Not -Match 'not-the-secret-at-all'
                Test-AuditBucket $log -Quiet -WarningAction Ignore @other | Should -BeExactly $false
                $failures = $null
                Get-AuditBucketPolicy $bucket -ErrorVariable failures -ErrorAction SilentlyContinue @other | Should -BeNullOrEmpty
                Get-ErrorId $failures[0] | Should -BeIn 'AccessDenied', 'CredentialsInvalid'
                $failures[0].Exception.Message | Should -Match 's3:GetBucketPolicy'
            }
        }

        It 'shows the statements that protect the logs' {
            $policy = Get-AuditBucketPolicy $bucket @Connection
            $policy.Bucket | Should -Be $bucket
            $policy.Statements.Sid -replace '^ImmutableAudit[0-9a-f]{12}' | Should -Be $kept
            $policy.Statements.IsOurs | Sort-Object -Unique | Should -Be $true
            $policy.Statements.Effect | Sort-Object -Unique | Should -Be 'Deny'
            $policy.Statements[0].Actions | Should -Be 's3:DeleteObject', 's3:DeleteObjectVersion'
            $policy.Statements[0].Resources | Should -Be "arn:aws:s3:::$bucket/*"
            ($policy.Policy | ConvertFrom-Json).Statement | Should -HaveCount 4
            # Nobody is denied to take it off again.
            $policy.Policy | Should -Not -Match 's3:(Put|Delete|Get)BucketPolicy|"s3:\*"|"Allow"'
            (Get-AuditBucketPolicy $log @Connection).Policy | Should -Be $policy.Policy
        }

        It 'denies to the owner what it says, and leaves writing and reading alone' {
            (Invoke-TestS3 DELETE "/$bucket/prod/anything" -Connection $Connection).StatusCode | Should -Be 403
            # moto looks first whether it is empty.
            (Invoke-TestS3 DELETE "/$bucket" -Connection $Connection).StatusCode | Should -Be ($Server -eq 'RGW' ? 403 : 409)
            $version = @(Get-Versions $log $Connection)[0].Split(' ')
            (Invoke-TestS3 DELETE "/$bucket/$($version[0])" @{ versionId = $version[1] } -Bypass -Connection $Connection).StatusCode | Should -Be 403
            (Write-AuditEvent -Log $log -Action test:Three -PassThru @Connection).Lock | Should -Be 'AsPromised'
            (Test-AuditChain $log @Connection).Result | Should -Be 'Passed'
        }

        It 'puts no policy with -NoPolicy, and shows that there is none' {
            $policy = Get-AuditBucketPolicy $open @Connection
            $policy.Bucket | Should -Be (Get-BucketOf $open)
            $policy.Policy | Should -BeNullOrEmpty
            $policy.Statements | Should -BeNullOrEmpty
            $report = New-AuditBucket (Get-BucketOf $open) -RetentionDays 1 -Mode Governance -NoPolicy @Connection -Force -WarningAction Ignore
            $report.IsReady | Should -BeTrue
            $report.Steps.Name | Should -Not -Contain 'Policy'
        }

        It 'gives a bucket its policy later, and -NoPolicy leaves it' {
            $name = New-BucketName
            $null = New-AuditBucket $name -RetentionDays 1 -Mode Governance -NoPolicy @Connection -Force -WarningAction Ignore
            Get-Steps (New-AuditBucket $name -RetentionDays 1 -Mode Governance @Connection -WhatIf -WarningAction Ignore) | Should -Contain 'Policy=WouldDo'
            (Get-AuditBucketPolicy $name @Connection).Policy | Should -BeNullOrEmpty
            Get-Steps (New-AuditBucket $name -RetentionDays 1 -Mode Governance @Connection -Force -WarningAction Ignore) | Should -Contain 'Policy=Done'
            $put = (Get-AuditBucketPolicy $name @Connection).Policy
            $null = New-AuditBucket $name -RetentionDays 1 -Mode Governance -NoPolicy @Connection -Force -WarningAction Ignore
            (Get-AuditBucketPolicy $name @Connection).Policy | Should -Be $put
            Get-Steps (New-AuditBucket $name -RetentionDays 1 -Mode Governance @Connection -Force -WarningAction Ignore) | Should -Contain 'Policy=AlreadySo'
        }

        It 'makes the period longer and the mode stronger under the bucket''s own policy' {
            $name = New-BucketName
            $null = New-AuditBucket $name -RetentionDays 1 -Mode Governance @Connection -Force -WarningAction Ignore
            $before = Get-AuditBucketPolicy $name @Connection
            # It does deny that, to its owner, too.
            $body = '<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>'
            if ($Server -eq 'RGW') { (Invoke-TestS3 PUT "/$name" @{ 'object-lock' = '' } -Body $body -Connection $Connection).StatusCode | Should -Be 403 }
            foreach ($step in @{ RetentionDays = 5; Mode = 'Governance' }, @{ RetentionDays = 5; Mode = 'Compliance' }, @{ RetentionYears = 1; Mode = 'Compliance' }) {
                $would = New-AuditBucket $name @step @Connection -WhatIf -WarningAction Ignore
                Get-Steps $would | Should -Contain 'DefaultRetention=WouldDo'
                (Get-AuditBucketPolicy $name @Connection).Policy | Should -Be $before.Policy
                $report = New-AuditBucket $name @step @Connection -Force -WarningAction Ignore
                $report.IsReady | Should -BeTrue
                $report.Mode | Should -Be $step.Mode
                $report.RetentionDays | Should -Be ($step.RetentionDays ?? 365)
                Get-Steps $report | Should -Contain 'DefaultRetention=Done'
                (Get-AuditBucketPolicy $name @Connection).Statements.Sid | Should -Be $before.Statements.Sid
                (Test-AuditBucket "s3://$name/x" -RetentionDays $report.RetentionDays -Mode $report.Mode @Connection).Controls | Where-Object Status -EQ 'Failed' | Should -BeNullOrEmpty
            }
            # And never shorter or weaker.
            $report = New-AuditBucket $name -RetentionDays 2 -Mode Governance @Connection -Force -WarningAction Ignore
            Get-Steps $report | Should -Contain 'DefaultRetention=KeptStronger'
            $report.Mode | Should -Be 'Compliance'
            $report.RetentionDays | Should -Be 365
        }

        It 'sets up and reports what <Regulation> asks for' -ForEach @(
            @{ Regulation = 'SEC17a4'; Days = 2190; Source = '240\.17a-4' }
            @{ Regulation = 'HIPAA'; Days = 2190; Source = '164\.3' }
            @{ Regulation = 'PCIDSS'; Days = 365; Source = 'PCI DSS' }
            @{ Regulation = 'SOX'; Days = 2555; Source = 'section 802' }
        ) {
            $name = New-BucketName
            $words = New-AuditBucket $name -Regulation $Regulation -Verbose @Connection -Force -WarningAction Ignore 4>&1
            $said, $report = $words.Where({ $_ -is [Management.Automation.VerboseRecord] }, 'Split')
            "$said" | Should -Match "$Regulation`: .*certifies nothing"
            $report[0].IsReady | Should -BeTrue
            $report[0].Mode | Should -Be 'Compliance'
            $report[0].RetentionDays | Should -Be $Days

            $review = Test-AuditBucket "s3://$name/prod" -Regulation $Regulation @Connection
            foreach ($control in 'ObjectLock', 'DefaultRetention') {
                $found = Get-Control $review $control
                $found.Status | Should -Be 'Ok'
                $found.Reference | Should -Match $Source
            }
            $copy = Get-Control $review 'SecondCopy'
            $copy.Status | Should -Be ($Regulation -eq 'SEC17a4' ? 'Failed' : 'Advice')
            if ($Regulation -eq 'SEC17a4') { $copy.Reference | Should -Match $Source }

            # A bucket that was made for a day doesn't do.
            $short = Get-Control (Test-AuditBucket $log -Regulation $Regulation @Connection) 'DefaultRetention'
            $short.Status | Should -Be 'Failed'
            $short.Expected | Should -Match "Compliance of at least $('{0:N0}' -f $Days) days"
            $short.Reference | Should -Match $Source
        }

        It 'says what an administrator is not exempt from here' {
            $words = New-AuditBucket (New-BucketName) -RetentionDays 1 -Mode Governance -AdministratorArn arn:aws:iam::123456789012:role/admin -Verbose @Connection -Force -WarningAction Ignore 4>&1
            $said, $report = $words.Where({ $_ -is [Management.Automation.VerboseRecord] }, 'Split')
            $report[0].IsReady | Should -BeTrue
            "$said" | Should -Match 'exemption of arn:aws:iam::123456789012:role/admin.*holds for everybody'
        }
    }
}
