#!/usr/bin/env bash
# install.sh [rgw] [moto] - installs what the test servers need, as far as it can; both without an argument.
#
# As root on Debian it takes Ceph's packages from apt, and moto from pip if there is one. Silent and quick if
# everything is there (no network is needed then); otherwise one plain line on stderr says what is missing.
#
#   IMMUTABLEAUDIT_TEST_SERVERS  which servers, if there are no arguments (default "rgw moto")
#
# Exit code: 0 everything is there now, 3 something is still missing, 1 wrong arguments.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh disable=SC1091
. "$here/lib.sh"

want_rgw=0
want_moto=0
read -r -a servers <<<"${*:-${IMMUTABLEAUDIT_TEST_SERVERS:-rgw moto}}"
for server in "${servers[@]}"; do
  case $server in
    rgw) want_rgw=1 ;;
    moto) want_moto=1 ;;
    *) say "unknown server '$server': rgw or moto"; exit 1 ;;
  esac
done

log=$(mktemp)
trap 'rm -f -- "$log"' EXIT

# Short time limits: without a network this has to give up soon.
apt() {
  DEBIAN_FRONTEND=noninteractive timeout 900 apt-get -q -y -o DPkg::Lock::Timeout=300 \
    -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@" >>"$log" 2>&1 </dev/null
}

# No package list younger than a day: its versions may be gone from the mirror.
lists_are_stale() {
  [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -1440 -print -quit 2>/dev/null)" ]
}

# Everything that the servers need from Debian, in one go.
install_packages() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
  local updated=0
  if lists_are_stale; then apt update && updated=1; fi
  apt install --no-install-recommends "$@" && return 0
  # Lists can be too old within the day, too.
  if [ "$updated" = 0 ] && apt update; then apt install --no-install-recommends "$@" || true; fi
}

install_moto() {
  local pip
  if command -v pip >/dev/null; then pip=(pip)
  elif python3 -m pip --version >/dev/null 2>&1; then pip=(python3 -m pip)
  else return 0; fi
  timeout 600 "${pip[@]}" --no-input --disable-pip-version-check --retries 1 --timeout 20 \
    install --quiet 'moto[server]>=5,<6' >>"$log" 2>&1 </dev/null || true
  hash -r
}

packages=()
if [ "$want_rgw" = 1 ] && [ -n "$(rgw_missing)" ]; then packages+=(radosgw ceph-mon ceph-osd curl openssl)
elif ! command -v curl >/dev/null; then packages+=(curl); fi
if [ "${#packages[@]}" != 0 ]; then install_packages "${packages[@]}" || true; fi
if [ "$want_moto" = 1 ] && ! moto_command >/dev/null; then install_moto; fi

missing=
if [ "$want_rgw" = 1 ] && [ -n "$(rgw_missing)" ]; then
  missing+="; $(rgw_missing)($RGW_HINT)"
elif ! command -v curl >/dev/null; then
  missing+="; curl (as root: apt-get install curl)"
fi
if [ "$want_moto" = 1 ] && ! moto_command >/dev/null; then missing+="; moto_server ($MOTO_HINT)"; fi
if [ -z "$missing" ]; then exit 0; fi

reason=$(grep -E '^(E:|ERROR:|error:)' "$log" | tail -n 1 || true)
say "missing: ${missing#; }${reason:+ - last error: $reason}"
exit "$NOT_INSTALLED"
