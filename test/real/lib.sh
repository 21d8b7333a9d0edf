# Shared by the scripts here; sourced, not run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${REAL_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/fake-apiserver/real}
versions=$here/../../fixtures/generator/versions

# release MINOR: the exact release of a Kubernetes minor version, "v1.34.4" for "1.34".
release() {
  awk -v minor="$1" '$1 == minor {print $2; found = 1} END {exit !found}' "$versions" ||
    { echo "no Kubernetes $1 in $versions" >&2; return 1; }
}

default_minor() { awk 'NF {print $1; exit}' "$versions"; }

# server MINOR: where the binary of a version lies; the default version has the plain name.
server() {
  if [ "$1" = "$(default_minor)" ]; then echo "$bin/kube-apiserver"; else echo "$bin/kube-apiserver-$1"; fi
}
