#!/usr/bin/env bash
# pin.sh VERSION: writes go.mod and go.sum for Kubernetes' specs of that release, v1.34.4. Kubernetes' own go.mod points
# its staging modules at directories; outside its repository each is a release of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=${1:?a release of Kubernetes, such as v1.34.4}
staging=v0${version#v1}
upstream=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')
go mod edit -require="k8s.io/kubernetes@$version" -tool=k8s.io/kubernetes/cmd/kube-controller-manager
sed -n 's,^\t*\(k8s\.io/[a-z-]*\) => \./staging/.*,\1,p' "$upstream" | while read -r module; do
  go mod edit -replace="$module=$module@$staging"
done
go mod tidy
