#!/usr/bin/env bash
# controller-runtime.sh [PACKAGE...]: runs controller-runtime's own suites, those that take a cluster, once against a
# real kube-apiserver and once against this program, each suite with a fresh server. Prints what passes; ends with 1
# when a spec that passes on the real server fails on this one.
#
# The version is the one of test/clients/go. Its sources come from the module cache; nothing of them is kept.
# Environment: TARGETS (both: "real fake"), WORK (a new temporary folder, removed at the end), PROGRAM
# (dist/cli/bin.js). test/real/build.sh must have been run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/upstream.XXXXXX")}
. "$here/servers.sh"
trap 'end; [ -n "${WORK:-}" ] || { chmod -R u+w "$work"; rm -rf "$work"; }' EXIT

packages=(client client/apiutil client/config cache manager manager/internal/integration controller
  controller/controllerutil builder cluster envtest handler internal/controller internal/recorder metrics/filters
  reconcile source webhook)
[ $# = 0 ] || packages=("$@")

module=$(cd "$root/test/clients/go" && go mod download -json sigs.k8s.io/controller-runtime | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
mkdir -p "$work"
if [ ! -d "$work/module" ]; then
  cp -r "$module" "$work/module"
  chmod -R u+w "$work/module"
fi

export USE_EXISTING_CLUSTER=true
for package in "${packages[@]}"; do
  name=${package//\//-}
  (cd "$work/module/pkg/$package" && go test -c -vet=off -o "$work/$name.test" .)
  for target in ${TARGETS:-real fake}; do
    results=$work/$target/$name
    mkdir -p "$results"
    fresh "$target"
    (cd "$work/module/pkg/$package" && timeout 1200 go tool test2json -t "$work/$name.test" -test.v=test2json \
      -test.timeout 18m -ginkgo.json-report="$results/ginkgo.json" >"$results/go.json" 2>"$results/stderr") || true
    end
  done
done
node "$here/compare.mjs" "$work" ${TARGETS:-real fake}
