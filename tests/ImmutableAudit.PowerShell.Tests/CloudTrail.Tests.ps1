BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $shared = $env:IMMUTABLEAUDIT_SHARED ? $env:IMMUTABLEAUDIT_SHARED : (Join-Path $Root ../shared)
    $folder = Join-Path $shared data/cloudtrail
    $has = Test-Path "$folder/*.json"
    $places = @(@{ Place = 'a directory'; Connection = @{} }) + @(Get-TestServer | ForEach-Object { @{ Place = $_.Server; Connection = $_.Connection } })
}

Describe 'What AWS CloudTrail logged' {
    It 'is there to be written' -ForEach @{ Has = $has; Folder = $folder } {
        if (-not $has) { Set-ItResult -Skipped -Because "there are no files in '$folder'; IMMUTABLEAUDIT_SHARED names the folder above them" }
    }

    Context 'in <Place>' -ForEach ($has ? $places : @()) {
        BeforeAll {
            . $PSScriptRoot/Common.ps1
            $shared = $env:IMMUTABLEAUDIT_SHARED ? $env:IMMUTABLEAUDIT_SHARED : (Join-Path $Root ../shared)

            # The mapping that a script would make: what has a name goes there, and the whole record is the data.
            function ConvertFrom-CloudTrail {
                param([Text.Json.JsonElement]$Record)
                $text = { param($element, $name) $value = [Text.Json.JsonElement]::new(); if ($element.ValueKind -eq 'Object' -and $element.TryGetProperty($name, [ref]$value) -and $value.ValueKind -eq 'String') { $value.GetString() } }
                $identity = [Text.Json.JsonElement]::new()
                $null = $Record.TryGetProperty('userIdentity', [ref]$identity)
                [pscustomobject]@{
                    Time      = & $text $Record 'eventTime'
                    Action    = "$((& $text $Record 'eventSource') -replace '\.amazonaws\.com$'):$(& $text $Record 'eventName')"
                    ActorType = & $text $identity 'type'
                    ActorId   = (& $text $identity 'arn') ?? (& $text $identity 'invokedBy')
                    Ip        = & $text $Record 'sourceIPAddress'
                    Outcome   = (& $text $Record 'errorCode') ? 'Failure' : 'Success'
                    Reason    = & $text $Record 'errorMessage'
                    Host      = & $text $Record 'recipientAccountId'
                    App       = & $text $Record 'userAgent'
                    # A few real entries have names that differ in case alone, which no record may: those are kept as text.
                    Data      = try { [ImmutableAudit.Events.EventData]::From($Record) } catch { @{ original = $Record.GetRawText() } }
                }
            }

            $source = [Collections.Generic.List[string]]::new()
            $objects = foreach ($file in Get-ChildItem (Join-Path $shared data/cloudtrail) -Filter *.json) {
                $records = [Text.Json.JsonElement]::new()
                $null = [Text.Json.JsonDocument]::Parse([IO.File]::ReadAllText($file)).RootElement.TryGetProperty('Records', [ref]$records)
                foreach ($record in $records.EnumerateArray()) {
                    $source.Add($record.GetRawText())
                    ConvertFrom-CloudTrail $record
                }
            }

            $key = (New-AuditKey TestDrive:/trail.key -WarningAction Ignore).Path
            if ($Place -eq 'a directory') { $location = Join-Path (Resolve-Path TestDrive:/).ProviderPath trail }
            else {
                $bucket = "pester-$([guid]::NewGuid().ToString('n').Substring(0, 12))"
                $null = New-AuditBucket $bucket -RetentionDays 1 -Mode Governance @Connection -Force -WarningAction Ignore
                $location = "s3://$bucket/trail"
            }
            $null = New-AuditLog $location -Key $key @Connection
        }

        It 'is written, read back as it was, and passes' {
            $source.Count | Should -BeGreaterThan 1000
            $objects | Write-AuditEvent -Log $location @Connection -ErrorVariable failures
            $failures | Should -BeNullOrEmpty
            $records = @(Get-AuditEvent $location -From 1 @Connection)
            $records.Count | Should -Be $source.Count
            $different = for ($i = 0; $i -lt $source.Count; $i++) {
                $data = [Text.Json.Nodes.JsonNode]::Parse($records[$i].Data)
                if ($null -ne $data['original']) { $kept++; $data = [Text.Json.Nodes.JsonNode]::Parse([string]$data['original']) }
                if (-not [Text.Json.Nodes.JsonNode]::DeepEquals($data, [Text.Json.Nodes.JsonNode]::Parse($source[$i]))) { $i }
            }
            $different | Should -BeNullOrEmpty
            $kept | Should -BeLessThan 20
            $records[0].Action | Should -Be $objects[0].Action
            $records[0].Time.UtcDateTime.ToString('yyyy-MM-ddTHH:mm:ssZ') | Should -Be $objects[0].Time
            (Test-AuditChain $location @Connection).Result | Should -Be 'Passed'
        }

        It 'is the same where PowerShell has read the JSON' {
            $some = $source | Select-Object -First 200
            $some | ForEach-Object { @{ Action = 'cloudtrail'; Data = ConvertFrom-Json $_ -DateKind String -Depth 60 } } | Write-AuditEvent -Log $location @Connection
            $records = @(Get-AuditEvent $location -Newest 200 @Connection)
            $different = for ($i = 0; $i -lt 200; $i++) {
                if (-not [Text.Json.Nodes.JsonNode]::DeepEquals([Text.Json.Nodes.JsonNode]::Parse($records[$i].Data), [Text.Json.Nodes.JsonNode]::Parse($some[$i]))) { $i }
            }
            $different | Should -BeNullOrEmpty
        }
    }
}
