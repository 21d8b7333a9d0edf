#!/usr/bin/env bash
# pin.sh MINOR: writes kube-apiserver/MINOR.mod and .sum, the exact modules that kube-apiserver is built from.
# Kubernetes' own go.mod points its staging modules at directories; outside its repository each is a release of its own.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
version=$(release "$1")
staging=v0${version#v1}
cd "$here/kube-apiserver"
upstream=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')
cp go.mod "$1.mod"
go mod edit -tool=k8s.io/kubernetes/cmd/kube-apiserver -require="k8s.io/kubernetes@$version" "$1.mod"
sed -n 's,^\t*\(k8s\.io/[a-z-]*\) => \./staging/.*,\1,p' "$upstream" | while read -r module; do
  go mod edit -replace="$module=$module@$staging" "$1.mod"
done
go mod tidy -modfile="$1.mod"
