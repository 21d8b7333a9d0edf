#!/usr/bin/env bash
# all-kubectl.sh [MINOR...]: what is for every night. Each kubectl of kubectl/versions goes through the first experiment
# on three of a thousand clusters, by ports and by SNI, and through a tour of its commands (kubectl.sh) both on a real
# kube-apiserver and on this program: the transcripts must be the same.
# test/real/build.sh must have been run. Ends with 1 at the first failure, or after all when a transcript differs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/all-kubectl.XXXXXX")
. "$here/kubectl/servers.sh"
real=
down() {
  if [ -n "$real" ]; then "$root/test/real/down.sh" "$real"; fi
  real=
}
trap 'stop; down; rm -rf "$work"' EXIT

[ $# -gt 0 ] || mapfile -t minors < <(cut -d' ' -f1 "$here/kubectl/versions")
[ $# = 0 ] || minors=("$@")
"$here/one-kubectl.sh" "${minors[@]}"

code=0
for minor in "${minors[@]}"; do
  KUBECTL=$("$here/kubectl/build.sh" "$minor")
  export KUBECTL
  real=$("$root/test/real/up.sh" | sed -n 's/^STATE_DIR=//p')
  # With what clients can see set as test/real sets it.
  start "fake-$minor" --base-port 0 --service-cluster-ip-range 10.0.0.0/16 --disable-admission-plugins ServiceAccount
  "$here/kubectl.sh" "$real/kubeconfig" >"$work/real-$minor.txt"
  "$here/kubectl.sh" "$work/fake-$minor/cluster-1.kubeconfig" >"$work/fake-$minor.txt"
  stop
  down
  commands=$(grep -c '^\$ kubectl' "$work/real-$minor.txt")
  if diff -U2 --label real --label fake "$work/real-$minor.txt" "$work/fake-$minor.txt"; then
    echo "kubectl $minor: $commands commands answered as by a real server"
  else
    echo "kubectl $minor: the answers to some of $commands commands differ"
    code=1
  fi
done
exit $code
