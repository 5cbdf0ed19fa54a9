#!/usr/bin/env bash
# moto-up.sh - starts a throwaway moto server on loopback: an imitation of AWS in Python, all in memory.
#
# Idempotent: a healthy server in $MOTO_DATA is left as it is, contents included, and its variables are
# printed again; whatever else is left there is stopped and wiped, and a new, empty one is started.
#
#   MOTO_DATA        state directory (default ${TMPDIR:-/tmp}/immutable-audit-moto)
#   MOTO_PORT        every service on one port (default 5566)
#   MOTO_ACCESS_KEY, MOTO_SECRET_KEY   what is printed; moto takes any pair until its IAM enforcement is on
#   MOTO_SERVER      the moto_server program, if it is not on the PATH (say, in a virtual environment)
# moto's own settings, such as INITIAL_NO_AUTH_ACTION_COUNT, are passed on to a new server.
#
# stdout: KEY=VALUE lines for the shell to source, also in $MOTO_DATA/env; MOTO_STARTED=no means it was up
# before. Everything else goes to stderr. Exit code: 0 it is up, 1 it failed, 3 something is not installed.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh disable=SC1091
. "$here/lib.sh"

server=$(moto_command) || { say "not installed: moto_server ($MOTO_HINT)"; exit "$NOT_INSTALLED"; }
command -v curl >/dev/null || { say "not installed: curl (as root: apt-get install curl)"; exit "$NOT_INSTALLED"; }

data=$(state_dir MOTO_DATA "${MOTO_DATA:-${TMPDIR:-/tmp}/immutable-audit-moto}")
port=${MOTO_PORT:-5566}
access_key=${MOTO_ACCESS_KEY:-motoaccesskey}
secret_key=${MOTO_SECRET_KEY:-motosecretkey}
mark=$data/.moto-throwaway

# For what is found wrong before anything was started: logs in there would be of an earlier time.
refuse() { say "FAILED: $*"; exit 1; }

mkdir -p "$(dirname "$data")"
take_lock "$data.lock" 120 || exit 1
t0=$(date +%s.%N)

# --- is it up already? -------------------------------------------------------------------------------------

# moto-down.sh must recognise the process in the same way.
alive() { runs "$(cat "$data/moto.pid" 2>/dev/null)" "moto_server -H 127.0.0.1 -p $1 "; }
# A page of moto's own, which no other server has.
moto_answers() { listens "$(cat "$data/moto.pid")" "$1" && answers "http://127.0.0.1:$1/moto-api/"; }

up_port=$(cat "$data/port" 2>/dev/null || true)
if [ -f "$data/env" ] && alive "$up_port"; then
  # Asked for on another port it is still somebody's server: say so rather than wipe it.
  [ "${MOTO_PORT:-$up_port}" = "$up_port" ] || refuse "$data is up on port $up_port; stop it first (moto-down.sh)"
  if moto_answers "$up_port"; then
    say "already up"
    cat "$data/env"
    echo MOTO_STARTED=no
    exit 0
  fi
fi

# --- clear the ground --------------------------------------------------------------------------------------

stop() { MOTO_DATA=$data MOTO_LOCK_HELD=1 "$here/moto-down.sh" --keep 9>&-; }

if [ -e "$data" ]; then
  [ -f "$mark" ] || [ -z "$(ls -A "$data")" ] || refuse "$data exists and is not ours (no $mark): it will not be wiped"
  stop || refuse "could not stop what was left of the old one"
  rm -rf -- "$data"
fi
if port_busy "$port"; then refuse "port $port is taken by another program (MOTO_PORT chooses another)"; fi

# From here on a failure or a signal stops what was started, and leaves the log.
on_exit() {
  local rc=$?
  if [ "$rc" != 0 ]; then stop || true; say "stopped; its log is in $data"; fi
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Says what went wrong, with the server's last lines, and exits.
die() {
  say "FAILED: $*"
  if [ -s "$data/moto.out" ]; then say "--- the end of moto.out:"; tail -n 15 "$data/moto.out" >&2; fi
  exit 1
}

mkdir -p "$data"
: >"$mark"
# moto spools large objects to temporary files: they must go when the server goes, even by kill -9.
mkdir "$data/tmp"
echo "$port" >"$data/port"

# --- start -------------------------------------------------------------------------------------------------

# It records its pid itself before it becomes the server, so that even a kill -9 of this script leaves none
# that nobody knows of. It gets a session of its own and not our lock.
(
  echo "$BASHPID" >"$data/moto.pid"
  MOTO_PORT=$port TMPDIR=$data/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here/moto-mend exec setsid "$server" -H 127.0.0.1 -p "$port"
) >"$data/moto.out" 2>&1 </dev/null 9>&- &
pid=$!
disown "$pid"

end=$((SECONDS + 60))
until moto_answers "$port" 2>/dev/null; do
  if gone "$pid"; then die "the server died"; fi
  [ "$SECONDS" -lt "$end" ] || die "timeout waiting for the server"
  sleep 0.05
done
alive "$port" || die "$server does not run as 'moto_server -H ... -p ...': moto-down.sh would not recognise it"

{
  printf 'MOTO_ENDPOINT=http://127.0.0.1:%s\n' "$port"
  printf 'MOTO_DATA=%s\n' "$data"
  printf 'MOTO_ACCESS_KEY=%q\nMOTO_SECRET_KEY=%q\n' "$access_key" "$secret_key"
} >"$data/env"

say "up in $(awk -v a="$t0" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }') s (http://127.0.0.1:$port)"
cat "$data/env"
echo MOTO_STARTED=yes
