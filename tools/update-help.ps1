# Makes the help that the module ships (en-US/*-Help.xml) of its source (docs/cmdlets/*.md), with platyPS 1.x. The
# result is committed, so that building the module needs no platyPS.
#
# -Parameters also brings new, changed and removed parameters of the built module into the source first.
[CmdletBinding()]
param(
    [switch]$Parameters
)

$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
$source = Join-Path $root docs/cmdlets
Import-Module Microsoft.PowerShell.PlatyPS -MinimumVersion 1.0.0

$files = Get-ChildItem $source -Filter *.md | Where-Object { (Measure-PlatyPSMarkdown $_.FullName).Filetype -match 'CommandHelp' }
if ($Parameters) {
    Import-Module (Join-Path $root out/ImmutableAudit/ImmutableAudit.psd1) -Force
    $files | Update-MarkdownCommandHelp -NoBackup | Out-Null
}

$unfinished = $files | Select-String -Pattern '\{\{' -List
if ($unfinished) { throw "There are gaps in $($unfinished.Filename -join ', '): look for {{." }

# platyPS puts its result into a folder of the module's name.
$work = Join-Path ([IO.Path]::GetTempPath()) "immutableaudit-help-$([guid]::NewGuid())"
try {
    $files.FullName | Import-MarkdownCommandHelp | Export-MamlCommandHelp -OutputFolder $work -Force | Out-Null
    $made = Get-ChildItem $work -Recurse -Filter *-Help.xml
    # One way to end lines, so that nothing changes where nothing changed.
    $text = [IO.File]::ReadAllText($made.FullName).ReplaceLineEndings("`n").TrimEnd() + "`n"
    # Markdown's fences mean nothing in a console: commands get a prompt, their output stands as it is. And platyPS
    # fills empty paragraphs with a control character.
    $text = [regex]::Replace($text, '(?s)```powershell\n(.*?)\n```', { $args[0].Groups[1].Value -replace '(?m)^', 'PS> ' })
    $text = [regex]::Replace($text, '(?s)```output\n(.*?)\n```', "`n`$1`n").Replace('&#x80;', ' ')
    [IO.File]::WriteAllText((Join-Path $root en-US $made.Name), $text)
}
finally {
    Remove-Item $work -Recurse -ErrorAction Ignore
}
