@{
    RootModule        = 'AuditedOperations.psm1'
    ModuleVersion     = '1.0.0'
    GUID              = '7a3c7d5e-5f0e-4f0f-9d1a-2f8f4f6f5b11'
    Author            = 'The ImmutableAudit authors'
    Description       = 'Sample: the tasks of an operator, each recorded.'
    PowerShellVersion = '7.6'
    RequiredModules   = @('ImmutableAudit')
    FunctionsToExport = @('Get-OperatedFile', 'Remove-OperatedFile')
    CmdletsToExport   = @()
    AliasesToExport   = @()
}
