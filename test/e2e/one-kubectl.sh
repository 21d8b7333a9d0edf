#!/usr/bin/env bash
# one-kubectl.sh MINOR...: builds kubectl of these versions, unless they are there, and goes through the first
# experiment with each, on three of a thousand clusters, by ports and by SNI.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/kubectl-fleet.XXXXXX")
. "$here/kubectl/servers.sh"
trap 'stop; rm -rf "$work"' EXIT
kubectls=()
for minor in "$@"; do kubectls+=("$("$here/kubectl/build.sh" "$minor")"); done
article "${kubectls[@]}"
