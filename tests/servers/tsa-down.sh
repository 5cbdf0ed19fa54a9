#!/usr/bin/env bash
# tsa-down.sh - stops the authority that tsa-up.sh started in $TSA_DATA and deletes the directory. Does nothing,
# successfully, if there is none. It kills by recorded pid, and only a process whose command line is still the server's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh disable=SC1091
. "$here/lib.sh"

data=$(state_dir TSA_DATA "${TSA_DATA:-${TMPDIR:-/tmp}/immutable-audit-tsa}")
if [ ! -e "$data" ]; then say "nothing to stop"; exit 0; fi
[ -f "$data/.tsa-throwaway" ] || { say "$data is not ours, left alone"; exit 1; }
pid=$(cat "$data/tsa.pid" 2>/dev/null || true)
port=$(cat "$data/port" 2>/dev/null || true)
if [ -n "$port" ] && runs "$pid" "tsa.py $port $data"; then kill_hard "$pid"; fi
rm -rf -- "$data"
say "stopped"
