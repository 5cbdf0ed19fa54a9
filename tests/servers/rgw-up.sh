#!/usr/bin/env bash
# rgw-up.sh - starts a throwaway Ceph RADOS Gateway on loopback: real S3 with Object Lock, IAM roles and STS.
#
# One node: 1 mon, 1 osd, no mgr, every pool of size 1. Idempotent: a healthy gateway in $RGW_DATA is left as
# it is and its variables are printed again; whatever else is left there is stopped and wiped, and a NEW,
# EMPTY one is made. EVERYTHING IN $RGW_DATA IS THROWAWAY, locked objects included.
#
#   RGW_DATA         state directory, at most 60 characters (default ${TMPDIR:-/tmp}/immutable-audit-rgw)
#   RGW_PORT         S3, IAM and STS, all on one port (default 7480)
#   RGW_MON_PORT     this and the next one are used inside the cluster (default 13300, or the next free pair)
#   RGW_STORE        memstore (default) | bluestore
#   RGW_STORE_BYTES  upper bound of the store (default 4 GiB; a sparse file with bluestore)
#   RGW_ROOT_ACCESS_KEY, RGW_ROOT_SECRET_KEY   root user, may manage roles, user policies and OIDC providers
#   RGW_USER_ACCESS_KEY, RGW_USER_SECRET_KEY   plain user without rights of its own: it assumes roles
#   RGW_STS_KEY      exactly 16 characters
#   RGW_TLS=1        https as well, on RGW_PORT+1, with a throwaway self-signed certificate
#   RGW_DEBUG=1      radosgw's log level 20
#   RGW_EXTRA_CONF   lines for the [client.rgw] section of ceph.conf
# All but RGW_DATA and RGW_PORT count for a new gateway only, not for one that is up already.
#
# stdout: KEY=VALUE lines for the shell to source, also in $RGW_DATA/env; RGW_STARTED=no means it was up
# before. Everything else goes to stderr. Exit code: 0 it is up, 1 it failed, 3 packages are missing.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh disable=SC1091
. "$here/lib.sh"

missing=$(rgw_missing)
if [ -n "$missing" ]; then say "not installed: $missing($RGW_HINT)"; exit "$NOT_INSTALLED"; fi

data=$(state_dir RGW_DATA "${RGW_DATA:-${TMPDIR:-/tmp}/immutable-audit-rgw}")
port=${RGW_PORT:-7480}
store=${RGW_STORE:-memstore}
store_bytes=${RGW_STORE_BYTES:-4294967296}
root_access_key=${RGW_ROOT_ACCESS_KEY:-AKIAROOTROOTROOTROOT}
root_secret_key=${RGW_ROOT_SECRET_KEY:-rootsecretrootsecretrootsecretrootsecret}
user_access_key=${RGW_USER_ACCESS_KEY:-AKIAUSERUSERUSERUSER}
user_secret_key=${RGW_USER_SECRET_KEY:-usersecretusersecretusersecretusersecret}
sts_key=${RGW_STS_KEY:-abcdefghijklmnop}
tls=${RGW_TLS:-0}
conf=$data/ceph.conf
mark=$data/.rgw-throwaway

# For what is found wrong before anything was started: logs in there would be of an earlier time.
refuse() { say "FAILED: $*"; exit 1; }

# The daemons' admin sockets lie in $data/run, and the path of a unix socket ends at 107 characters.
[ "${#data}" -le 60 ] || refuse "RGW_DATA is too long for a unix socket path (${#data} characters, at most 60): $data"
[ "${#sts_key}" = 16 ] || refuse "RGW_STS_KEY must have exactly 16 characters (it is an AES-128 key)"
case $store in memstore | bluestore) ;; *) refuse "RGW_STORE must be memstore or bluestore" ;; esac

mkdir -p "$(dirname "$data")"
take_lock "$data.lock" 120 || exit 1
t0=$(date +%s.%N)

# --- is it up already? -------------------------------------------------------------------------------------

pid_of() { cat "$data/$1.pid" 2>/dev/null || true; }
alive() { runs "$(pid_of "$1")" "-c $conf "; }

if [ -f "$data/env" ] && alive mon && alive osd && alive rgw; then
  up_endpoint=$(sed -n 's/^RGW_ENDPOINT=//p' "$data/env")
  up_port=${up_endpoint##*:}
  # Asked for on another port it is still somebody's server: say so rather than wipe it.
  [ "${RGW_PORT:-$up_port}" = "$up_port" ] || refuse "$data is up on port $up_port; stop it first (rgw-down.sh)"
  if listens "$(pid_of rgw)" "$up_port" && answers "$up_endpoint/"; then
    say "already up"
    cat "$data/env"
    echo RGW_STARTED=no
    exit 0
  fi
fi

# --- clear the ground --------------------------------------------------------------------------------------

stop() { RGW_DATA=$data RGW_LOCK_HELD=1 "$here/rgw-down.sh" --keep 9>&-; }

if [ -e "$data" ]; then
  [ -f "$mark" ] || [ -z "$(ls -A "$data")" ] || refuse "$data exists and is not ours (no $mark): it will not be wiped"
  stop || refuse "could not stop what was left of the old one"
  rm -rf -- "$data"
fi

if port_busy "$port"; then refuse "port $port is taken by another program (RGW_PORT chooses another)"; fi
if [ -n "${RGW_MON_PORT:-}" ]; then
  mon_port=$RGW_MON_PORT
  if port_busy "$mon_port" || port_busy $((mon_port + 1)); then
    refuse "port $mon_port or the next one is taken by another program (RGW_MON_PORT chooses others)"
  fi
else
  mon_port=13300
  while port_busy "$mon_port" || port_busy $((mon_port + 1)); do mon_port=$((mon_port + 2)); done
fi

# From here on a failure or a signal stops what was started, and leaves the logs.
on_exit() {
  local rc=$?
  if [ "$rc" != 0 ]; then stop || true; say "stopped; its logs are in $data"; fi
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Says what went wrong, with the last lines of each daemon, and exits.
die() {
  local d
  say "FAILED: $*"
  for d in mon osd rgw; do
    if [ -s "$data/$d.out" ]; then say "--- the end of $d.out:"; tail -n 15 "$data/$d.out" >&2; fi
  done
  exit 1
}

mkdir -p "$data"
: >"$mark"
mkdir "$data"/{mon,osd,run}

# --- configuration -----------------------------------------------------------------------------------------

fsid=$(cat /proc/sys/kernel/random/uuid)
osd_uuid=$(cat /proc/sys/kernel/random/uuid)
mon_addresses="[v2:127.0.0.1:$mon_port,v1:127.0.0.1:$((mon_port + 1))]"
endpoint=http://127.0.0.1:$port

# Without tcp_nodelay each small GET on a kept-alive connection waits 40 ms for a delayed ACK.
frontends="beast tcp_nodelay=1 endpoint=127.0.0.1:$port"
if [ "$tls" = 1 ]; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1,DNS:localhost \
    -keyout "$data/tls.key" -out "$data/tls.crt" 2>/dev/null || die "openssl made no certificate"
  frontends+=" ssl_endpoint=127.0.0.1:$((port + 1)) ssl_certificate=$data/tls.crt ssl_private_key=$data/tls.key"
fi

cat >"$conf" <<CONF
[global]
fsid = $fsid
mon_initial_members = a
mon_host = $mon_addresses
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
# Loopback only and throwaway: no cephx inside the cluster. S3 requests are authenticated all the same.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
keyring = /dev/null
# radosgw's built-in default is 'secure', which needs cephx: without it it would look for a mon for ever.
ms_mon_client_mode = crc
ms_mon_cluster_mode = crc
ms_mon_service_mode = crc
# Everything that a daemon writes stays in the state directory.
run_dir = $data/run
admin_socket = $data/run/\$name.\$pid.asok
log_file = $data/\$name.log
crash_dir = $data/run
exporter_sock_dir = $data/run
log_max_recent = 100
debug_default = 0
# One replica on one osd; few placement groups, since each costs start-up time.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
mon_allow_pool_delete = true
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
mon_max_pg_per_osd = 1000
rgw_rados_pool_pg_num_min = 4
# Don't wait for anybody: there is nobody else.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mon_osd_min_down_reporters = 1
mon_warn_on_pool_no_redundancy = false
[mon]
mon_data = $data/mon
# A disk that is nearly full is no reason not to test.
mon_data_avail_crit = 0
mon_data_avail_warn = 0
[osd]
osd_data = $data/osd
osd_journal = $data/osd/journal
osd_objectstore = $store
memstore_device_bytes = $store_bytes
bluestore_block_size = $store_bytes
bluestore_block_db_size = 0
bluestore_block_wal_size = 0
# Small caches and few threads: it shares a small machine with the tests.
osd_memory_target = 939524096
bluestore_cache_autotune = false
bluestore_cache_size = 134217728
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 2
# What every file system can hold; S3 keys of 1,024 bytes still fit.
osd_max_object_name_len = 2048
osd_max_object_namespace_len = 256
[client.rgw]
rgw_frontends = $frontends
rgw_s3_auth_use_sts = true
rgw_sts_key = $sts_key
rgw_thread_pool_size = 64
rgw_enable_usage_log = false
rgw_enable_gc_threads = true
rgw_enable_quota_threads = false
# One zone and small buckets: nothing to synchronise, nothing to reshard.
rgw_run_sync_thread = false
rgw_dynamic_resharding = false
rgw_override_bucket_index_max_shards = 1
rgw_cache_enabled = true
${RGW_EXTRA_CONF:-}
CONF
if [ "${RGW_DEBUG:-0}" = 1 ]; then printf 'debug_rgw = 20\n' >>"$conf"; fi

# --- start -------------------------------------------------------------------------------------------------

# start NAME COMMAND...: a daemon in a session of its own and without our lock. It records its pid itself
# before it becomes the daemon, so that even a kill -9 of this script leaves none that nobody knows of.
start() {
  local name=$1
  shift
  (echo "$BASHPID" >"$data/$name.pid" && exec setsid "$@") >"$data/$name.out" 2>&1 </dev/null 9>&- &
  local pid=$!
  disown "$pid"
  until alive "$name"; do
    if gone "$pid"; then die "$name did not start"; fi
    sleep 0.01
  done
}

# wait_for SECONDS WHAT NAME COMMAND...: until COMMAND succeeds, as long as daemon NAME lives.
wait_for() {
  local end=$((SECONDS + $1)) what=$2 name=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    alive "$name" || die "$name died while waiting for $what"
    [ "$SECONDS" -lt "$end" ] || die "timeout waiting for $what"
    sleep 0.05
  done
}

# checked WHAT COMMAND...: a step that is silent when it succeeds.
checked() {
  local what=$1
  shift
  "$@" >"$data/step.out" 2>&1 9>&- || { cat "$data/step.out" >&2; die "$what"; }
}

ceph_command() { timeout 60 ceph -c "$conf" --connect-timeout 20 "$@" 9>&-; }
rgw_admin() { timeout 120 radosgw-admin -c "$conf" -n client.rgw "$@"; }
mon_listens() { listens "$(pid_of mon)" "$mon_port"; }
osd_is_up() { [[ $(ceph_command osd stat -f json) == *'"num_up_osds":1'* ]]; }
rgw_answers() { listens "$(pid_of rgw)" "$port" && answers "$endpoint/"; }

checked "monmaptool" monmaptool --create --clobber --fsid "$fsid" --addv a "$mon_addresses" "$data/monmap"
checked "ceph-mon --mkfs" ceph-mon -c "$conf" -i a --mkfs --monmap "$data/monmap"
start mon ceph-mon -c "$conf" -i a -f
# Not a word to the port before it is known to be ours: it could be another cluster's mon.
wait_for 60 "the mon's port" mon mon_listens
wait_for 60 "mon quorum" mon ceph_command osd new "$osd_uuid" 0

checked "ceph-osd --mkfs" ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd_uuid"
start osd ceph-osd -c "$conf" -i 0 -f
wait_for 60 "the osd to be up" osd osd_is_up

checked "user root" rgw_admin user create --uid=root --display-name=root \
  --access-key="$root_access_key" --secret-key="$root_secret_key" --caps='roles=*;user-policy=*;oidc-provider=*'
checked "user user" rgw_admin user create --uid=user --display-name=user \
  --access-key="$user_access_key" --secret-key="$user_secret_key"

start rgw radosgw -c "$conf" -n client.rgw -f
wait_for 60 "radosgw" rgw rgw_answers

{
  printf 'RGW_ENDPOINT=%s\n' "$endpoint"
  printf 'RGW_DATA=%s\n' "$data"
  printf 'RGW_ROOT_ACCESS_KEY=%q\nRGW_ROOT_SECRET_KEY=%q\n' "$root_access_key" "$root_secret_key"
  printf 'RGW_USER_ACCESS_KEY=%q\nRGW_USER_SECRET_KEY=%q\n' "$user_access_key" "$user_secret_key"
  # No account id: that is how this gateway names its users.
  printf 'RGW_USER_ARN=arn:aws:iam:::user/user\n'
  if [ "$tls" = 1 ]; then
    printf 'RGW_TLS_ENDPOINT=https://127.0.0.1:%s\nRGW_TLS_CERT=%s\n' "$((port + 1))" "$data/tls.crt"
  fi
} >"$data/env"

say "up in $(awk -v a="$t0" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }') s ($store, $endpoint)"
cat "$data/env"
echo RGW_STARTED=yes
