#!/usr/bin/env bash
# lib.sh - what the scripts in this folder have in common; sourced by them, does nothing by itself.
# Linux only: it reads /proc.
# shellcheck disable=SC2034  # the constants are used by whoever sources this
set -euo pipefail

# Exit code of every script here for "a program that this needs is not installed", as against 1 for "it failed".
NOT_INSTALLED=3

RGW_COMMANDS=(radosgw radosgw-admin ceph ceph-mon ceph-osd monmaptool curl openssl)
RGW_HINT='as root: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd curl openssl'
MOTO_HINT="pip install 'moto[server]'"

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }

# --- what is installed -------------------------------------------------------------------------------------

# Prints the commands that rgw-up.sh needs and that are not there.
rgw_missing() {
  local c
  for c in "${RGW_COMMANDS[@]}"; do command -v "$c" >/dev/null || printf '%s ' "$c"; done
}

# Prints the path of a moto_server that can start, or fails. MOTO_SERVER names one that is not on the PATH.
moto_command() {
  local found interpreter
  found=$(command -v -- "${MOTO_SERVER:-moto_server}") || return 1
  # A pyenv shim is there as soon as any Python has moto, and fails when it is not the chosen one.
  case $found in */shims/*) found=$(pyenv which moto_server 2>/dev/null) || return 1 ;; esac
  # Plain 'pip install moto' brings moto_server too, but without Flask it can't start.
  read -r interpreter _ <"$found" || true
  interpreter=${interpreter#\#!}
  case $interpreter in
    */python*) "$interpreter" -c '
import importlib.util as u, sys
sys.exit(not all(map(u.find_spec, ("moto", "flask", "flask_cors"))))' || return 1 ;;
  esac
  printf '%s\n' "$found"
}

# --- state directories -------------------------------------------------------------------------------------

# state_dir VARIABLE VALUE: prints VALUE in its one canonical spelling, for a process is recognised by it.
state_dir() {
  case $2 in /*) ;; *) say "$1 must be an absolute path: $2"; return 1 ;; esac
  case $2 in *[!A-Za-z0-9._/+@-]*) say "$1 has characters that a configuration file can't take: $2"; return 1 ;; esac
  realpath -m -- "$2"
}

# take_lock FILE SECONDS: holds FILE exclusively on descriptor 9. Start daemons with 9>&-.
take_lock() {
  while :; do
    exec 9>>"$1"
    flock -w "$2" 9 || { say "another process has held $1 for $2 s"; return 1; }
    # Whoever stops a server removes the file: a lock on a removed file locks nobody out.
    if [ "$1" -ef "/proc/$BASHPID/fd/9" ]; then return 0; fi
  done
}

# --- processes and ports -----------------------------------------------------------------------------------

# runs PID TEXT: the process lives and its command line contains TEXT (words separated by single spaces).
runs() {
  local words=()
  [ -n "$1" ] || return 1
  { mapfile -d '' -t words <"/proc/$1/cmdline"; } 2>/dev/null || return 1
  [[ "${words[*]} " == *"$2"* ]]
}

# gone PID: nothing holds its files and sockets any more. A killed process has an empty command line before
# that, and one that nobody reaps stays a zombie for ever.
gone() {
  [ ! -e "/proc/$1" ] ||
    awk '/^State:/ { dead = $2 ~ /[ZX]/ } /^Threads:/ { threads = $2 } END { exit !(dead && threads <= 1) }' \
      "/proc/$1/status" 2>/dev/null || [ ! -e "/proc/$1" ]
}

# kill_hard PID...: SIGKILL and wait, at most 5 s each. Nothing in a throwaway server is worth a clean
# shutdown, which takes longer (Ceph's memory store would first dump itself to disk).
kill_hard() {
  local p i
  for p in "$@"; do kill -KILL "$p" 2>/dev/null || true; done
  for p in "$@"; do
    for ((i = 0; i < 100; i++)); do if gone "$p"; then break; fi; sleep 0.05; done
    gone "$p" || { say "pid $p will not die"; return 1; }
  done
}

# port_busy PORT: somebody listens on it, on whatever address.
port_busy() {
  local tables=(/proc/net/tcp)
  if [ -e /proc/net/tcp6 ]; then tables+=(/proc/net/tcp6); fi
  # 0A is LISTEN, and addresses and ports are in hexadecimal.
  awk -v port="$(printf ':%04X' "$1")" '
    $4 == "0A" && substr($2, length($2) - 4) == port { busy = 1 }
    END { exit !busy }' "${tables[@]}"
}

# listens PID PORT: it is this very process that listens on 127.0.0.1:PORT. An answer from the port alone
# could come from a stranger that took it a moment earlier.
listens() {
  local inode
  inode=$(awk -v address="$(printf '0100007F:%04X' "$2")" '
    $4 == "0A" && $2 == address { print $10; exit }' /proc/net/tcp)
  [ -n "$inode" ] && [ -n "$(find "/proc/$1/fd" -lname "socket:\[$inode\]" 2>/dev/null)" ]
}

# answers URL: an HTTP server answers, whatever it says. Neither ~/.curlrc nor a proxy has a say on loopback.
answers() { curl -q -s --noproxy '*' -o /dev/null -m 2 "$1"; }
