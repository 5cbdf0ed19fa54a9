BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $servers = @(Get-TestServer)
}

Describe 'A log in a bucket' {
    It 'runs against real servers' {
        if ($env:IMMUTABLEAUDIT_TEST_RGW_ENDPOINT -or $env:IMMUTABLEAUDIT_TEST_MOTO_ENDPOINT) { return }
        Set-ItResult -Skipped -Because 'no server is up; tests/servers/with-servers.sh starts them'
    }

    Context 'on <Server>' -ForEach $servers {
        BeforeAll {
            . $PSScriptRoot/Common.ps1
            $bucket = "pester-$([guid]::NewGuid().ToString('n').Substring(0, 12))"
            $null = New-AuditBucket $bucket -RetentionDays 1 -Mode Governance @Connection -Force -WarningAction Ignore
            $key = (New-AuditKey TestDrive:/s3.key -WarningAction Ignore).Path
            $place = "s3://$bucket/prod"
            $log = New-AuditLog $place -Key $key @Connection
        }

        It 'promises the lock of its bucket' {
            $log.Mode | Should -Be 'Governance'
            $log.RetentionDays | Should -Be 1
        }

        It 'refuses to promise more than the bucket gives' {
            Get-ErrorId ({ New-AuditLog "s3://$bucket/more" -Key $key -RetentionDays 99 @Connection } | Should -Throw -PassThru) | Should -Be 'RetentionInvalid'
            Get-ErrorId ({ New-AuditLog "s3://$bucket/more" -Key $key -Mode Compliance @Connection } | Should -Throw -PassThru) | Should -Be 'RetentionInvalid'
        }

        It 'writes, reads back and passes, and each receipt tells the lock' {
            $receipts = 1..20 | ForEach-Object { [pscustomobject]@{ Action = "s3:$_"; n = $_ } } | Write-AuditEvent -Log $place @Connection -PassThru
            $receipts | Should -HaveCount 20
            $receipts.Lock | Sort-Object -Unique | Should -Be 'AsPromised'
            $receipts[0].LockedUntil | Should -BeGreaterThan ([datetimeoffset]::UtcNow.AddHours(23))
            $receipts[0].VersionId | Should -Not -BeNullOrEmpty
            (Get-AuditEvent $place -Newest 20 @Connection).LeafHash | Should -Be $receipts.LeafHash
            $report = Test-AuditChain $place -Receipt $receipts @Connection
            $report.Result | Should -Be 'Passed'
            $report.Trust | Should -Be 'Given'
            (Test-AuditChain $place @Connection).Trust | Should -Be 'Remembered'
        }

        It 'connects by <Name>' -ForEach @(
            @{ Name = 'the environment''s endpoint'; Make = { param($c) $env:IMMUTABLEAUDIT_ENDPOINT = $c.EndpointUrl; @{ Region = $c.Region; AccessKey = $c.AccessKey; SecretKey = $c.SecretKey } } }
            @{ Name = 'a credential'; Make = { param($c) @{ EndpointUrl = $c.EndpointUrl; Region = $c.Region; Credential = [pscredential]::new($c.AccessKey, (ConvertTo-Secret $c.SecretKey)) } } }
            @{ Name = 'the session''s stored credentials'; Make = { param($c) $global:StoredAWSCredentials = [pscustomobject]@{ AccessKey = $c.AccessKey; SecretKey = $c.SecretKey }; $global:StoredAWSRegion = $c.Region; @{ EndpointUrl = $c.EndpointUrl } } }
            @{ Name = 'a profile'; Make = { param($c) Set-Content TestDrive:/profiles "[auditor]`naws_access_key_id = $($c.AccessKey)`naws_secret_access_key = $($c.SecretKey)"; @{ EndpointUrl = $c.EndpointUrl; Region = $c.Region; ProfileName = 'auditor'; ProfileLocation = 'TestDrive:/profiles' } } }
        ) {
            try {
                $other = & $Make $Connection
                (Get-AuditLog $place @other).Origin | Should -Be $log.Origin
            }
            finally {
                $env:IMMUTABLEAUDIT_ENDPOINT = $null
                Remove-Variable StoredAWSCredentials, StoredAWSRegion -Scope Global -ErrorAction Ignore
            }
        }

        It 'is sealed by a key of AWS KMS' {
            if ($Server -ne 'MOTO') { Set-ItResult -Skipped -Because 'only moto has KMS'; return }
            $headers = @{
                'X-Amz-Target' = 'TrentService.CreateKey'
                Authorization  = "AWS4-HMAC-SHA256 Credential=$($Connection.AccessKey)/20260101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0"
            }
            $made = Invoke-RestMethod $Connection.EndpointUrl -Method Post -Headers $headers -ContentType application/x-amz-json-1.1 -SkipHeaderValidation -Body '{"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY"}'
            $arn = $made.KeyMetadata.Arn
            $null = New-AuditLog "s3://$bucket/kms" -Key $arn @Connection
            # Remembered by its name, so it needn't be given again.
            (Write-AuditEvent -Log "s3://$bucket/kms" -Action kms:Sealed -PassThru @Connection).Sequence | Should -Be 1
            (Test-AuditChain "s3://$bucket/kms" @Connection).Result | Should -Be 'Passed'
            Get-Content "$env:IMMUTABLEAUDIT_HOME/known-logs.json" -Raw | Should -Match ([regex]::Escape($arn))
        }

        It 'says that a log is not there, and that a bucket is not' {
            Get-ErrorId ({ Test-AuditChain "s3://$bucket/none" -Quiet @Connection } | Should -Throw -PassThru) | Should -Be 'AuditLogNotFound'
            Get-ErrorId ({ Test-AuditChain 's3://pester-no-such-bucket/x' -Quiet @Connection } | Should -Throw -PassThru) | Should -Be 'BucketNotFound'
        }

        It 'refuses wrong credentials without showing them' {
            $wrong = @{} + $Connection; $wrong.SecretKey = 'not-the-secret-at-all'
            if ($Server -eq 'MOTO') { Set-ItResult -Skipped -Because 'moto takes any credentials'; return }
            $failure = { Test-AuditChain $place @wrong } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -BeIn 'CredentialsInvalid', 'AccessDenied'
            $failure | Format-List -Force | Out-String | Should -Not -Match 'not-the-secret-at-all'
        }
    }
}
