#!/usr/bin/env bash
# What made the controllers of the first experiment call a cluster healthy, done with kubectl as one would by hand:
# a node, the pods of its control plane with their status, kubeadm's configuration; then looked at, changed, deleted.
# Usage: [KUBECTL=...] article.sh KUBECONFIG [CONTEXT]
# Ends with 1 at the first answer that is not as expected, and leaves the cluster as it was.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/article" && pwd)
kubeconfig=$1
context=${2:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/article.XXXXXX")
trap 'rm -rf "$work"' EXIT

kubectl() {
  command "${KUBECTL:-kubectl}" --kubeconfig "$kubeconfig" ${context:+--context "$context"} --cache-dir "$work/cache" "$@"
}

fail() {
  printf 'article: %s (%s %s)\n' "$1" "$kubeconfig" "$context" >&2
  cat "$work/out" >&2
  exit 1
}

# kubectl ends with 0.
run() { kubectl "$@" >"$work/out" 2>&1 || fail "kubectl $*"; }

# What was printed last has a line for each of these expressions.
prints() {
  for line in "$@"; do grep -Eq -- "$line" "$work/out" || fail "no line like \"$line\""; done
}

run cluster-info
prints 'Kubernetes control plane.* is running at .*https://'
run get priorityclasses system-node-critical
prints '^NAME +VALUE +GLOBAL-DEFAULT +AGE' '^system-node-critical +2000001000 +false +'

run create -f "$here/node.yaml"
run get nodes
prints '^NAME +STATUS +ROLES +AGE +VERSION$' '^fake-node +Ready +<none> +[0-9]+s +v1\.25\.3$'
run label node fake-node node-role.kubernetes.io/control-plane=
run get nodes
prints '^fake-node +Ready +control-plane +[0-9]+s +v1\.25\.3$'

components=(kube-apiserver kube-controller-manager kube-scheduler)
for component in "${components[@]}"; do
  run create -f "$here/$component.yaml"
  run -n kube-system patch pod "$component-fake-node" --subresource=status --patch-file "$here/$component.status.yaml"
done
run get pods -A
prints '^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE$'
for component in "${components[@]}"; do prints "^kube-system +$component-fake-node +1/1 +Running +0 +[0-9]+s$"; done
run -n kube-system create cm kubeadm-config --from-file=ClusterConfiguration="$here/kubeadm-config.yaml"
run -n kube-system get cm kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}'
cmp -s "$work/out" "$here/kubeadm-config.yaml" || fail "the ConfigMap does not hold the file"

run describe node fake-node
prints '^Name: +fake-node$' '^Roles: +control-plane$' '^ +Ready +True +' 'kube-apiserver-fake-node'
run -n kube-system describe pod kube-apiserver-fake-node
prints '^Priority: +2000001000$' '^Priority Class Name: +system-node-critical$' '^ +Ready +True'
run explain node.spec.taints
prints '^KIND: +Node' 'effect' 'timeAdded'
run wait --for=condition=Ready node/fake-node --timeout=20s
run -n kube-system wait --for=condition=Ready pod --all --timeout=20s

# What is read can be written.
run get node fake-node -o yaml
cp "$work/out" "$work/node.yaml"
run apply -f "$work/node.yaml"
prints '^node/fake-node (configured|unchanged)$'
run apply --server-side --force-conflicts -f "$here/node.yaml"
prints '^node/fake-node serverside-applied$'

sed 's/containerd:/crio:/; s/attach-detach: "true"/attach-detach: "false"/' "$here/node.yaml" >"$work/changed.yaml"
code=0
kubectl diff -f "$work/changed.yaml" >"$work/out" 2>&1 || code=$?
[ "$code" = 1 ] || fail "kubectl diff ended with $code, 1 tells of a difference"
prints '^\+.*attach-detach: "false"'

run delete node fake-node
run get nodes
prints '^No resources found$'
run -n kube-system delete pod --all --force --grace-period=0
run -n kube-system delete cm kubeadm-config
