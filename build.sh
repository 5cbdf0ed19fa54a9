#!/usr/bin/env bash
# build.sh COMMAND - everything that is done with this repository, from any working directory; see 'build.sh help'.
#
# It says what it does in a few lines. What a tool prints is shown only where the tool fails.
#   IMMUTABLEAUDIT_TEST_SERVERS  which test servers to use, of "rgw moto" (default: both)
#   IMMUTABLEAUDIT_VERBOSE=1     show everything that the tools print
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here solution="$here/ImmutableAudit.PowerShell.sln"
readonly powershell_wanted=7.6

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en POWERSHELL_TELEMETRY_OPTOUT=1
# Build servers would live on after us and hold what our output goes to.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false

help() {
  cat <<'EOF'
usage: ./build.sh COMMAND

  quickstart [--from DIR]  a log is made, written, verified, altered and verified again, in a temporary folder.
                           DIR: real CloudTrail files (*.json, *.json.gz) instead of the sample
  test                     builds everything and runs all tests; the last line is "N passed, M failed"
  build                    builds everything in Release
  pack                     assembles the PowerShell module into out/ImmutableAudit
  bench                    runs the whole-job benchmark
  clean                    removes what was built
  help                     this text
EOF
}

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

scratch=
scratch_dir() {
  if [ -z "$scratch" ]; then
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/immutableaudit-build.XXXXXX")
    trap 'rm -rf -- "$scratch"' EXIT
  fi
}

# quietly WHAT COMMAND...: prints WHAT; what COMMAND prints only where it fails, and then its errors rather than all.
quietly() {
  local what=$1 log rc=0
  shift
  say "$what"
  if [ -n "${IMMUTABLEAUDIT_VERBOSE:-}" ]; then "$@"; return; fi
  scratch_dir
  log=$scratch/log
  "$@" >"$log" 2>&1 </dev/null || rc=$?
  if [ "$rc" != 0 ]; then
    # The compiler tells every error twice.
    if ! grep -E '(error|warning) [A-Z]+[0-9]+' "$log" | sed -e 's/^ *//' -e 's/ \[[^]]*\]$//' | sort -u >&2; then
      tail -n 40 "$log" >&2
    fi
  fi
  return "$rc"
}

# --- what is needed -----------------------------------------------------------------------------------------

need_dotnet() {
  local wanted where
  wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$here/global.json")
  where="Get it from https://dotnet.microsoft.com/download/dotnet/10.0 (Debian's own repositories don't have it), or without
root: curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0, and put ~/.dotnet on the PATH."
  command -v dotnet >/dev/null || fail "Missing: the .NET SDK $wanted or a newer 10.0. There is no 'dotnet' on the PATH.
$where"
  # In this folder dotnet follows global.json and fails where no SDK fits.
  (cd "$here" && dotnet --version) >/dev/null 2>&1 || fail "Missing: the .NET SDK $wanted or a newer 10.0. 'dotnet' is there, with: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' - || true)
$where"
}

# Why the module can't be used here; nothing where it can.
why_no_powershell() {
  local version
  if ! command -v pwsh >/dev/null; then say "PowerShell (pwsh) not found"; return; fi
  # shellcheck disable=SC2016  # PowerShell's variable, not ours
  version=$(pwsh -NoProfile -NonInteractive -Command '"$($PSVersionTable.PSVersion)"' 2>/dev/null </dev/null) || version=unknown
  if [ "$(printf '%s\n' "$powershell_wanted" "$version" | sort -V | head -n 1)" != "$powershell_wanted" ]; then
    say "PowerShell $powershell_wanted or newer is needed, and pwsh is $version"
  fi
}

build_all() { quietly "Building everything in Release." dotnet build "$solution" -c Release -warnaserror --nologo -v quiet; }

# --- commands -----------------------------------------------------------------------------------------------

build() {
  need_dotnet
  build_all
  say "Built."
}

has_module_sources() { [ -x "$here/tools/assemble-module.sh" ]; }

assemble() { quietly "Assembling the PowerShell module." "$here/tools/assemble-module.sh"; }

pack() {
  need_dotnet
  has_module_sources || fail "There is no tools/assemble-module.sh in this checkout, so no module can be assembled."
  assemble
  say "The module is in $here/out/ImmutableAudit. Use it with: Import-Module $here/out/ImmutableAudit"
}

quickstart() {
  local from='' why
  while [ $# != 0 ]; do
    case $1 in
      --from) [ $# -ge 2 ] || fail "--from needs a folder."; from=$2; shift 2 ;;
      --from=*) from=${1#--from=}; shift ;;
      *) fail "quickstart doesn't know '$1'. usage: ./build.sh quickstart [--from DIR]" ;;
    esac
  done
  [ -z "$from" ] || [ -d "$from" ] || fail "There is no folder '$from'."
  need_dotnet

  why=$(why_no_powershell)
  if [ -z "$why" ] && ! { has_module_sources && [ -f "$here/samples/Quickstart/quickstart.ps1" ]; }; then
    why="the PowerShell module isn't in this checkout"
  fi
  if [ -z "$why" ]; then
    say "Quickstart by the PowerShell module ($(pwsh --version))."
    assemble
    say
    set -- pwsh -NoProfile -NonInteractive -File "$here/samples/Quickstart/quickstart.ps1"
    if [ -n "$from" ]; then set -- "$@" -From "$from"; fi
  else
    say "Quickstart by the C# sample: $why."
    quietly "Building it." dotnet build "$here/samples/Quickstart" -c Release --nologo -v quiet
    say
    set -- dotnet "$here/samples/Quickstart/bin/Release/net10.0/ImmutableAudit.Quickstart.dll"
    if [ -n "$from" ]; then set -- "$@" --from "$from"; fi
  fi
  "$@"
}

bench() {
  need_dotnet
  [ -d "$here/bench/ImmutableAudit.Bench" ] || fail "There is no bench/ImmutableAudit.Bench in this checkout, so nothing can be measured."
  dotnet run -c Release --project "$here/bench/ImmutableAudit.Bench" -- whole-job "$@"
}

clean() {
  local folder
  for folder in src tests samples bench; do
    if [ -d "$here/$folder" ]; then
      find "$here/$folder" \( -name bin -o -name obj -o -name TestResults \) -type d -prune -exec rm -rf {} +
    fi
  done
  rm -rf -- "$here/out"
  say "Removed what was built."
}

# --- tests --------------------------------------------------------------------------------------------------

# The counts are gathered in a file, one line "passed failed skipped" for each run: they come from another process
# where the test servers are up.

# count FILE PASSED FAILED SKIPPED EXIT-CODE NAME: a run that crashed or ran nothing counts as one failure, and says so.
count() {
  local file=$1 passed=$2 failed=$3 skipped=$4 rc=$5 name=$6
  if [ $((passed + failed + skipped)) = 0 ]; then
    say "  $name ran nothing: counted as one failure."
    failed=1
  elif [ "$rc" != 0 ] && [ "$failed" = 0 ]; then
    say "  $name did not end well (exit code $rc): counted as one failure."
    failed=1
  fi
  say "  $name: $passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
  echo "$passed $failed $skipped" >>"$file"
}

# attribute FILE NAME: an attribute of the trx file's counters.
attribute() { sed -n 's/.*<Counters[^>]* '"$2"'="\([0-9]*\)".*/\1/p' "$1" | head -n 1; }

run_xunit() {
  local name=$1 counts=$2 dll trx log rc=0 total=0 executed=0 passed=0
  dll=$here/tests/$name/bin/Release/net10.0/$name.dll
  trx=$scratch/$name.trx
  log=$scratch/$name.log
  dotnet test "$dll" --logger "trx;LogFileName=$trx" --results-directory "$scratch" \
    --blame-hang-timeout 15min --blame-hang-dump-type none >"$log" 2>&1 </dev/null || rc=$?
  if [ -f "$trx" ]; then
    total=$(attribute "$trx" total) executed=$(attribute "$trx" executed) passed=$(attribute "$trx" passed)
  fi
  if [ "$rc" != 0 ]; then
    grep -vE '^(VSTest version|Data collector|Starting test execution|A total of|Results File:|\[xUnit.net|  Skipped |  Passed |$)' "$log" || true
  fi
  count "$counts" "${passed:-0}" "$((${executed:-0} - ${passed:-0}))" "$((${total:-0} - ${executed:-0}))" "$rc" "$name"
  if [ -f "$trx" ]; then skip_reasons "$trx"; fi
}

# skip_reasons TRX: why tests were skipped, each reason once with how often.
skip_reasons() {
  awk '
    /<UnitTestResult / { skipped = /outcome="NotExecuted"/ }
    skipped && match($0, /<Message>[^<]*/) { print substr($0, RSTART + 9, RLENGTH - 9) }' "$1" |
    sed -e 's/&#x[AD];/ /g' -e "s/&apos;/'/g" -e 's/&quot;/"/g' -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&amp;/\&/g' |
    sort | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)/    \1 skipped: \2/'
}

# Pester 5.5 or a newer 5, into out/ where the machine has none. Fails where it can't be had.
need_pester() {
  local modules=$here/out/tools
  export PSModulePath="$modules${PSModulePath:+:$PSModulePath}"
  # shellcheck disable=SC2016  # PowerShell's variables, not ours
  modules=$modules pwsh -NoProfile -NonInteractive -Command '
    $ErrorActionPreference = "Stop"
    $ProgressPreference = "SilentlyContinue"
    function Test-Pester { [bool] (Get-Module -ListAvailable Pester | Where-Object { $_.Version -ge "5.5" -and $_.Version -lt "6.0" }) }
    if (Test-Pester) { exit 0 }
    $null = New-Item -ItemType Directory -Force -Path $env:modules
    Save-PSResource Pester -Version "[5.5,6.0)" -Path $env:modules -TrustRepository
    exit ([int] -not (Test-Pester))' </dev/null >/dev/null 2>&1
}

run_pester() {
  local counts=$1 log=$scratch/pester.log rc=0 line why passed failed skipped
  why=$(why_no_powershell)
  if [ -n "$why" ]; then say "  $why: the Pester tests were not run."; return; fi
  if ! [ -f "$here/tests/run-pester.ps1" ]; then say "  There is no tests/run-pester.ps1 in this checkout: the Pester tests were not run."; return; fi
  if ! need_pester; then say "  Pester 5.5 not found (pwsh -Command Install-PSResource Pester): the Pester tests were not run."; return; fi
  pwsh -NoProfile -NonInteractive -File "$here/tests/run-pester.ps1" >"$log" 2>&1 </dev/null || rc=$?
  # It ends with "N passed, M failed, K skipped".
  line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1 || true)
  number() { printf '%s' "$line" | sed -n "s/^\(.*, \)*\([0-9]*\) $1.*/\2/p"; }
  passed=$(number passed) failed=$(number failed) skipped=$(number skipped)
  if [ "$rc" != 0 ] || [ -z "$line" ]; then grep -avE '^ *\[\+\]' "$log" | tail -n 200; fi
  count "$counts" "${passed:-0}" "${failed:-0}" "${skipped:-0}" "$rc" Pester
}

# Inside with-servers.sh, where there is one: all runs, one after the other.
run_all() {
  local counts=$1
  scratch=$(dirname "$counts")
  say "Running the tests."
  run_xunit ImmutableAudit.Core.Tests "$counts"
  run_xunit ImmutableAudit.Aws.Tests "$counts"
  run_pester "$counts"
}

test_all() {
  local counts rc=0 passed=0 failed=0 skipped=0 p f s
  scratch_dir
  counts=$scratch/counts
  : >"$counts"
  need_dotnet
  if ! build_all; then
    say "The build failed, so no test was run."
    say "0 passed, 1 failed"
    return 1
  fi
  # The Pester tests take the module as people get it.
  if has_module_sources && [ -z "$(why_no_powershell)" ] && ! assemble; then echo "0 1 0" >>"$counts"; fi

  if [ "$(uname -s)" = Linux ]; then
    # What can't be installed is said by with-servers.sh, and the tests that need it are skipped.
    "$here/tests/servers/install.sh" >/dev/null 2>&1 || true
    "$here/tests/servers/with-servers.sh" "$here/build.sh" --run-all "$counts" || rc=$?
  else
    say "The test servers need Linux: tests that need them are skipped."
    "$here/build.sh" --run-all "$counts" || rc=$?
  fi

  while read -r p f s; do
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done <"$counts"
  if [ "$rc" != 0 ] || [ $((passed + failed)) = 0 ]; then
    say "The test run itself did not end well (exit code $rc): counted as one failure."
    failed=$((failed + 1))
  fi
  if [ "$skipped" = 0 ]; then say "$passed passed, $failed failed"; else say "$passed passed, $failed failed, $skipped skipped"; fi
  [ "$failed" = 0 ]
}

command=${1:-help}
if [ $# != 0 ]; then shift; fi
case $command in
  quickstart | bench) "$command" "$@" ;;
  --run-all) run_all "$1" ;;
  test | build | pack | clean | help)
    [ $# = 0 ] || fail "'$command' takes nothing behind it. $(help | head -n 1)"
    if [ "$command" = test ]; then command=test_all; fi
    "$command"
    ;;
  -h | --help) help ;;
  *) help >&2; exit 2 ;;
esac
