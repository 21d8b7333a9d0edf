#!/usr/bin/env bash
# build.sh [MINOR]: makes kube-apiserver of that Kubernetes version and an etcd to go with it, unless both are there.
# They come from their Go modules, as pinned in kube-apiserver/MINOR.mod and etcd/go.mod. The first time takes some
# five minutes on two cores. REAL_BIN says where to; the default is the user's cache.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
minor=${1:-$(default_minor)}
version=$(release "$minor")
export CGO_ENABLED=0
mkdir -p "$bin"

apiserver=$(server "$minor")
if [ ! -x "$apiserver" ]; then
  [ -f "$here/kube-apiserver/$minor.mod" ] || "$here/pin.sh" "$minor"
  # Without a stamp /version says v0.0.0-master, which clients can't read.
  stamp=k8s.io/component-base/version
  (cd "$here/kube-apiserver" && go build -modfile="$minor.mod" -buildvcs=false -p "${JOBS:-2}" -o "$apiserver" \
    -ldflags "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=${minor%.*} -X $stamp.gitMinor=${minor#*.} \
      -X $stamp.gitTreeState=clean -X $stamp.gitCommit=$(printf '%040d' 0) -X $stamp.buildDate=1970-01-01T00:00:00Z" \
    k8s.io/kubernetes/cmd/kube-apiserver)
fi
# Distributions carry etcd 3.4, which can't ask for watch progress: that turns off consistent reads from the watch cache.
[ -x "$bin/etcd" ] ||
  (cd "$here/etcd" && go build -buildvcs=false -p "${JOBS:-2}" -ldflags "-s -w" -o "$bin/etcd" go.etcd.io/etcd/server/v3)
echo "$apiserver"
