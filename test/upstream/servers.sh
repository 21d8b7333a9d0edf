# Fresh servers for suites that others wrote; sourced, not run. Needs $work, a folder for everything written.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
fake=${PROGRAM:-$root/dist/cli/bin.js}
state=
fleet=

# fresh real|fake: starts a server that nobody has used, and sets KUBECONFIG.
fresh() {
  if [ "$1" = real ]; then
    "$root/test/real/up.sh" >"$work/real.env"
    state=$(sed -n 's/^STATE_DIR=//p' "$work/real.env")
    KUBECONFIG=$state/kubeconfig
  else
    rm -rf "$work/fleet"
    # The real server of test/real is started with the same of each setting that clients can see.
    node "$fake" --base-port 0 --out "$work/fleet" --log-level warn --service-cluster-ip-range 10.0.0.0/16 \
      --disable-admission-plugins ServiceAccount >>"$work/fake.log" 2>&1 &
    fleet=$!
    until node "$fake" health --out "$work/fleet" >/dev/null 2>&1; do
      kill -0 "$fleet" 2>/dev/null || { cat "$work/fake.log" >&2; return 1; }
      sleep 0.2
    done
    KUBECONFIG=$work/fleet/cluster-1.kubeconfig
  fi
  export KUBECONFIG
}

# Ends what `fresh` started.
end() {
  if [ -n "$state" ]; then "$root/test/real/down.sh" "$state"; fi
  if [ -n "$fleet" ]; then
    kill "$fleet" 2>/dev/null || true
    wait "$fleet" || true
  fi
  state= fleet=
}
