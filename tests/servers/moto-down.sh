#!/usr/bin/env bash
# moto-down.sh [--keep] - stops the server that moto-up.sh started in $MOTO_DATA and deletes the directory,
# unless --keep. Does nothing, successfully, if there is none.
#
# It kills by recorded pid, and only a process whose command line is still that of a moto server on the
# recorded port; it deletes only a directory that moto-up.sh marked as its own.
#
#   MOTO_DATA       as for moto-up.sh
#   MOTO_LOCK_HELD  for moto-up.sh only, which calls this while it holds the lock
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh disable=SC1091
. "$here/lib.sh"

data=$(state_dir MOTO_DATA "${MOTO_DATA:-${TMPDIR:-/tmp}/immutable-audit-moto}")

if [ ! -e "$data" ] && [ ! -e "$data.lock" ]; then say "nothing to stop"; exit 0; fi
# A moto-up.sh that is still starting is waited for.
if [ -z "${MOTO_LOCK_HELD:-}" ]; then take_lock "$data.lock" 180 || exit 1; fi

pids=()
pid=$(cat "$data/moto.pid" 2>/dev/null || true)
port=$(cat "$data/port" 2>/dev/null || true)
if [ -n "$port" ] && runs "$pid" "moto_server -H 127.0.0.1 -p $port "; then pids+=("$pid"); fi
kill_hard "${pids[@]}"

if [ "${1:-}" = --keep ]; then exit 0; fi
if [ -d "$data" ]; then
  [ -f "$data/.moto-throwaway" ] || { say "$data is not ours, left alone"; rm -f -- "$data.lock"; exit 1; }
  rm -rf -- "$data"
fi
rm -f -- "$data.lock"
say "stopped ${#pids[@]} server(s)"
