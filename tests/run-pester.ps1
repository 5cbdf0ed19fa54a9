# Runs the tests of the module that lies in out/ImmutableAudit (or where IMMUTABLEAUDIT_MODULE says), and ends with one
# line: N passed, M failed, K skipped. The exit code is 0 only if all that ran has passed.
[CmdletBinding()]
param(
    # Which test files, by name.
    [string]$Filter = '*'
)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.5
$configuration = New-PesterConfiguration
$configuration.Run.Path = @(Get-ChildItem "$PSScriptRoot/ImmutableAudit.PowerShell.Tests/$Filter.Tests.ps1" | ForEach-Object FullName)
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
$result = Invoke-Pester -Configuration $configuration
$failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
'{0} passed, {1} failed, {2} skipped' -f $result.PassedCount, $failed, $result.SkippedCount
exit $failed -eq 0 ? 0 : 1
