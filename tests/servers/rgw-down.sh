#!/usr/bin/env bash
# rgw-down.sh [--keep] - stops the gateway that rgw-up.sh started in $RGW_DATA and deletes the directory,
# unless --keep. Does nothing, successfully, if there is none.
#
# It kills by recorded pid, and only a process whose command line still names our ceph.conf; it deletes only
# a directory that rgw-up.sh marked as its own.
#
#   RGW_DATA       as for rgw-up.sh
#   RGW_LOCK_HELD  for rgw-up.sh only, which calls this while it holds the lock
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh disable=SC1091
. "$here/lib.sh"

data=$(state_dir RGW_DATA "${RGW_DATA:-${TMPDIR:-/tmp}/immutable-audit-rgw}")

if [ ! -e "$data" ] && [ ! -e "$data.lock" ]; then say "nothing to stop"; exit 0; fi
# An rgw-up.sh that is still starting is waited for.
if [ -z "${RGW_LOCK_HELD:-}" ]; then take_lock "$data.lock" 180 || exit 1; fi

pids=()
for daemon in rgw osd mon; do
  pid=$(cat "$data/$daemon.pid" 2>/dev/null || true)
  if runs "$pid" "-c $data/ceph.conf "; then pids+=("$pid"); fi
done
kill_hard "${pids[@]}"

if [ "${1:-}" = --keep ]; then exit 0; fi
if [ -d "$data" ]; then
  [ -f "$data/.rgw-throwaway" ] || { say "$data is not ours, left alone"; rm -f -- "$data.lock"; exit 1; }
  rm -rf -- "$data"
fi
rm -f -- "$data.lock"
say "stopped ${#pids[@]} daemon(s)"
