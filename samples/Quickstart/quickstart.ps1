#requires -Version 7.6
<#
.SYNOPSIS
    The whole story of a log with the module's cmdlets: made, written, verified, altered, verified again.
.DESCRIPTION
    Everything happens in a temporary folder, which is printed and left behind for you to look at.
    Exits with 0 only if every verification ended as it should.
#>
[CmdletBinding()]
param(
    # A folder of CloudTrail files instead of the sample.
    [string] $From,

    # The assembled module.
    [string] $Module = (Join-Path $PSScriptRoot '../../out/ImmutableAudit')
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$PSStyle.OutputRendering = 'PlainText'
Import-Module $Module

$root = (New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "immutableaudit-quickstart-$([IO.Path]::GetRandomFileName())")).FullName
# What this account remembers of its own logs is left alone.
$env:IMMUTABLEAUDIT_HOME = Join-Path $root 'memory'
$key = Join-Path $root 'audit.key'
$log = Join-Path $root 'log'
$asItShould = $true

function Assert-Story([bool] $Held, [string] $What) {
    if (-not $Held) {
        $script:asItShould = $false
        "   NOT AS IT SHOULD BE: expected that $What."
    }
}

function Format-Report($Report, [string] $Indent = '   ') {
    $Indent + "$($Report.Result)".ToUpperInvariant()
    foreach ($finding in $Report.Findings) {
        $line = "$Indent  "
        foreach ($word in "$($finding.Kind): $($finding.Message)" -split ' ') {
            if ($line.Trim() -and $line.Length + $word.Length -ge 108) { $line; $line = "$Indent  " }
            $line += $line.Trim() ? " $word" : $word
        }
        $line
    }
}

# Names of segments in ascending order have positions in descending order.
function Get-Segment([string] $Directory) {
    Get-ChildItem -LiteralPath (Join-Path $Directory 'segments') -File | Sort-Object -Property Name -Descending -Culture ''
}

function Copy-Log([string] $Name) {
    $copy = Join-Path $root $Name
    Copy-Item -LiteralPath $log -Destination $copy -Recurse
    $copy
}

# What somebody does who may write to the directory and knows the format, but has no key.
function Edit-Record([string] $Directory, [long] $Sequence) {
    foreach ($file in Get-Segment $Directory) {
        $gzip = [IO.Compression.GZipStream]::new([IO.File]::OpenRead($file), [IO.Compression.CompressionMode]::Decompress)
        $lines = [IO.StreamReader]::new($gzip).ReadToEnd() -split "`n"
        $gzip.Dispose()
        $index = [array]::FindIndex($lines, [Predicate[string]] { $args[0].StartsWith("{`"seq`":$Sequence,") })
        if ($index -lt 0) { continue }
        $was = $lines[$index]
        $at = ([regex]'"actor":\{.*?"id":"[^"]*|"action":"[^"]*').Match($was) | ForEach-Object { $_.Index + $_.Length - 1 }
        $lines[$index] = $was.Remove($at, 1).Insert($at, ($was[$at] -eq 'x' ? 'y' : 'x'))
        $stored = [IO.MemoryStream]::new()
        $gzip = [IO.Compression.GZipStream]::new($stored, [IO.Compression.CompressionLevel]::Optimal, $true)
        $gzip.Write([Text.Encoding]::UTF8.GetBytes($lines -join "`n"))
        $gzip.Dispose()
        $bytes = $stored.ToArray()
        $bytes[8] = 0      # the one header that the format allows
        $bytes[9] = 0xFF
        [IO.File]::WriteAllBytes($file, $bytes)
        return [pscustomobject]@{ File = $file.FullName; Was = $was; Is = $lines[$index]; At = $at }
    }
    throw "Record $Sequence isn't in '$Directory'."
}

'1. A key and an empty log'
$null = New-AuditKey $key -WarningAction SilentlyContinue
$made = New-AuditLog $log -Key $key -Name quickstart
$trusted = $made.Keys[0]
"   key   $key"
"   log   $log"
"   vkey  $trusted"
'   The key stays with the writer. The vkey is its public half: the auditor is given that.'
''

if ($From) {
    $entries = [ImmutableAudit.Events.Import.CloudTrailReader]::ReadPathAsync((Convert-Path -LiteralPath $From))
    $events = foreach ($entry in [Threading.Tasks.TaskAsyncEnumerableExtensions]::ToBlockingEnumerable($entries, [Threading.CancellationToken]::None)) {
        if ($entry.Error) { Write-Warning "left out: $($entry.Error.Message)" } else { $entry.Event }
    }
}
else {
    $events = Get-Content -LiteralPath (Join-Path $PSScriptRoot 'access-events.jsonl')
}

"2. $(@($events).Count) access events are written"
"   from $($From ? $From : 'the sample that ships with the project')"
$perCommit = [Math]::Max(15, [int] (@($events).Count / 20))
$receipts = for ($i = 0; $i -lt @($events).Count; $i += $perCommit) {
    @($events)[$i..([Math]::Min($i + $perCommit, @($events).Count) - 1)] | Write-AuditEvent -Log $log -Key $key -PassThru
}
$target = [Math]::Min(17, @($receipts).Count)
Get-AuditEvent $log -From ([Math]::Max(1, $target - 1)) -To ($target + 1) | ForEach-Object {
    '   {0,5}  {1:yyyy-MM-dd HH:mm:ss}  {2,-12} {3,-16} {4,-7}  {5}' -f $_.Sequence, $_.Time.UtcDateTime, ($_.ActorId ?? '-'), $_.Action, $_.Outcome, ($_.ResourceId ?? '-')
}
"   $(@($receipts).Count) acknowledged: each is on the disk, linked and under a signature before its writer goes on."
Assert-Story (@($receipts).Count -eq @($events).Count) 'every event is acknowledged'
''

'3. The auditor verifies it:  Test-AuditChain $log -TrustedKey $vkey'
$first = Test-AuditChain $log -TrustedKey $trusted
Format-Report $first
"   $($first.Records) records in $($first.Segments) segments: no gap, every link, every hash, every signature. $([int] $first.Duration.TotalMilliseconds) ms."
"   (Record 0 is the log's own: its name, its keys, its promises.)"
"   Kept for next time: the checkpoint of $($first.Records) records, root $($first.Root)"
Assert-Story ("$($first.Result)" -eq 'Passed' -and $first.Records -eq @($receipts).Count + 1) 'the untouched log passes'
''

"4. Somebody changes one character of record $target, and verification is repeated"
$altered = Copy-Log altered
$edit = Edit-Record $altered $target
$start = [Math]::Max(0, $edit.At - 46)
"   in    $($edit.File)"
"   was   …$($edit.Was.Substring($start, [Math]::Min(90, $edit.Was.Length - $start)))…"
"   is    …$($edit.Is.Substring($start, [Math]::Min(90, $edit.Is.Length - $start)))…"
'          ' + ' ' * ($edit.At - $start) + '^'
'   The file is compressed anew, so gzip and zcat find nothing wrong with it.'
$second = Test-AuditChain $altered -TrustedKey $trusted -NoMemory
Format-Report $second
Assert-Story ("$($second.Result)" -eq 'Failed' -and $second.Findings[0].Sequence -eq $target) "record $target is named"
''

'5. Somebody deletes the newest segment, so that the last events never happened'
$cut = Copy-Log cut
Remove-Item -LiteralPath (Get-Segment $cut)[-1]
"   verified by somebody who remembers nothing, and so can't see it:"
$third = Test-AuditChain $cut -TrustedKey $trusted -NoMemory
Format-Report $third
Assert-Story ("$($third.Result)" -eq 'Passed') 'without memory it passes'
'   verified with the checkpoint that was kept in step 3:'
$fourth = Test-AuditChain $cut -TrustedKey $trusted -Checkpoint $first.Checkpoint -NoMemory
Format-Report $fourth
Assert-Story ("$($fourth.Result)" -eq 'Failed' -and 'Truncated' -in $fourth.Findings.Kind) 'with the checkpoint it fails'
''

'6. Somebody replaces the whole log by a false one, sealed with a key of his own'
$forged = Join-Path $root forged
$null = New-AuditKey (Join-Path $root intruder.key) -WarningAction SilentlyContinue
$null = New-AuditLog $forged -Key (Join-Path $root intruder.key) -Name quickstart
'   verified without a key, at first sight: it is a sound log, only not ours:'
$fifth = Test-AuditChain $forged -NoMemory
Format-Report $fifth
Assert-Story ("$($fifth.Result)" -eq 'Passed' -and "$($fifth.Trust)" -eq 'FirstSight') 'at first sight it passes, and says so'
'   verified with the vkey:'
$sixth = Test-AuditChain $forged -TrustedKey $trusted -NoMemory
Format-Report $sixth
Assert-Story ("$($sixth.Result)" -eq 'Failed' -and 'NotTrusted' -in $sixth.Findings.Kind) 'with the vkey it fails'
''

if ($asItShould) {
    'Every change was found by an auditor who holds the vkey and a checkpoint. Nothing here stopped anybody'
    'from making it: a directory is tamper-evident, not tamper-proof. Object Lock on a bucket is what stops them.'
}
else {
    'NOT every verification ended as it should; see the lines above.'
}
''
"To look at the log:  zcat $log/segments/*.gz"
"To remove it all:    rm -r $root"
exit ($asItShould ? 0 : 1)
