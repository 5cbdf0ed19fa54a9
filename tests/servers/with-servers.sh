#!/usr/bin/env bash
# with-servers.sh COMMAND [ARGUMENT...] - runs COMMAND with the test servers up, and stops them afterwards.
#
# COMMAND finds in its environment, for each server that is up:
#   IMMUTABLEAUDIT_TEST_RGW_ENDPOINT         IMMUTABLEAUDIT_TEST_MOTO_ENDPOINT
#   IMMUTABLEAUDIT_TEST_RGW_ROOT_ACCESS_KEY  IMMUTABLEAUDIT_TEST_MOTO_ACCESS_KEY
#   IMMUTABLEAUDIT_TEST_RGW_ROOT_SECRET_KEY  IMMUTABLEAUDIT_TEST_MOTO_SECRET_KEY
#   IMMUTABLEAUDIT_TEST_RGW_USER_ACCESS_KEY
#   IMMUTABLEAUDIT_TEST_RGW_USER_SECRET_KEY
#   IMMUTABLEAUDIT_TEST_RGW_USER_ARN
#   and with RGW_TLS=1 IMMUTABLEAUDIT_TEST_RGW_TLS_ENDPOINT, IMMUTABLEAUDIT_TEST_RGW_TLS_CERT
#   IMMUTABLEAUDIT_TEST_TSA_URL, IMMUTABLEAUDIT_TEST_TSA_ROOT (a file): a timestamping authority and its root
# A server that is not installed is left out with one line on stderr, and so are its variables.
#
# Each run has servers of its own, in a directory of its own and on free ports, so runs don't meet. What a
# run left behind that was killed with -9 is cleared away by the next one. To name a server instead, set
# RGW_DATA or RGW_PORT (MOTO_, TSA_ alike): it is then the server that rgw-up.sh (moto-up.sh) takes
# those to mean, and if it was up before it is used and left running. The scripts' other variables work too.
#
#   IMMUTABLEAUDIT_TEST_SERVERS  which servers (default "rgw moto tsa")
#
# Exit code: COMMAND's own; 125 if a server that is installed did not start, so that COMMAND was not run.
# shellcheck disable=SC2317  # the functions are reached, by traps and by name
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh disable=SC1091
. "$here/lib.sh"

readonly NOT_RUN=125
[ $# != 0 ] || { say "usage: with-servers.sh COMMAND [ARGUMENT...]"; exit "$NOT_RUN"; }
read -r -a servers <<<"${IMMUTABLEAUDIT_TEST_SERVERS:-rgw moto tsa}"
for server in "${servers[@]}"; do
  case $server in rgw | moto | tsa) ;; *) say "unknown server '$server': rgw, moto or tsa"; exit "$NOT_RUN" ;; esac
done

# COMMAND is to see the servers of this run and no others.
for variable in "${!IMMUTABLEAUDIT_TEST_RGW_@}" "${!IMMUTABLEAUDIT_TEST_MOTO_@}" "${!IMMUTABLEAUDIT_TEST_TSA_@}"; do unset "$variable"; done

# --- a directory and ports of our own ----------------------------------------------------------------------

base=$(realpath -m -- "${TMPDIR:-/tmp}")
# rgw-up.sh takes at most 60 characters, /ia-run.XXXXXX/rgw included.
if [ "${#base}" -gt 40 ]; then base=/tmp; fi
readonly prefix=$base/ia-run.
run=

# down SERVER DIRECTORY: says something only if it fails.
down() {
  local words
  words=$(RGW_DATA=$2 MOTO_DATA=$2 TSA_DATA=$2 "$here/$1-down.sh" 2>&1 8>&- 9>&-) ||
    { say "could not stop the server in $2: $words"; return 1; }
}

# A run holds the lock on its directory's 'lock' file as long as it lives: a free lock is a dead run's.
clear_dead_runs() {
  local dead
  for dead in "$prefix"*; do
    if ! [ -O "$dead" ] || ! [ -d "$dead" ]; then continue; fi
    exec 7>>"$dead/lock"
    if flock -n 7; then
      say "clearing away what a killed run left in $dead"
      if down rgw "$dead/rgw" && down moto "$dead/moto" && down tsa "$dead/tsa"; then rm -rf -- "$dead"; fi
    fi
    exec 7>&-
  done
}

# Six ports in a row that nobody listens on and no other run has chosen. Below 32768, where the kernel
# doesn't take ports for outgoing connections.
choose_ports() {
  local i first p taken
  taken=" $(cat "$prefix"*/ports 2>/dev/null | tr '\n' ' ' || true)"
  for ((i = 0; i < 200; i++)); do
    first=$((20000 + RANDOM % 1000 * 10))
    if [[ $taken == *" $first "* ]]; then continue; fi
    for ((p = first; p < first + 6; p++)); do if port_busy "$p"; then continue 2; fi; done
    echo "$first" >"$run/ports"
    rgw_port=$first # and the next one for https
    rgw_mon_port=$((first + 2)) # and the next one
    moto_port=$((first + 4))
    tsa_port=$((first + 5))
    return 0
  done
  say "no free ports found"
  return 1
}

# Only one run at a time clears and chooses. The lock file stays: one empty file for each user.
exclusively() {
  exec 9>>"$base/ia-runs.$(id -u).lock"
  flock -w 120 9 || { say "another run has held $base/ia-runs.$(id -u).lock for 120 s"; return 1; }
  "$@"
  exec 9>&-
}

new_run() {
  clear_dead_runs
  run=$(mktemp -d "${prefix}XXXXXX")
  exec 8>"$run/lock"
  flock -n 8
  choose_ports
}

# --- ending ------------------------------------------------------------------------------------------------

starting=()    # pids of the scripts that are starting a server
waiting_for=   # pid of the shell around COMMAND, once it runs

clean_up() {
  local rc=$? server pid named started
  trap '' INT TERM HUP
  # One that is still starting ends by itself, and takes down what it had started.
  for pid in "${starting[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${starting[@]}"; do wait "$pid" 2>/dev/null || true; done
  # Our own failure is not to be taken for the command's.
  if [ -z "$waiting_for" ] && [ "$rc" = 1 ]; then rc=$NOT_RUN; fi
  if [ -z "$run" ]; then exit "$rc"; fi
  for server in "${servers[@]}"; do
    named=$(named_directory "$server")
    if [ -z "$named" ]; then
      down "$server" "$run/$server" || true
    else
      started=$(grep -c '^[A-Z]*_STARTED=yes$' "$run/$server.out" 2>/dev/null || true)
      if [ "${started:-0}" != 0 ]; then down "$server" "$named" || true; fi
    fi
  done
  rm -rf -- "$run"
  exit "$rc"
}

# on_signal NAME NUMBER: COMMAND gets it too and is then waited for. From a terminal Ctrl+C reaches it anyway.
on_signal() {
  if [ -z "$waiting_for" ]; then exit $((128 + $2)); fi
  if [ "$1" = INT ] && [ -t 0 ]; then return 0; fi
  until [ -s "$run/command.pid" ] || gone "$waiting_for"; do sleep 0.01; done
  kill -s "$1" "$(cat "$run/command.pid")" 2>/dev/null || true
}

trap clean_up EXIT
trap 'on_signal INT 2' INT
trap 'on_signal TERM 15' TERM
trap 'on_signal HUP 1' HUP

# --- starting ----------------------------------------------------------------------------------------------

# The state directory of a server that the caller named, or nothing.
named_directory() {
  local data=${1^^}_DATA port=${1^^}_PORT
  if [ -z "${!data:-}${!port:-}" ]; then return 0; fi
  echo "${!data:-${TMPDIR:-/tmp}/immutable-audit-$1}"
}

# up SERVER: becomes the script that starts it, so that a signal to this process reaches that.
up() {
  if [ -n "$(named_directory "$1")" ]; then
    exec "$here/$1-up.sh"
  elif [ "$1" = rgw ]; then
    RGW_DATA=$run/rgw RGW_PORT=$rgw_port RGW_MON_PORT=${RGW_MON_PORT:-$rgw_mon_port} exec "$here/rgw-up.sh"
  elif [ "$1" = tsa ]; then
    TSA_DATA=$run/tsa TSA_PORT=$tsa_port exec "$here/tsa-up.sh"
  else
    MOTO_DATA=$run/moto MOTO_PORT=$moto_port exec "$here/moto-up.sh"
  fi
}

# start_all SERVER...: all at once. Leaves the exit codes in 'code', and what was said in $run.
declare -A code
start_all() {
  local server i=0
  starting=()
  for server in "$@"; do
    (up "$server") >"$run/$server.out" 2>"$run/$server.err" 8>&- &
    starting+=($!)
  done
  for server in "$@"; do
    code[$server]=0
    wait "${starting[i]}" || code[$server]=$?
    i=$((i + 1))
  done
  starting=()
}

exclusively new_run
start_all "${servers[@]}"

again=()
for server in "${servers[@]}"; do
  # A stranger may have taken a port between our look and the server's start: once more, with others.
  if [ "${code[$server]}" = 1 ] && [ -z "$(named_directory "$server")" ]; then again+=("$server"); fi
done
if [ "${#again[@]}" != 0 ]; then
  for server in "${again[@]}"; do cat "$run/$server.err" >&2; say "once more, on other ports"; done
  exclusively choose_ports
  start_all "${again[@]}"
fi

for server in "${servers[@]}"; do
  case ${code[$server]} in
    0)
      while IFS= read -r line; do
        case $line in
          *_DATA=* | *_STARTED=*) ;;
          # The values are quoted for the shell, and they are our own.
          *) eval "export IMMUTABLEAUDIT_TEST_$line" ;;
        esac
      done <"$run/$server.out"
      ;;
    "$NOT_INSTALLED") say "without $server: $(tail -n 1 "$run/$server.err" | sed 's/^[a-z-]*: //')" ;;
    *)
      cat "$run/$server.err" >&2
      say "$server did not start; the command was not run"
      exit "$NOT_RUN"
      ;;
  esac
done

# --- the command -------------------------------------------------------------------------------------------

# In the background, or a SIGTERM would not be looked at until it ends; but with our standard input, and with
# the SIGINT and SIGQUIT that a shell switches off for background commands. The shell in between writes the
# exit code to a file: a 'wait' that a signal interrupts can lose it (seen with bash 5.2, one Ctrl+C in six).
(
  trap : TERM HUP # this shell outlives the command; the command itself is not affected
  rc=0
  # shellcheck disable=SC2016
  env --default-signal=INT,QUIT \
    sh -c 'echo $$ >"$1" && shift && exec "$@"' with-servers "$run/command.pid" "$@" || rc=$?
  echo "$rc" 2>/dev/null >"$run/command.rc"
) <&0 8>&- &
waiting_for=$!
wait "$waiting_for" || true
until [ -s "$run/command.rc" ] || gone "$waiting_for"; do sleep 0.05 || true; done
exit "$(cat "$run/command.rc" 2>/dev/null || echo 137)"
