#!/usr/bin/env bash
# A SLURM of two nodes on this machine, for tests; gone again without a trace.
#
#   slurm_here.sh up [DIR]      starts it (DIR: a new folder under /tmp); prints DIR
#   . DIR/env                   srun, sbatch, scancel ... of this shell are its
#   slurm_here.sh down DIR      ends all jobs and daemons, and removes DIR
#   slurm_here.sh run COMMAND   up, COMMAND with that environment, down; COMMAND's exit code
#   slurm_here.sh kill DIR n2   node n2 dies at once with all that runs on it
#   slurm_here.sh start DIR n2  and is switched on again
#   slurm_here.sh logs DIR      the last lines of the daemons' logs
#   slurm_here.sh unpack        only gets the programs; `up` does so too when they are missing
#   slurm_here.sh found         says where the programs are, or what is missing (exit 1); loads nothing
#
# Each node has a name, processes and /dev/shm of its own (namespaces), so ranks on two nodes talk by TCP alone, and a
# node that is killed takes everything with it. Needs Debian's apt-get for a first download of 3 MB, unshare, and
# libmunge2 and libpmix2 (both come with Open MPI): no systemd; no root where users may make namespaces. Nothing is installed:
# the packages are unpacked into a cache ($SLURM_HERE_CACHE, else ~/.cache/slurm-here), daemons and clients run from there
# with a configuration of their own. /etc, users and services of the system stay as they are.
#
#   NODES=2  CPUS=2  MEMORY=4000     per node, more than the machine has is fine; MB
#   TASKPLUGIN=task/none             task/affinity binds ranks to cores (then CPUS must not be more than there are)
#   NETWORK=lo                       veth: each node with an interface eth0, for tc and `ip link set eth0 down` (root)
#   SLURM_CONF_EXTRA='KillWait=5'    lines for slurm.conf in place of those below
set -euo pipefail

NODES=${NODES:-2} CPUS=${CPUS:-2} MEMORY=${MEMORY:-4000} TASKPLUGIN=${TASKPLUGIN:-task/none} NETWORK=${NETWORK:-lo}
cache=${SLURM_HERE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/slurm-here}
packages=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge liblua5.1-0)
clients=(srun sbatch salloc scancel squeue sinfo scontrol sattach sbcast)
subnet=10.213.7  # of NETWORK=veth; the machine itself is .254

say() { printf 'slurm_here: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
folder() { [ -f "$1/slurm.conf" ] || die "$1: no SLURM of slurm_here.sh"; (cd "$1" && pwd); }

# --- the programs ---------------------------------------------------------------------------------------------------------

# What a node has of its own.
apart=(--uts --mount --pid --fork --kill-child --mount-proc)
[ "$(id -u)" -eq 0 ] || apart+=(--user --map-current-user --keep-caps)

found() {
  [ -e "$cache/complete" ] || die "no SLURM in $cache; slurm_here.sh unpack gets it (3 MB of Debian's packages)"
  unshare "${apart[@]}" true 2>/dev/null || die "this user can't make namespaces here (unshare), which the nodes need"
  echo "$cache"
}

load() { # the packages, into the present folder
  local as_root=()
  apt-get download -q "${packages[@]}" >log 2>&1 && return
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  "${as_root[@]}" apt-get update -q >log 2>&1 && apt-get download -q "${packages[@]}" >>log 2>&1 && return
  cat log >&2
  return 1
}

unpack() {
  [ ! -e "$cache/complete" ] || return 0
  [ -n "$(command -v apt-get)" ] || die "needs Debian's apt-get"
  say "unpacking SLURM into $cache"
  local part
  mkdir -p "$(dirname "$cache")"
  part=$(mktemp -d "$cache.XXXXXX")
  chmod 755 "$part"
  (
    cd "$part"
    load || exit 1
    for deb in *.deb; do dpkg-deb -x "$deb" root; done
    rm -- *.deb
    touch complete
  ) || die "apt-get download failed"
  mv -T "$part" "$cache" 2>/dev/null || rm -rf "$part"  # another one was first
  [ -e "$cache/complete" ] || die "$cache is in the way"
}

# A program of the cache with its libraries: by ld.so, not by LD_LIBRARY_PATH, which jobs would inherit.
wrap() { # FILE PROGRAM LIBRARIES
  local loader
  loader=$(ldd "$2" | sed -n 's|^[[:space:]]*\(/[^ ]*/ld-linux[^ ]*\).*|\1|p')
  printf '#!/bin/sh\nexec %s --library-path %s --argv0 %s %s "$@"\n' "$loader" "$3" "${1##*/}" "$2" >"$1"
  chmod +x "$1"
}

# --- up -------------------------------------------------------------------------------------------------------------------

in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_ports() { # how many in a row
  local base tries i
  for tries in {1..50}; do
    base=$((10000 + (RANDOM + $$ + tries * 131) % 20000))
    for ((i = 0; i < $1; i++)); do ! in_use $((base + i)) || continue 2; done
    echo "$base"
    return
  done
  die "no free ports"
}

start_node() { # DIR NODE
  local dir=$1 node=$2 i
  [ ! -e "$dir/bridge" ] || apart+=(--net)
  rm -rf "${dir:?}/$node"  # what a node had in work when it died is gone
  mkdir -p "$dir/$node/spool" "$dir/$node/tmp"
  # The shell is the first process of the node: whoever loses its parent is its child, and when it goes, all go.
  # shellcheck disable=SC2016
  SLURM_CONF=$dir/slurm.conf setsid unshare "${apart[@]}" sh -c '
    hostname "$1" && mount -t tmpfs -o size=1g,mode=1777 shm /dev/shm || exit 1
    if [ -n "$4" ]; then ip link set lo up; i=0
      until ip link show eth0 >/dev/null 2>&1 || [ $i = 100 ]; do i=$((i + 1)); sleep 0.05; done
      ip address add "$4" dev eth0 && ip link set eth0 up || exit 1
    fi
    "$2/sbin/slurmd" -D -N "$1" -d "$2/sbin/slurmstepd" & wait $!' \
    sh "$node" "$dir" "" "$([ ! -e "$dir/bridge" ] || echo "$subnet.${node#n}/24")" >>"$dir/$node/out" 2>&1 </dev/null &
  echo $! >"$dir/$node/pid"
  if [ -e "$dir/bridge" ]; then
    for i in {1..100}; do
      local inside
      inside=$(pgrep -P "$(cat "$dir/$node/pid")") || true
      [ -z "$inside" ] || break
      sleep 0.02
    done
    local outside
    outside=$(cat "$dir/bridge")$node
    ip link add "$outside" type veth peer name eth0 netns "$inside"
    ip link set "$outside" master "$(cat "$dir/bridge")" up
    echo "$inside" >"$dir/$node/inside"
  fi
}

up() {
  local user host root plugins libraries port address names=n1 key i idle
  dir=${1:-}  # not local: the trap needs it
  unpack
  if [ -z "$dir" ]; then dir=$(mktemp -d "${TMPDIR:-/tmp}/slurm.XXXXXX"); else
    [ ! -e "$dir" ] || [ -z "$(ls -A "$dir")" ] || die "$dir is not empty"
    mkdir -p "$dir" && dir=$(cd "$dir" && pwd)
  fi
  [ ${#dir} -lt 80 ] || die "$dir: too long for the name of a socket"
  chmod 755 "$dir"
  user=$(id -un) host=$(hostname -s) root=$cache/root
  plugins=$(dirname "$(find "$root/usr/lib" -name libslurmfull.so)")
  libraries=$plugins:$(dirname "$plugins")
  port=$(free_ports $((NODES + 1)))
  address=127.0.0.1
  [ "$NODES" -eq 1 ] || names="n[1-$NODES]"
  mkdir -p "$dir"/{bin,sbin,state,munge}
  for i in "${clients[@]}"; do wrap "$dir/bin/$i" "$root/usr/bin/$i" "$libraries"; done
  for i in slurmctld slurmd slurmstepd; do wrap "$dir/sbin/$i" "$root/usr/sbin/$i-wlm" "$libraries"; done
  if [ "$NETWORK" = veth ]; then
    i=sl$(printf '%04x' $((RANDOM + $$ % 1000)))
    ip link add "$i" type bridge && ip address add "$subnet.254/24" dev "$i" && ip link set "$i" up
    echo "$i" >"$dir/bridge"
    address=$subnet.254
  fi

  cat >"$dir/slurm.conf" <<CONF
ClusterName=here
SlurmctldHost=$host($address)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
SlurmctldPidFile=$dir/state/slurmctld.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdPidFile=$dir/%n/slurmd.pid
SlurmdLogFile=$dir/%n/slurmd.log
SlurmdSpoolDir=$dir/%n/spool
StateSaveLocation=$dir/state
TmpFS=$dir/%n/tmp
PluginDir=$plugins
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=10
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=$TASKPLUGIN
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/jobs
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=20
KillWait=3
MinJobAge=300
NodeName=DEFAULT CPUs=$CPUS RealMemory=$MEMORY State=UNKNOWN
$(for ((i = 1; i <= NODES; i++)); do
    echo "NodeName=n$i NodeHostname=$host NodeAddr=$([ -e "$dir/bridge" ] && echo "$subnet.$i" || echo "$address") Port=$((port + i))"
  done)
PartitionName=all Nodes=$names Default=YES State=UP MaxTime=INFINITE DefaultTime=10
CONF
  while IFS= read -r i; do  # SLURM refuses a key that is there twice
    key=${i%%=*}
    [ -z "$key" ] || sed -i "/^$key=/Id" "$dir/slurm.conf"
    printf '%s\n' "$i" >>"$dir/slurm.conf"
  done <<<"${SLURM_CONF_EXTRA:-}"
  printf 'CgroupAutomount=no\n' >"$dir/cgroup.conf"

  cat >"$dir/env" <<ENV
export SLURM_HERE=$dir SLURM_CONF=$dir/slurm.conf PATH=$dir/bin:\$PATH
export OMPI_MCA_btl_tcp_if_include=$([ -e "$dir/bridge" ] && echo eth0 || echo lo)
ENV

  local code
  trap 'code=$?; logs "$dir" >&2; down "$dir"; exit $code' EXIT
  head -c 128 /dev/urandom >"$dir/munge/key"
  chmod 600 "$dir/munge/key"
  "$root/usr/sbin/munged" --force --socket="$dir/munge/socket" --key-file="$dir/munge/key" --seed-file="$dir/munge/seed" \
    --pid-file="$dir/munge/pid" --log-file="$dir/munge/log" --num-threads=2 >"$dir/munge/out" 2>&1
  SLURM_CONF=$dir/slurm.conf setsid "$dir/sbin/slurmctld" -D -c >"$dir/slurmctld.out" 2>&1 </dev/null &
  echo $! >"$dir/state/pid"
  for ((i = 1; i <= NODES; i++)); do start_node "$dir" "n$i"; done
  for i in {1..150}; do
    idle=$(SLURM_CONF=$dir/slurm.conf "$dir/bin/sinfo" -h -o '%T %D' 2>/dev/null | sed -n 's/^idle //p') || true
    [ "${idle:-0}" != "$NODES" ] || break
    kill -0 "$(cat "$dir/state/pid")" 2>/dev/null || die "slurmctld ended"
    sleep 0.1
  done
  [ "${idle:-0}" = "$NODES" ] || die "the nodes did not come up in 15 s"
  trap - EXIT
  echo "$dir"
}

# --- down -----------------------------------------------------------------------------------------------------------------

gone() { # within 5 s?
  local i p
  for i in {1..50}; do
    for p in "$@"; do ! kill -0 "$p" 2>/dev/null || { sleep 0.1; continue 2; }; done
    return 0
  done
  return 1
}

down() {
  local dir=$1 nodes=() others=() file
  for file in "$dir"/n*/pid; do [ ! -f "$file" ] || nodes+=("$(cat "$file")"); done
  for file in "$dir/state/pid" "$dir/munge/pid"; do [ ! -f "$file" ] || others+=("$(cat "$file")"); done
  kill -KILL "${nodes[@]}" 2>/dev/null || true  # takes its namespace with it
  kill -TERM "${others[@]}" 2>/dev/null || true
  gone "${nodes[@]}" "${others[@]}" || kill -KILL "${others[@]}" 2>/dev/null || true
  [ ! -e "$dir/bridge" ] || ip link delete "$(cat "$dir/bridge")" || true
  rm -rf "$dir"
}

logs() { tail -n "${2:-20}" "$1"/slurmctld.{out,log} "$1"/n*/out "$1"/n*/slurmd.log "$1"/munge/{out,log} 2>/dev/null || true; }

case ${1:-} in
  up) up "${2:-}" ;;
  down) down "$(folder "${2:?the folder that up printed}")" ;;
  run)
    shift
    dir=$(up)
    trap 'down "$dir"' EXIT
    # shellcheck disable=SC1091
    (. "$dir/env" && "$@") ;;
  kill) kill -KILL "$(cat "$(folder "${2:?the folder}")/${3:?the node}/pid")" ;;
  start) start_node "$(folder "${2:?the folder}")" "${3:?the node}" ;;
  unpack) unpack ;;
  found) found ;;
  logs) logs "$(folder "${2:?the folder}")" "${3:-40}" ;;
  *)
    sed -n '2,/^set -e/{/^set -e/d;s/^# \{0,1\}//p}' "$0"
    exit 2 ;;
esac
