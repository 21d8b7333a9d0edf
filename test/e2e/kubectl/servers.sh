# Fleets to try a kubectl on; sourced, not run. Needs $work, a folder for everything written.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
program=${PROGRAM:-$root/dist/cli/bin.js}
fleet=

# start NAME SETTING...: a fleet with its folder in $work/NAME.
start() {
  local name=$1
  shift
  node "$program" --out "$work/$name" --log-level warn "$@" >"$work/$name.log" 2>&1 &
  fleet=$!
  until node "$program" health --out "$work/$name" >/dev/null 2>&1; do
    kill -0 "$fleet" 2>/dev/null || { cat "$work/$name.log" >&2; return 1; }
    sleep 0.2
  done
}

stop() {
  [ -n "$fleet" ] || return 0
  kill "$fleet" 2>/dev/null || true
  wait "$fleet" || true
  fleet=
}

# article KUBECTL...: the first experiment with each of them, on the first, a middle and the last of a thousand
# clusters, by ports and by SNI.
article() {
  for way in "ports --base-port 0" "sni --sni fleet.test --sni-port 0"; do
    # shellcheck disable=SC2086
    start ${way%% *} --clusters 1000 ${way#* }
    for kubectl in "$@"; do
      for n in 1 500 1000; do
        KUBECTL=$kubectl "$root/test/e2e/article.sh" "$work/${way%% *}/cluster-$n.kubeconfig"
        echo "${kubectl##*/}: passed on cluster-$n by ${way%% *}"
      done
    done
    stop
  done
}
