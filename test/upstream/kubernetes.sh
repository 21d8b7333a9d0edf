#!/usr/bin/env bash
# kubernetes.sh [SPEC...]: runs Kubernetes' own end-to-end specs that are about the API alone (kubernetes/specs; or those
# that match the given regular expressions), once against a real kube-apiserver and once against this program, each with
# a kube-controller-manager of the same release and one node where pods "run" (kubernetes/node). Prints what passes;
# ends with 1 when a spec that passes on the real server fails on this one.
#
# Environment: TARGETS (both: "real fake"), WORK (a new temporary folder, removed at the end), PROGRAM
# (dist/cli/bin.js), KUBECTL (kubectl), SKIP (a regular expression of more specs to leave out). test/real/build.sh must have been run. The first time builds for ten minutes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/upstream.XXXXXX")}
mkdir -p "$work"
. "$here/servers.sh"
clients=()
trap 'leave; [ -n "${WORK:-}" ] || rm -rf "$work"' EXIT
leave() {
  for client in "${clients[@]}"; do
    kill "$client" 2>/dev/null || true
    wait "$client" || true
  done
  clients=()
  end
}

bin=${XDG_CACHE_HOME:-$HOME/.cache}/fake-apiserver/upstream
mkdir -p "$bin"
cd "$here/kubernetes"
export CGO_ENABLED=0
[ -x "$bin/specs" ] || go test -c -vet=off -buildvcs=false -p "${JOBS:-2}" -o "$bin/specs" .
[ -x "$bin/kube-controller-manager" ] ||
  go build -buildvcs=false -p "${JOBS:-2}" -o "$bin/kube-controller-manager" k8s.io/kubernetes/cmd/kube-controller-manager
go build -buildvcs=false -o "$bin/node" ./node

focus=()
while read -r line; do focus+=("--ginkgo.focus=$line"); done < <(
  if [ $# -gt 0 ]; then printf '%s\n' "$@"; else grep -v '^#' specs; fi)
for target in ${TARGETS:-real fake}; do
  results=$work/$target/kubernetes
  mkdir -p "$results"
  fresh "$target"
  sed -n 's/.*certificate-authority-data: "\{0,1\}\([A-Za-z0-9+\/=]*\).*/\1/p' "$KUBECONFIG" | base64 -d >"$work/$target.crt"
  openssl genrsa -out "$work/$target.key" 2048 2>/dev/null
  "$bin/kube-controller-manager" --kubeconfig "$KUBECONFIG" --leader-elect=false --secure-port=0 --kube-api-qps=200 \
    --kube-api-burst=400 --root-ca-file "$work/$target.crt" --service-account-private-key-file "$work/$target.key" \
    >"$work/$target.log" 2>&1 &
  clients+=($!)
  "$bin/node" "$KUBECONFIG" >"$work/$target.node.log" 2>&1 &
  clients+=($!)
  until "${KUBECTL:-kubectl}" --kubeconfig "$KUBECONFIG" wait --for=condition=Ready nodes --all >/dev/null 2>&1; do sleep 1; done
  (cd "$work" && HOME=$work timeout 3600 "$bin/specs" --kubeconfig="$KUBECONFIG" --kubectl-path="${KUBECTL:-kubectl}" --provider=skeleton \
    --allowed-not-ready-nodes=-1 --dump-logs-on-failure=false --ginkgo.json-report="$results/ginkgo.json" \
    --ginkgo.no-color --ginkgo.seed=1 --ginkgo.timeout=58m "${focus[@]}" --ginkgo.skip="$(grep -v '^#' "$here/kubernetes/skipped")${SKIP:+|$SKIP}" \
    >"$results/output" 2>&1) || true
  leave
done
node "$here/compare.mjs" "$work" ${TARGETS:-real fake}
