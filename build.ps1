#!/usr/bin/env pwsh
#requires -Version 7.4
<#
.SYNOPSIS
    Does with this repository what build.sh does, for people in PowerShell.
.DESCRIPTION
    On Linux and macOS this calls build.sh. On Windows it runs the .NET parts itself: the test servers are for Linux,
    so tests that need them are skipped there, and the module can't be assembled.
.EXAMPLE
    ./build.ps1 -Task Quickstart
.EXAMPLE
    ./build.ps1 -Task Quickstart -From ./cloudtrail
#>
[CmdletBinding()]
param(
    [ValidateSet('Quickstart', 'Test', 'Build', 'Pack', 'Bench', 'Clean')]
    [string] $Task = 'Build',

    # A folder of CloudTrail files, for Quickstart.
    [string] $From
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

if (-not $IsWindows) {
    $arguments = @($Task.ToLowerInvariant())
    if ($From) { $arguments += '--from', (Convert-Path -LiteralPath $From) }
    & (Join-Path $PSScriptRoot 'build.sh') @arguments
    exit $LASTEXITCODE
}

$solution = Join-Path $PSScriptRoot 'ImmutableAudit.PowerShell.sln'
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_CLI_UI_LANGUAGE = 'en'

function Assert-Dotnet {
    if (-not (Get-Command dotnet -ErrorAction Ignore)) {
        throw 'Missing: the .NET SDK 10.0. Get it from https://dotnet.microsoft.com/download/dotnet/10.0'
    }
}

function Invoke-Build {
    'Building everything in Release.'
    $log = dotnet build $solution -c Release -warnaserror --nologo -v quiet
    if ($LASTEXITCODE -ne 0) {
        $log | Select-String -Pattern '(error|warning) [A-Z]+\d+' | ForEach-Object Line | Sort-Object -Unique
        throw 'The build failed.'
    }
}

function Invoke-Test {
    Invoke-Build
    'The test servers need Linux: tests that need them are skipped.'
    $passed = $failed = $skipped = 0
    $results = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid()))
    try {
        foreach ($name in 'ImmutableAudit.Core.Tests', 'ImmutableAudit.Aws.Tests') {
            $dll = Join-Path $PSScriptRoot "tests/$name/bin/Release/net10.0/$name.dll"
            $log = dotnet test $dll --logger "trx;LogFileName=$name.trx" --results-directory $results
            $ended = $LASTEXITCODE
            $trx = Join-Path $results "$name.trx"
            $counters = (Test-Path $trx) ? ([xml] (Get-Content -Raw $trx)).TestRun.ResultSummary.Counters : $null
            [int] $p = $counters ? $counters.passed : 0
            [int] $f = $counters ? [int] $counters.executed - $p : 0
            [int] $s = $counters ? [int] $counters.total - [int] $counters.executed : 0
            if ($ended -ne 0) { $log }
            # A run that crashed or ran nothing counts as one failure.
            if (($ended -ne 0 -and $f -eq 0) -or $p + $f + $s -eq 0) { $f = 1 }
            "  ${name}: $p passed, $f failed, $s skipped"
            $passed += $p; $failed += $f; $skipped += $s
        }
    }
    finally {
        Remove-Item -Recurse -Force $results
    }

    '  The Pester tests need the assembled module, and were not run.'
    $skipped ? "$passed passed, $failed failed, $skipped skipped" : "$passed passed, $failed failed"
    exit ([int] ($failed -gt 0))
}

switch ($Task) {
    'Build' { Assert-Dotnet; Invoke-Build; 'Built.' }
    'Test' { Assert-Dotnet; Invoke-Test }
    'Pack' { throw 'The module is assembled by tools/assemble-module.sh, on Linux or macOS.' }
    'Bench' { Assert-Dotnet; dotnet run -c Release --project (Join-Path $PSScriptRoot 'bench/ImmutableAudit.Bench') -- whole-job; exit $LASTEXITCODE }
    'Quickstart' {
        Assert-Dotnet
        'Quickstart by the C# sample: the module is assembled on Linux or macOS.'
        $options = $From ? @('--from', (Convert-Path -LiteralPath $From)) : @()
        dotnet run -c Release --project (Join-Path $PSScriptRoot 'samples/Quickstart') -- @options
        exit $LASTEXITCODE
    }
    'Clean' {
        foreach ($folder in 'src', 'tests', 'samples', 'bench') {
            Get-ChildItem -Path (Join-Path $PSScriptRoot $folder) -Directory -Recurse -Include bin, obj, TestResults -ErrorAction Ignore | Remove-Item -Recurse -Force
        }
        Remove-Item -Recurse -Force (Join-Path $PSScriptRoot 'out') -ErrorAction Ignore
        'Removed what was built.'
    }
}
