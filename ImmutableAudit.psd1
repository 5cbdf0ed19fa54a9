@{
    RootModule             = 'ImmutableAudit.PowerShell.dll'
    ModuleVersion          = '0.1.0'
    CompatiblePSEditions   = @('Core')
    GUID                   = '5f0a3f6e-0c3f-4a57-9a57-64e6b1f7b8d2'
    Author                 = 'The ImmutableAudit authors'
    CompanyName            = 'The ImmutableAudit authors'
    Copyright              = 'Copyright (c) 2026 The ImmutableAudit authors'
    Description            = 'Tamper-evident audit logs in a directory or in S3 with Object Lock: append-only, hash-chained, signed, and verified by whoever reads them.'
    PowerShellVersion      = '7.6'
    FormatsToProcess       = @(
        'Formats/Access.Format.ps1xml'
        'Formats/Events.Format.ps1xml'
        'Formats/Logs.Format.ps1xml'
        'Formats/Verification.Format.ps1xml'
    )
    FunctionsToExport      = @()
    CmdletsToExport        = @(
        'Add-AuditKey'
        'Add-AuditTimestamp'
        'Clear-AuditLegalHold'
        'Clear-AuditTrust'
        'Disable-AuditKey'
        'Export-AuditEvent'
        'Export-AuditEvidence'
        'Export-AuditLog'
        'Get-AuditBucketPolicy'
        'Get-AuditCheckpoint'
        'Get-AuditEvent'
        'Get-AuditLog'
        'Get-AuditProof'
        'Get-AuditReadOnly'
        'Get-AuditSession'
        'Get-AuditSummary'
        'Get-AuditTrust'
        'Grant-AuditReadOnly'
        'Grant-AuditWriter'
        'Import-AuditEvent'
        'Invoke-AuditedCommand'
        'New-AuditBucket'
        'New-AuditKey'
        'New-AuditLog'
        'Revoke-AuditReadOnly'
        'Revoke-AuditWriter'
        'Search-AuditEvent'
        'Set-AuditLegalHold'
        'Set-AuditRetention'
        'Start-AuditSession'
        'Stop-AuditSession'
        'Test-AuditBucket'
        'Test-AuditChain'
        'Test-AuditEvidence'
        'Test-AuditProof'
        'Test-AuditReadOnly'
        'Update-AuditIndex'
        'Watch-AuditLog'
        'Write-AuditEvent'
    )
    VariablesToExport      = @()
    AliasesToExport        = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('audit', 'log', 'tamper-evident', 'immutable', 'WORM', 'ObjectLock', 'S3', 'compliance', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            ReleaseNotes = 'First version: make keys, buckets and logs; write, import, record, search, watch, count and export events; verify whole logs; prove records and export evidence that stands alone; change keys, lengthen locks, grant and prove read-only access, and check buckets.'
        }
    }
}
