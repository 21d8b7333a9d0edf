#!/usr/bin/env bash
# pin.sh MINOR: writes MINOR.mod and .sum, the exact modules that the kubectl of that version (see `versions`) is built
# from. Kubernetes' own go.mod points its staging modules at directories; outside its repository each is a release of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
minor=$1
version=$(awk -v minor="$minor" '$1 == minor {print $2; found = 1} END {exit !found}' versions)
staging=v0${version#v1}
upstream=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')
cp go.mod "$minor.mod"
go mod edit -go="$(awk '$1 == "go" {print $2}' "$upstream")" -tool=k8s.io/kubernetes/cmd/kubectl \
  -require="k8s.io/kubernetes@$version" "$minor.mod"
sed -n 's,^\t*\(k8s\.io/[a-z-]*\) => \./staging/.*,\1,p' "$upstream" | while read -r module; do
  go mod edit -replace="$module=$module@$staging" "$minor.mod"
done
go mod tidy -modfile="$minor.mod"
