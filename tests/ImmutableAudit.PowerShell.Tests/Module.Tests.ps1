BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $commands = Get-Command -Module ImmutableAudit
    $parameters = foreach ($command in $commands) {
        foreach ($name in $command.Parameters.Keys) {
            if ($name -notin [Management.Automation.PSCmdlet]::CommonParameters -and $name -notin 'WhatIf', 'Confirm', 'ProgressAction') {
                @{ Command = $command.Name; Parameter = $name }
            }
        }
    }
}

Describe 'The module' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        $manifest = Test-ModuleManifest "$ModulePath/ImmutableAudit.psd1"
    }

    It 'exports what the manifest lists, and nothing else' {
        (Get-Command -Module ImmutableAudit).Name | Sort-Object | Should -Be ($manifest.ExportedCmdlets.Keys | Sort-Object)
        $manifest.ExportedFunctions.Count + $manifest.ExportedAliases.Count + $manifest.ExportedVariables.Count | Should -Be 0
        (Import-PowerShellDataFile "$ModulePath/ImmutableAudit.psd1").CmdletsToExport | Should -Not -Contain '*'
    }

    It 'has approved verbs and says what it gives' {
        $approved = (Get-Verb).Verb
        foreach ($command in Get-Command -Module ImmutableAudit) {
            $command.Verb | Should -BeIn $approved
            $command.OutputType | Should -Not -BeNullOrEmpty -Because $command.Name
        }
    }

    It 'asks before what changes something' {
        foreach ($command in Get-Command -Module ImmutableAudit -Verb New, Write, Set, Clear) {
            $command.Parameters.Keys | Should -Contain 'WhatIf' -Because $command.Name
        }
    }

    It 'holds the core once, and the AWS SDK only in its own folder' {
        Test-Path "$ModulePath/aws/ImmutableAudit.Core.dll" | Should -BeFalse
        Get-ChildItem $ModulePath -Filter AWSSDK* -File | Should -BeNullOrEmpty
        Test-Path "$ModulePath/aws/AWSSDK.S3.dll" | Should -BeTrue
        Get-ChildItem $ModulePath -Filter System.Management.Automation.dll -Recurse | Should -BeNullOrEmpty
        # PowerShell's own copy is used, and it is no older than the one that Core was built with.
        Get-ChildItem $ModulePath -Filter System.Security.Cryptography.Pkcs.dll -Recurse | Should -BeNullOrEmpty
        $wanted = [Reflection.Assembly]::LoadFrom("$ModulePath/ImmutableAudit.Core.dll").GetReferencedAssemblies() | Where-Object Name -EQ System.Security.Cryptography.Pkcs
        $wanted.Version | Should -Not -BeNullOrEmpty
        [Reflection.AssemblyName]::GetAssemblyName("$PSHOME/System.Security.Cryptography.Pkcs.dll").Version | Should -BeGreaterOrEqual $wanted.Version
    }

    It 'loads no AWS SDK for logs in directories' {
        $log = New-TestLog
        $words = Invoke-Child @"
`$env:IMMUTABLEAUDIT_HOME = '$env:IMMUTABLEAUDIT_HOME'
Write-AuditEvent -Log '$($log.Log)' -Action a
Test-AuditChain '$($log.Log)' -Quiet
(TabExpansion2 'New-AuditLog -ProfileName ' 26).CompletionMatches.Count
[AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -like 'AWSSDK*'
'end'
"@
        $words[0] | Should -Be 'True'
        $words[-1] | Should -Be 'end'
        $words -match 'AWSSDK' | Should -BeNullOrEmpty
    }

    It 'says what is missing where the AWS part is' {
        $copy = Join-Path (Resolve-Path TestDrive:/).ProviderPath incomplete/ImmutableAudit
        $null = New-Item -ItemType Directory (Split-Path $copy)
        Copy-Item $ModulePath $copy -Recurse
        Remove-Item "$copy/aws" -Recurse
        $words = Invoke-Child -NoImport "Import-Module '$copy'; try { Test-AuditChain s3://bucket/log -EndpointUrl http://127.0.0.1:9 } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }" | Out-String
        $words | Should -Match 'StoreUnsuitable'
        $words | Should -Match 'ImmutableAudit\.Aws\.dll'
    }

    It 'can be imported twice, and its types resolve in scripts' {
        $words = Invoke-Child "Import-Module '$ModulePath' -Force; [ImmutableAudit.Events.AuditEvent]::new().GetType().FullName; [ImmutableAudit.Storage.RetentionMode]::Compliance"
        $words | Should -Be 'ImmutableAudit.Events.AuditEvent', 'Compliance'
    }

    It 'completes profiles from the shared files, and nothing where there are none' {
        Set-Content TestDrive:/config "[default]`n[profile audit-reader]`nregion = eu-central-1`n[sso-session corp]"
        Set-Content TestDrive:/credentials "[audit-writer]`naws_access_key_id = x"
        $before = $env:AWS_CONFIG_FILE, $env:AWS_SHARED_CREDENTIALS_FILE
        try {
            $env:AWS_CONFIG_FILE = (Resolve-Path TestDrive:/config).ProviderPath
            $env:AWS_SHARED_CREDENTIALS_FILE = (Resolve-Path TestDrive:/credentials).ProviderPath
            $line = 'Get-AuditLog -ProfileName aud'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'audit-reader', 'audit-writer'
            $env:AWS_CONFIG_FILE = '/none/at/all'; $env:AWS_SHARED_CREDENTIALS_FILE = "/bad`0name"
            { (TabExpansion2 $line $line.Length).CompletionMatches } | Should -Not -Throw
        }
        finally { $env:AWS_CONFIG_FILE, $env:AWS_SHARED_CREDENTIALS_FILE = $before }
    }

    It 'refuses connection parameters that contradict each other' {
        $secret = 'wJalrXUtnFEMI/K7MDENG'
        $both = @{ AccessKey = 'AKIAEXAMPLE'; SecretKey = $secret; Credential = [pscredential]::new('AKIAEXAMPLE', (ConvertTo-Secret $secret)) }
        foreach ($case in $both, @{ AccessKey = 'AKIAEXAMPLE' }, @{ SecretKey = $secret }) {
            $failure = { Test-AuditChain s3://bucket/log -EndpointUrl http://127.0.0.1:9 @case } | Should -Throw -PassThru
            Get-ErrorId $failure | Should -Be 'CredentialsInvalid'
            ($failure | Format-List -Force | Out-String) | Should -Not -Match ([regex]::Escape($secret))
        }
        Get-ErrorId ({ Test-AuditChain s3://bucket/log -EndpointUrl not-a-url } | Should -Throw -PassThru) | Should -Be 'LocationInvalid'
        Get-ErrorId ({ Test-AuditChain ftp://bucket/log } | Should -Throw -PassThru) | Should -Be 'LocationInvalid'
    }

    It 'says that nobody answers, and shows no secret' {
        $secret = 'wJalrXUtnFEMI/K7MDENG'
        $words = & { try { Test-AuditChain s3://bucket/log -EndpointUrl http://127.0.0.1:9 -Region us-east-1 -AccessKey AKIAEXAMPLE -SecretKey $secret -Verbose } catch { $_.FullyQualifiedErrorId; $_ | Format-List -Force } } *>&1 | Out-String
        $words | Should -Match 'StoreUnreachable'
        $words | Should -Not -Match ([regex]::Escape($secret))
    }

    It 'uses what other modules keep in the session, whatever its type' {
        $StoredAWSCredentials = [pscustomobject]@{ AccessKey = 'AKIAEXAMPLE'; SecretKey = 'not the real thing'; Token = '' }
        $StoredAWSRegion = 'eu-central-1'
        $null = $StoredAWSCredentials, $StoredAWSRegion
        Get-ErrorId ({ Test-AuditChain s3://bucket/log -EndpointUrl http://127.0.0.1:9 } | Should -Throw -PassThru) | Should -Be 'StoreUnreachable'
        $StoredAWSCredentials = 'nonsense'
        Get-ErrorId ({ Test-AuditChain s3://bucket/log -EndpointUrl http://127.0.0.1:9 } | Should -Throw -PassThru) | Should -Be 'CredentialsInvalid'
    }
}

Describe 'Beside another AWS SDK' {
    BeforeAll {
        . $PSScriptRoot/Common.ps1
        # A version of another major number, as other modules bring it.
        $sdk = Join-Path (Resolve-Path TestDrive:/).ProviderPath sdk
        $null = New-Item -ItemType Directory $sdk
        Set-Content "$sdk/other.csproj" '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework><EnableDynamicLoading>true</EnableDynamicLoading><NuGetAudit>false</NuGetAudit></PropertyGroup><ItemGroup><PackageReference Include="AWSSDK.S3" Version="3.7.304.1" /></ItemGroup></Project>'
        Set-Content "$sdk/other.cs" 'public class Other { }'
        $said = dotnet publish "$sdk/other.csproj" --output "$sdk/out" 2>&1
        $built = $LASTEXITCODE -eq 0
        $script = @"
`$env:IMMUTABLEAUDIT_HOME = '$env:IMMUTABLEAUDIT_HOME'
function Ours { Import-Module '$ModulePath'; try { Test-AuditChain s3://some-bucket/x -EndpointUrl http://127.0.0.1:9 -AccessKey AKIAEXAMPLE -SecretKey not-the-real-thing -Region us-east-1 } catch { 'ours: ' + `$_.FullyQualifiedErrorId } }
function Theirs {
    `$null = 'AWSSDK.Core', 'AWSSDK.S3' | ForEach-Object { [Reflection.Assembly]::LoadFrom("$sdk/out/`$_.dll") }
    `$configuration = [Amazon.S3.AmazonS3Config]::new(); `$configuration.ServiceURL = 'http://127.0.0.1:9'; `$configuration.MaxErrorRetry = 0
    try { [Amazon.S3.AmazonS3Client]::new('a', 'b', `$configuration).ListBucketsAsync().GetAwaiter().GetResult() } catch { 'theirs: ' + `$_.Exception.GetBaseException().GetType().Name }
}
"@
    }

    It 'both work, whichever is used first: <First>' -ForEach @(@{ First = 'ours'; Order = 'Ours; Theirs; Ours' }, @{ First = 'theirs'; Order = 'Theirs; Ours; Theirs' }) {
        if (-not $built) { Set-ItResult -Skipped -Because "the other SDK couldn't be restored: $($said | Select-Object -Last 1)" }
        $words = Invoke-Child -NoImport "$script`n$Order"
        $words | Should -HaveCount 3
        foreach ($line in $words) { $line | Should -Match '^(ours: StoreUnreachable,.*|theirs: SocketException)$' }
    }
}

Describe 'The help' {
    BeforeAll { . $PSScriptRoot/Common.ps1 }

    It 'of <_.Name> has a synopsis, a description and two examples' -ForEach $commands {
        $help = Get-Help $_.Name -Full
        $help.Synopsis | Should -Not -Match "^\s*$($_.Name)|\{\{"
        ($help.Description | Out-String) | Should -Not -BeNullOrEmpty
        @($help.Examples.Example).Count | Should -BeGreaterOrEqual 2
        ($help | Out-String) | Should -Not -Match '\{\{'
    }

    It 'of <Command> tells about -<Parameter>' -ForEach $parameters {
        (Get-Help $Command -Parameter $Parameter).Description.Text | Should -Not -BeNullOrEmpty
    }

    It 'tells the whole in about_ImmutableAudit' {
        Get-Help about_ImmutableAudit | Out-String | Should -Match 'tamper-evident'
    }
}
