#!/usr/bin/env bash
# A tour of kubectl's commands. Prints each with what it answered and how it ended, with whatever differs from run to
# run replaced, so that the transcripts from two servers can be compared: all-kubectl.sh does.
# Usage: [KUBECTL=...] kubectl.sh KUBECONFIG [CONTEXT]
# The server must be a fresh one without controllers; it is not left as it was.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kubeconfig=$1
context=${2:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/kubectl.XXXXXX")
trap 'rm -rf "$work"' EXIT
export TZ=UTC KUBECTL_EXTERNAL_DIFF="diff -u --label live --label new"

# Ages, times, identities and what servers draw at random. Runs of blanks are squeezed: columns are as wide as ages.
normal() {
  sed -E \
    -e 's/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/UID/g' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g' \
    -e 's/[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]+ \+0000/TIME/g' \
    -e 's/(resourceVersion(\\"|")?: ?\\?")[0-9]+/\1RV/g; s/(Resource Version: +)[0-9]+/\1RV/' \
    -e 's/^(Created on: +).*/\1TIME/; s/^([IWE])[0-9]{4} [0-9:.]+ +[0-9]+ /\1 /; s/(-edit-)[0-9]+/\1RANDOM/' \
    -e 's/X509SHA256=[0-9a-f]+/X509SHA256=HASH/; s/^(Username +)(kubernetes-)?admin$/\1ADMIN/' \
    -e "s,https://[a-z0-9.-]+:[0-9]+,SERVER,g; s,$work,WORK,g" \
    -e 's/\b([0-9]+d)?([0-9]+h)?([0-9]+m)?[0-9]+(\.[0-9]+)?m?s\b/AGE/g; s/<(unknown|invalid)>( ago)/AGE\2/g' \
    -e 's/\b10\.0\.[0-9]+\.[0-9]+\b/IP/g; s/\b3[0-2][0-9]{3}\b/NODEPORT/g' \
    -e 's/debugger-[a-z0-9]{5}/debugger-RANDOM/g; s/(generated-)[a-z0-9]{5}\b/\1RANDOM/g' \
    -e 's/([^ ]) {2,}/\1  /g; s/ +$//'
}

# ask COMMAND...: kubectl, of whom nothing is told.
ask() {
  command "${KUBECTL:-kubectl}" --kubeconfig "$kubeconfig" ${context:+--context "$context"} --cache-dir "$work/cache" "$@"
}

# k COMMAND...: kubectl, told and normalised.
k() {
  local code=0
  printf '\n$ kubectl %s\n' "${*//$work/WORK}"
  ask "$@" >"$work/out" 2>&1 || code=$?
  normal <"$work/out"
  [ "$code" = 0 ] || echo "(ended with $code)"
}

# fields COMMAND...: the same without descriptions, which are not served: the lines of fields and of what they are of.
fields() {
  k "$@" | grep -E '^(\$|\(|GROUP|KIND|VERSION|FIELDS?:|RESOURCE)|^ *[A-Za-z0-9]+\s+<|^error'
}

for part in "$here"/kubectl/parts/*.sh; do
  echo "== $(basename "$part")"
  . "$part"
done
