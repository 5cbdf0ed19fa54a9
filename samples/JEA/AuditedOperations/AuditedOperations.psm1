# What an operator may do. Each function is one task, and runs between two records: if the start can't be recorded, the
# task isn't done. Replace them by your own; keep the shape.

# A constrained session has no drive 'env:'.
$folder = [Environment]::GetEnvironmentVariable('OPERATED_FOLDER')

function Get-OperatedFile {
    # Shows the text of a file below the operated folder.
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][ValidatePattern('^[\w][\w.-]*$')][string]$Name, [string]$Reason)
    $path = [IO.Path]::Combine($folder, $Name)
    Invoke-AuditedCommand { Get-Content -LiteralPath $path -ErrorAction Stop } -Resource $path -Action operations:Read -Reason $Reason
}

function Remove-OperatedFile {
    # Removes a file below the operated folder.
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][ValidatePattern('^[\w][\w.-]*$')][string]$Name, [Parameter(Mandatory)][string]$Reason)
    $path = [IO.Path]::Combine($folder, $Name)
    Invoke-AuditedCommand { Remove-Item -LiteralPath $path -ErrorAction Stop } -Resource $path -Action operations:Remove -Reason $Reason
}

Export-ModuleMember -Function Get-OperatedFile, Remove-OperatedFile
