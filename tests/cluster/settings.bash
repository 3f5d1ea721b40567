# What `up`, `down` and `account` share: where things are, and how a process of ours is known again.
# ROLEWRIGHT_CACHE moves the built programs, ROLEWRIGHT_CLUSTER the running cluster (so that two can run).

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${ROLEWRIGHT_CACHE:-$HOME/.cache/rolewright}
state=${ROLEWRIGHT_CLUSTER:-$cache/cluster/running}
kubeconfig=$state/kubeconfig

say() { echo "cluster: $*" >&2; }
die() { say "$*"; exit 1; }

# Process ids are re-used by the system: a pid counts as ours only while it runs the program we started.
alive() { # program
    local pid
    pid=$(cat "$state/pids/$1" 2>/dev/null) || return 1
    [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$(readlink -f "$state/bin")/$1" ]
}
