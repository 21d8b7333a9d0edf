#!/usr/bin/env bash
# kubectl's logs, exec, attach and port-forward, over WebSockets and over SPDY: streams.sh [kubectl]
# Needs a build in dist, or another PROGRAM. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
kubectl=${1:-kubectl}
work=$(mktemp -d "${TMPDIR:-/tmp}/streams.XXXXXX")
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
fail() { printf 'streams: %s\n' "$1" >&2; exit 1; }
same() { [ "$2" = "$3" ] || fail "$1: expected <$2>, got <$3>"; }

node "${PROGRAM:-dist/cli/bin.js}" --clusters 1 --base-port 0 --out "$work/out" --log-level warn >"$work/log" 2>&1 &
pids+=($!)
export KUBECONFIG=$work/out/kubeconfig
for _ in $(seq 300); do [ -f "$KUBECONFIG" ] && break; sleep 0.1; done
[ -f "$KUBECONFIG" ] || fail "the fleet did not come up: $(cat "$work/log")"

"$kubectl" apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: pod
  annotations:
    fake-apiserver/log: "one\ntwo\n"
    fake-apiserver/exec: '[{"command":["cat"],"echo":true},{"command":["fail","*"],"stderr":"no\n","exitCode":3}]'
    fake-apiserver/ports: '{"80":"echo","81":{"send":"hello\n"}}'
spec:
  containers:
  - { name: c, image: i }
YAML
"$kubectl" patch pod pod --subresource status --type merge -p '{"status":{"phase":"Running"}}' >/dev/null

same logs "$(printf 'one\ntwo')" "$("$kubectl" logs pod)"
same "the last line" two "$("$kubectl" logs pod --tail 1)"
head -c 3000000 /dev/urandom >"$work/input"

for websockets in true false; do
  export KUBECTL_REMOTE_COMMAND_WEBSOCKETS=$websockets KUBECTL_PORT_FORWARD_WEBSOCKETS=$websockets
  timeout 60 "$kubectl" exec -i pod -- cat <"$work/input" | cmp - "$work/input" || fail "exec lost bytes"
  code=0
  timeout 20 "$kubectl" exec pod -- fail now >/dev/null 2>"$work/err" || code=$?
  same "the exit code" 3 "$code"
  same "stderr" no "$(head -n 1 "$work/err")"
  echo input | timeout 20 "$kubectl" attach -i pod >/dev/null 2>&1 || fail "attach"

  timeout 60 "$kubectl" port-forward pod/pod :80 :81 >"$work/ports" 2>&1 &
  forward=$!
  pids+=("$forward")
  for _ in $(seq 100); do
    mapfile -t ports < <(sed -n 's/^Forwarding from 127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$work/ports")
    [ "${#ports[@]}" -ge 2 ] && break
    sleep 0.1
  done
  exec 3<>"/dev/tcp/127.0.0.1/${ports[1]}"
  same "what the port sends" hello "$(timeout 10 cat <&3)"
  exec 3<&-
  exec 3<>"/dev/tcp/127.0.0.1/${ports[0]}"
  echo ping >&3
  read -r -t 10 answer <&3 || fail "the port does not answer"
  same "what the port sends back" ping "$answer"
  exec 3<&-
  kill "$forward" 2>/dev/null || true
  wait "$forward" 2>/dev/null || true
done
echo "kubectl's streams work, over WebSockets and over SPDY"
