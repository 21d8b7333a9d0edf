#!/usr/bin/env bash
# build.sh: makes Cluster API's three managers and clusterctl from the Go module that module/go.mod pins, unless they are
# there. The first time takes some five minutes on two cores. CAPI_BIN says where to; the default is the user's cache.
# Prints the folder, and the folder of the module's sources, whose configuration the managers need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/module"
version=$(go list -m -f '{{.Version}}' sigs.k8s.io/cluster-api)
bin=${CAPI_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/fake-apiserver/capi-$version}
mkdir -p "$bin"
export CGO_ENABLED=0
IFS=. read -r major minor _ <<<"${version#v}"
# clusterctl refuses some of its work as a development build.
stamp=sigs.k8s.io/cluster-api/version
for program in core=core bootstrap=bootstrap/kubeadm control-plane=controlplane/kubeadm clusterctl=cmd/clusterctl; do
  [ -x "$bin/${program%%=*}" ] && continue
  go build -buildvcs=false -p "${JOBS:-2}" -o "$bin/${program%%=*}" -ldflags "-s -w -X $stamp.gitVersion=$version \
    -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor -X $stamp.gitTreeState=clean" \
    "sigs.k8s.io/cluster-api/${program#*=}" >&2
done
echo "$bin"
go list -m -f '{{.Dir}}' sigs.k8s.io/cluster-api
