#!/usr/bin/env bash
# tsa-up.sh - starts a throwaway timestamping authority (RFC 3161) on loopback: openssl behind a small HTTP server.
#
# Makes its own root and certificate each time. What was in $TSA_DATA is stopped and wiped before.
#
#   TSA_DATA  state directory (default ${TMPDIR:-/tmp}/immutable-audit-tsa)
#   TSA_PORT  the port (default 5580)
#
# stdout: KEY=VALUE lines for the shell to source: TSA_URL, and TSA_ROOT, the root certificate in PEM. Everything else
# goes to stderr. Exit code: 0 it is up, 1 it failed, 3 something is not installed.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh disable=SC1091
. "$here/lib.sh"

for c in openssl python3 curl; do
  command -v "$c" >/dev/null || { say "not installed: $c"; exit "$NOT_INSTALLED"; }
done
python3 -c 'import http.server' 2>/dev/null || { say "not installed: python3 that runs"; exit "$NOT_INSTALLED"; }

data=$(state_dir TSA_DATA "${TSA_DATA:-${TMPDIR:-/tmp}/immutable-audit-tsa}")
port=${TSA_PORT:-5580}
if [ -e "$data" ] && [ ! -f "$data/.tsa-throwaway" ]; then say "FAILED: $data exists and is not ours: it will not be wiped"; exit 1; fi
mkdir -p "$(dirname "$data")"
TSA_DATA=$data "$here/tsa-down.sh" 2>/dev/null
if port_busy "$port"; then say "FAILED: port $port is taken by another program (TSA_PORT chooses another)"; exit 1; fi
mkdir -p "$data"
: >"$data/.tsa-throwaway"
echo "$port" >"$data/port"

on_exit() {
  local rc=$?
  if [ "$rc" != 0 ]; then
    if [ -s "$data/tsa.out" ]; then tail -n 15 "$data/tsa.out" >&2; fi
    TSA_DATA=$data "$here/tsa-down.sh" || true
  fi
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

cat >"$data/openssl.cnf" <<'CNF'
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_config]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
certs = ./root.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
other_policies = 1.3.6.1.4.1.99999.2
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
CNF

(
  cd "$data"
  ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -config openssl.cnf)
  openssl req -x509 "${ec[@]}" -keyout root.key -out root.pem -days 30 -subj '/CN=Throwaway root' -extensions root
  openssl req -new "${ec[@]}" -keyout tsa.key -out tsa.csr -subj '/CN=Throwaway TSA'
  openssl x509 -req -in tsa.csr -CA root.pem -CAkey root.key -set_serial 2 -days 29 -extfile openssl.cnf -extensions tsa -out tsa.pem
  echo 01 >serial
) >"$data/tsa.out" 2>&1 </dev/null

(
  echo "$BASHPID" >"$data/tsa.pid"
  PYTHONDONTWRITEBYTECODE=1 exec setsid python3 "$here/tsa.py" "$port" "$data"
) >>"$data/tsa.out" 2>&1 </dev/null &
pid=$!
disown "$pid"

end=$((SECONDS + 30))
until listens "$(cat "$data/tsa.pid" 2>/dev/null)" "$port" 2>/dev/null && answers "http://127.0.0.1:$port/"; do
  if gone "$pid"; then say "FAILED: the server died"; exit 1; fi
  [ "$SECONDS" -lt "$end" ] || { say "FAILED: timeout waiting for the server"; exit 1; }
  sleep 0.05
done

say "up (http://127.0.0.1:$port)"
printf 'TSA_URL=http://127.0.0.1:%s/\nTSA_DATA=%s\nTSA_ROOT=%s/root.pem\nTSA_STARTED=yes\n' "$port" "$data" "$data"
