# A logging provider for PSFramework: what Write-PSFMessage logs goes into an audit log, a batch at a time.
#
#   . ./immutableaudit.provider.ps1
#   Set-PSFLoggingProvider -Name immutableaudit -InstanceName audit -Log s3://acme-audit/app -Enabled $true
#   …
#   Wait-PSFMessage                      # before the script ends: PSFramework writes in the background
#
# PSFramework takes messages in memory and hands them on from a thread of its own. Those that it holds when its process
# is killed are in no log. What must not be lost belongs into Write-AuditEvent or Invoke-AuditedCommand.

# PSFramework runs these blocks in a runspace of its own, where the module has to be loaded once more.
$moduleOfThisSession = (Get-Module ImmutableAudit | Select-Object -First 1).ModuleBase
if (-not $moduleOfThisSession) { $moduleOfThisSession = 'ImmutableAudit' }

$begin = [scriptblock]::Create("Import-Module '$($moduleOfThisSession.Replace("'", "''"))' -ErrorAction Stop")

$start = { $script:batch = [System.Collections.Generic.List[object]]::new() }

$message = {
    param($Message)
    # A message says what an error is by its level; PSFramework knows no outcome.
    $script:batch.Add([pscustomobject]@{
            Time      = $Message.Timestamp
            Action    = "psframework:$($Message.Level)"
            ActorType = 'User'
            ActorId   = $Message.Username
            Host      = $Message.ComputerName
            App       = $Message.ModuleName ? $Message.ModuleName : 'PSFramework'
            ResourceId = $Message.TargetObject ? "$($Message.TargetObject)" : $null
            Reason    = [ImmutableAudit.PowerShell.CommandMasker]::MaskText("$($Message.LogMessage)")
            Data      = @{ function = $Message.FunctionName; file = $Message.File; line = $Message.Line; tags = @($Message.Tags); runspace = "$($Message.Runspace)" }
        })
}

$end = {
    if ($script:batch.Count -eq 0) { return }
    $settings = @{ Log = Get-ConfigValue -Name Log }
    foreach ($name in 'Key', 'Spool') {
        $value = Get-ConfigValue -Name $name
        if ($value) { $settings[$name] = $value }
    }
    # An error here is PSFramework's to tell: Get-PSFLoggingProviderInstance shows it.
    $script:batch | Write-AuditEvent @settings -ErrorAction Stop
}

$settings = {
    Set-PSFConfig -Module PSFramework -Name 'Logging.ImmutableAudit.Log' -Value '' -Initialize -Validation string -Description 'The audit log: a directory or s3://bucket/prefix.'
    Set-PSFConfig -Module PSFramework -Name 'Logging.ImmutableAudit.Key' -Value '' -Initialize -Validation string -Description 'The key that seals. The default is the one that this account remembers.'
    Set-PSFConfig -Module PSFramework -Name 'Logging.ImmutableAudit.Spool' -Value '' -Initialize -Validation string -Description 'A directory of its own that keeps what is being sent.'
}

$provider = @{
    Name                       = 'immutableaudit'
    Version2                   = $true
    ConfigurationRoot          = 'PSFramework.Logging.ImmutableAudit'
    InstanceProperties         = 'Log', 'Key', 'Spool'
    BeginEvent                 = $begin
    StartEvent                 = $start
    MessageEvent               = $message
    EndEvent                   = $end
    ConfigurationSettings      = $settings
    ConfigurationDefaultValues = @{ Log = ''; Key = ''; Spool = '' }
}
Register-PSFLoggingProvider @provider
