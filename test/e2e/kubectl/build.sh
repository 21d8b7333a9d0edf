#!/usr/bin/env bash
# build.sh MINOR: makes kubectl of that Kubernetes version from its Go modules, as pinned in MINOR.mod, unless it is
# there already, and prints where it lies. KUBECTL_BIN says where to; the default is the user's cache.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
minor=${1:?a version, such as 1.34}
version=$(awk -v minor="$minor" '$1 == minor {print $2; found = 1} END {exit !found}' "$here/versions") ||
  { echo "no kubectl $minor in $here/versions" >&2; exit 1; }
kubectl=${KUBECTL_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/fake-apiserver/kubectl}/kubectl-$version
if [ ! -x "$kubectl" ]; then
  mkdir -p "${kubectl%/*}"
  # Without a stamp it says v0.0.0-master, and sends that as its user agent.
  stamp=k8s.io/component-base/version
  (cd "$here" && CGO_ENABLED=0 go build -modfile="$minor.mod" -buildvcs=false -p "${JOBS:-2}" -o "$kubectl" \
    -ldflags "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=${minor%.*} -X $stamp.gitMinor=${minor#*.} \
      -X $stamp.gitTreeState=clean -X $stamp.gitCommit=$(printf '%040d' 0) -X $stamp.buildDate=1970-01-01T00:00:00Z" \
    k8s.io/kubernetes/cmd/kubectl)
fi
echo "$kubectl"
