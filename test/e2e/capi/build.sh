#!/usr/bin/env bash
# build.sh: makes Cluster API's three managers and clusterctl from the Go module that module/go.mod pins, unless they are
# there. The first time takes some five minutes on two cores. CAPI_VERSION=1.13 says that module-1.13/go.mod is meant
# instead, CAPI_BIN where to make them; the default is the user's cache.
# Prints the folder, and the folder of the module's sources, whose configuration the managers need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
pin=module${CAPI_VERSION:+-$CAPI_VERSION}
if [ ! -d "$pin" ] || ! cd "$pin"; then
  others=(module-*)
  printf 'build.sh: CAPI_VERSION is %s, and there is only %s\n' "$CAPI_VERSION" "${others[*]#module-}" >&2
  exit 2
fi
read -r version sources < <(go list -m -f '{{.Version}} {{.Dir}}' sigs.k8s.io/cluster-api)
bin=${CAPI_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/fake-apiserver/capi-$version}
mkdir -p "$bin"
export CGO_ENABLED=0
IFS=. read -r major minor _ <<<"${version#v}"
# Up to 1.13 the first manager is the module's own program.
core=core
[ -d "$sources/core" ] || core=.
# clusterctl refuses some of its work as a development build.
stamp=sigs.k8s.io/cluster-api/version
for program in "core=$core" bootstrap=bootstrap/kubeadm control-plane=controlplane/kubeadm clusterctl=cmd/clusterctl; do
  [ -x "$bin/${program%%=*}" ] && continue
  path=sigs.k8s.io/cluster-api/${program#*=}
  go build -buildvcs=false -p "${JOBS:-2}" -o "$bin/${program%%=*}" -ldflags "-s -w -X $stamp.gitVersion=$version \
    -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor -X $stamp.gitTreeState=clean" "${path%/.}" >&2
done
echo "$bin"
echo "$sources"
