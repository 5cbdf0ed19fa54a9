# What every test file needs: the module as people get it, and an account of its own that remembers nothing.

$script:Root = (Resolve-Path "$PSScriptRoot/../..").Path
$script:ModulePath = $env:IMMUTABLEAUDIT_MODULE ? $env:IMMUTABLEAUDIT_MODULE : "$Root/out/ImmutableAudit"
if (-not (Test-Path $ModulePath)) { throw "There is no module at '$ModulePath'. Run tools/assemble-module.sh first." }
Import-Module $ModulePath -ErrorAction Stop

# While tests are only looked for, there is no folder for them yet.
if (Get-PSDrive TestDrive -ErrorAction Ignore) { $env:IMMUTABLEAUDIT_HOME = Join-Path (Resolve-Path 'TestDrive:/').ProviderPath account }
foreach ($name in 'LOG', 'KEY', 'SPOOL', 'ENDPOINT') { Remove-Item "Env:IMMUTABLEAUDIT_$name" -ErrorAction Ignore }

# A new log in a folder of the test's own, sealed by a key beside it.
function New-TestLog {
    param([string]$Name = "log-$([guid]::NewGuid().ToString('n').Substring(0, 8))")
    $folder = (Resolve-Path 'TestDrive:/').ProviderPath
    $key = Join-Path $folder "$Name.key"
    $null = New-AuditKey $key -WarningAction Ignore
    New-AuditLog (Join-Path $folder $Name) -Key $key | Add-Member -NotePropertyName Key -NotePropertyValue $key -PassThru
}

function ConvertTo-Secret {
    param([string]$Text)
    $secret = [securestring]::new()
    foreach ($c in $Text.ToCharArray()) { $secret.AppendChar($c) }
    $secret
}

# Runs a script in a PowerShell of its own, non-interactive and with nothing on its standard input.
function Invoke-Child {
    param([string]$Script, [switch]$NoImport)
    $file = Join-Path (Resolve-Path 'TestDrive:/').ProviderPath "$([guid]::NewGuid()).ps1"
    $import = $NoImport ? '' : "Import-Module '$ModulePath'`n"
    Set-Content -LiteralPath $file -Value "`$PSStyle.OutputRendering = 'PlainText'`n$import$Script"
    $null | & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }
}

# The id of an error without the command that PowerShell adds to it.
function Get-ErrorId {
    param($Record)
    ($Record.FullyQualifiedErrorId -split ',')[0]
}

# The servers that tests/servers/with-servers.sh has started, with how to connect to each.
function Get-TestServer {
    foreach ($server in @{ Name = 'RGW'; Keys = 'RGW_ROOT' }, @{ Name = 'MOTO'; Keys = 'MOTO' }) {
        $endpoint = [Environment]::GetEnvironmentVariable("IMMUTABLEAUDIT_TEST_$($server.Name)_ENDPOINT")
        if (-not $endpoint) { continue }
        @{
            Server     = $server.Name
            Connection = @{
                EndpointUrl = $endpoint
                Region      = 'us-east-1'
                AccessKey   = [Environment]::GetEnvironmentVariable("IMMUTABLEAUDIT_TEST_$($server.Keys)_ACCESS_KEY")
                SecretKey   = [Environment]::GetEnvironmentVariable("IMMUTABLEAUDIT_TEST_$($server.Keys)_SECRET_KEY")
            }
        }
    }
}

# A new bucket with a log of two records in it: the log's location.
function New-TestBucketLog {
    param([hashtable]$Connection, [hashtable]$Bucket = @{})
    $name = "pester-$([guid]::NewGuid().ToString('n').Substring(0, 12))"
    $settings = Edit-Connection @{ RetentionDays = 1; Mode = 'Governance' } $Bucket
    $null = New-AuditBucket $name @settings @Connection -Force -WarningAction Ignore
    $key = (New-AuditKey "TestDrive:/$name.key" -WarningAction Ignore).Path
    $made = New-AuditLog "s3://$name/prod" -Key $key @Connection
    [pscustomobject]@{ Action = 'test:One' }, [pscustomobject]@{ Action = 'test:Two' } | Write-AuditEvent -Log $made.Log @Connection
    $made.Log
}

# A role's name that no other test has.
function New-RoleName {
    param([string]$Kind = 'role')
    "pester-$Kind-$([guid]::NewGuid().ToString('n').Substring(0, 10))"
}

# Whom a role of a test server can trust: the account that the tests run as.
function Get-TestPrincipal {
    param([string]$Server)
    $Server -eq 'RGW' ? 'arn:aws:iam:::user/root' : '123456789012'
}

# The connection with one part of it changed.
function Edit-Connection {
    param([hashtable]$Connection, [hashtable]$With)
    $other = @{} + $Connection
    foreach ($name in $With.Keys) { $other[$name] = $With[$name] }
    $other
}

# What the steps of a role or a bucket came to: Name=Outcome.
function Get-Steps {
    param($Report)
    $Report.Steps | ForEach-Object { "$($_.Name)=$($_.Outcome)" }
}

# Every version and delete marker under a location, as "key version".
function Get-Versions {
    param([string]$Location, [hashtable]$Connection)
    $bucket, $prefix = $Location.Substring(5).Split('/', 2)
    $answer = Invoke-TestS3 GET "/$bucket" @{ versions = ''; prefix = "$prefix/" } -Connection $Connection
    $list = ([xml]$answer.Content).ListVersionsResult
    if ($list.IsTruncated -eq 'true') { throw 'There are more versions than one page holds.' }
    $list.ChildNodes | Where-Object Name -In 'Version', 'DeleteMarker' | ForEach-Object { "$($_.Key) $($_.VersionId)" }
}

# One signed request to a test server, for what the module itself never does: the answer, whatever it is.
function Invoke-TestS3 {
    param([string]$Method, [string]$Path, [hashtable]$Query = @{}, [string]$Body = '', [switch]$Bypass, [hashtable]$Connection)
    $utf8 = [Text.Encoding]::UTF8
    $sha = { param($Text) [convert]::ToHexString([Security.Cryptography.SHA256]::HashData($utf8.GetBytes($Text))).ToLowerInvariant() }
    $endpoint = [uri]$Connection.EndpointUrl
    $time = [datetime]::UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'")
    $scope = "$($time.Substring(0, 8))/$($Connection.Region)/s3/aws4_request"
    $asked = ($Query.Keys | Sort-Object -CaseSensitive | ForEach-Object { "$([uri]::EscapeDataString($_))=$([uri]::EscapeDataString($Query[$_]))" }) -join '&'
    $digest = & $sha $Body
    $names = $Bypass ? 'host;x-amz-bypass-governance-retention;x-amz-content-sha256;x-amz-date' : 'host;x-amz-content-sha256;x-amz-date'
    $line = $Bypass ? "x-amz-bypass-governance-retention:true`n" : ''
    $request = "$Method`n$Path`n$asked`nhost:$($endpoint.Authority)`n$($line)x-amz-content-sha256:$digest`nx-amz-date:$time`n`n$names`n$digest"
    [byte[]]$key = $utf8.GetBytes("AWS4$($Connection.SecretKey)")
    foreach ($text in $scope.Split('/') + "AWS4-HMAC-SHA256`n$time`n$scope`n$(& $sha $request)") {
        $key = [Security.Cryptography.HMACSHA256]::HashData($key, $utf8.GetBytes($text))
    }
    $headers = @{
        'x-amz-content-sha256' = $digest
        'x-amz-date'           = $time
        Authorization          = "AWS4-HMAC-SHA256 Credential=$($Connection.AccessKey)/$scope, SignedHeaders=$names, Signature=$([convert]::ToHexString($key).ToLowerInvariant())"
    }
    if ($Bypass) { $headers['x-amz-bypass-governance-retention'] = 'true' }
    $more = $Body ? @{ Body = $Body; ContentType = 'application/octet-stream' } : @{}
    Invoke-WebRequest "$($endpoint.AbsoluteUri.TrimEnd('/'))$($Path)?$asked" -Method $Method -Headers $headers -SkipHeaderValidation -SkipHttpErrorCheck @more
}

# The names of an object's lists whose first element isn't what [0] gives: some .NET lists can't be indexed in PowerShell.
function Get-UnindexedList {
    param($Object)
    foreach ($property in $Object.PSObject.Properties) {
        $list = $property.Value
        if ($list -isnot [string] -and $list -is [Collections.IEnumerable] -and @($list).Count -gt 0 -and -not [object]::ReferenceEquals($list[0], @($list)[0])) { $property.Name }
    }
}
