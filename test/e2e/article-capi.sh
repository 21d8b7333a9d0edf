#!/usr/bin/env bash
# The first experiment's clusters, made by hand with openssl, kubectl and `fake-apiserver clusters create`: real Cluster
# API controllers come to call them healthy, and nothing is left when they are deleted. docs/guide/by-hand.md tells it.
# What CAPM3, the Bare Metal Operator and the machines would do is done here, step by step; nothing follows the
# management cluster.
#
# Usage: article-capi.sh external|stacked
#   external  etcd is somewhere else, as the experiment had it
#   stacked   etcd on the control planes, which the experiment had no answer for; grows to three, and shrinks
# Environment:
#   KUBECONFIG      of a management cluster with Cluster API's core, kubeadm bootstrap and control-plane controllers
#   FLEET           folder (--out) of a running fleet with the admin API, which doesn't follow the management cluster
#   FAKE_APISERVER  the program, or the script for Node that it is (fake-apiserver)
#   KUBECTL, CLUSTERCTL   programs; without the latter nothing is described
#   VERSION, ENDPOINT_HOST, ENDPOINT_PORT   v1.34.4, 127.0.0.1, a free port
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/article" && pwd)
etcd=${1:?external or stacked}
cluster=hand-$etcd
namespace=hand-$etcd
version=${VERSION:-v1.34.4}
host=${ENDPOINT_HOST:-127.0.0.1}
port=${ENDPOINT_PORT:-$(node -e '
  const server = require("node:net").createServer().listen(0, () => { console.log(server.address().port); server.close(); });')}
program=("${FAKE_APISERVER:-fake-apiserver}")
if [[ ${program[0]} == *.js ]]; then program=(node "${program[0]}"); fi
work=$(mktemp -d "${TMPDIR:-/tmp}/article-capi.XXXXXX")
trap 'rm -rf "$work"' EXIT
pki=$work/pki
workload_kubeconfig=$work/workload.kubeconfig
mkdir -p "$pki"

say() { printf '%4d s  %s: %s\n' "$SECONDS" "$cluster" "$*"; }
fail() { printf 'article-capi: %s: %s\n' "$cluster" "$*" >&2; exit 1; }
# quietly COMMAND...: what it prints is of interest only when it fails.
quietly() { "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; fail "$*"; }; }
# kubectl in the cluster's namespace of the management cluster, and in the workload cluster.
management() { command "${KUBECTL:-kubectl}" --cache-dir "$work/cache" -n "$namespace" "$@"; }
workload() { command "${KUBECTL:-kubectl}" --cache-dir "$work/cache" --kubeconfig "$workload_kubeconfig" "$@"; }
fleet() { "${program[@]}" "$@" --out "${FLEET:?the folder of a running fleet}"; }
# fill FILE [MACHINE]: one of our files with its placeholders replaced.
fill() {
  sed -e "s/CLUSTER/$cluster/g; s/ENDPOINT_HOST/$host/; s/ENDPOINT_PORT/$port/; s/VERSION/$version/" \
    -e "s/fake-node/${2:-}/g; s/v1\.25\.3/$version/g; s/192\.0\.2\.10/$host/g" "$here/$1"
}
# eventually SECONDS WHAT COMMAND...: until it succeeds.
eventually() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >"$work/last" 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { cat "$work/last" >&2; fail "$what: not in time"; }
    sleep 1
  done
}
# What is not as in a healthy cluster at rest, a line each. Cluster API leaves the condition of an external etcd to those
# who look after it.
ailments() {
  management get clusters.cluster.x-k8s.io,kubeadmcontrolplanes,machinedeployments,machines -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name}{range .status.conditions[*]} {.type}={.status}{end}{"\n"}{end}' |
    awk -v etcd="$etcd" '
      NF < 2 { print $1, "has no conditions" }
      { for (i = 2; i <= NF; i++) {
          split($i, condition, "=")
          if (condition[1] == "EtcdClusterHealthy" && etcd == "external") continue
          resting = condition[1] ~ /^(Deleting|Paused|Remediating|RollingOut|ScalingDown|ScalingUp|Updating)$/
          if (condition[2] != (resting ? "False" : "True")) print $1, $i
        } }'
}
# healthy MACHINES: every condition of the Cluster and of all that belongs to it is as it should be.
healthy() {
  local found
  found=$(ailments)
  [ "$(management get machines -o name | wc -l)" = "$1" ] || { printf 'not %s machines\n%s\n' "$1" "$found"; return 1; }
  [ -z "$found" ] || { echo "$found"; return 1; }
}

# --- Certificates: what `kubeadm init phase certs ca`, `etcd-ca` and `sa` would leave.
authority() { quietly openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj "/CN=$1" -keyout "$pki/$1.key" -out "$pki/$1.crt"; }
authority kubernetes
authority etcd-ca
quietly openssl genrsa -out "$pki/sa.key" 2048
quietly openssl rsa -in "$pki/sa.key" -pubout -out "$pki/sa.pub"
quietly openssl req -newkey rsa:2048 -nodes -subj "/CN=$cluster" -keyout "$pki/client.key" -out "$pki/client.csr"
quietly openssl x509 -req -in "$pki/client.csr" -CA "$pki/etcd-ca.crt" -CAkey "$pki/etcd-ca.key" -CAcreateserial -days 365 -out "$pki/client.crt"
quietly management create namespace "$namespace"
quietly management create secret tls "$cluster-ca" --cert "$pki/kubernetes.crt" --key "$pki/kubernetes.key"
quietly management create secret tls "$cluster-etcd" --cert "$pki/etcd-ca.crt" --key "$pki/etcd-ca.key"
quietly management create secret generic "$cluster-sa" --from-file "tls.crt=$pki/sa.pub" --from-file "tls.key=$pki/sa.key"
[ "$etcd" = stacked ] ||
  quietly management create secret tls "$cluster-apiserver-etcd-client" --cert "$pki/client.crt" --key "$pki/client.key"
quietly management label secrets --all "cluster.x-k8s.io/cluster-name=$cluster"
say "its CAs and keys are where Cluster API looks for them"

# --- The API server of the workload cluster: what took an etcd and a Deployment there.
etcd_ca=()
[ "$etcd" = external ] || etcd_ca=(--etcd-ca-cert "$pki/etcd-ca.crt" --etcd-ca-key "$pki/etcd-ca.key")
quietly fleet clusters create "$namespace.$cluster" --endpoint-host "$host" --endpoint-port "$port" \
  --ca-cert "$pki/kubernetes.crt" --ca-key "$pki/kubernetes.key" --sa-key "$pki/sa.key" "${etcd_ca[@]}"
fleet kubeconfig "$namespace.$cluster" >"$workload_kubeconfig"
quietly workload get priorityclasses system-node-critical
say "an API server answers at $host:$port"

# --- The Cluster, and hosts for its machines.
quietly management get crd metal3machines.infrastructure.cluster.x-k8s.io
hosts=(host-1 host-2 host-3 host-4)
for name in "${hosts[@]}"; do echo ---; sed "s/HOST/$name/" "$here/host.yaml"; done | quietly management apply -f -
{ fill cluster.yaml; echo ---; fill "control-plane-$etcd.yaml"; } | quietly management apply -f -
ready='"conditions":[{"type":"Ready","status":"True","reason":"ByHand","message":"","lastTransitionTime":"'"$(date --utc +%FT%TZ)"'"}]'
patch_status() { quietly management patch "$1" "$2" --subresource=status --type=merge -p "{\"status\":$3}"; }
# CAPM3: the endpoint is known, so the cluster's infrastructure is there.
patch_status metal3cluster "$cluster" "{\"initialization\":{\"provisioned\":true},$ready}"

# --- Machines: each gets a host, boots, and joins.
# Machines that have all that they need to boot and have no node yet: "NAME METAL3MACHINE".
waiting_machines() {
  management get machines -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.infrastructureRef.name} {.spec.bootstrap.dataSecretName} {.status.nodeRef.name}{"\n"}{end}' |
    awk 'NF == 3 { print $1, $2 }' | while read -r machine infrastructure; do
      [ -e "$work/joined-$machine" ] || echo "$machine $infrastructure"
    done
}
a_machine_waits() { [ -n "$(waiting_machines)" ]; }

provision() { # MACHINE METAL3MACHINE: what CAPM3 and the Bare Metal Operator do; sets $provider_id and $uuid.
  local host_name=${hosts[0]}
  hosts=("${hosts[@]:1}")
  echo "$host_name" >"$work/joined-$1"
  quietly management patch bmh "$host_name" --type=merge -p '{"spec":{"consumerRef":{"apiVersion":"infrastructure.cluster.x-k8s.io/v1beta2","kind":"Metal3Machine","name":"'"$2"'","namespace":"'"$namespace"'"}}}'
  patch_status bmh "$host_name" '{"errorMessage":"","operationalStatus":"OK","poweredOn":true,"provisioning":{"ID":"'"$host_name"'","state":"provisioned"}}'
  quietly management annotate metal3machine "$2" "metal3.io/BareMetalHost=$namespace/$host_name"
  uuid=$(management get bmh "$host_name" -o 'jsonpath={.metadata.uid}')
  provider_id=metal3://$namespace/$host_name/$2
}

join_node() { # MACHINE METAL3MACHINE: what its kubelet does, then CAPM3, which finds the node by its label.
  fill node.yaml "$1" | sed "s/metal3.io\/uuid: .*/metal3.io\/uuid: $uuid/" | quietly workload create -f -
  quietly workload patch "$(workload get nodes -l "metal3.io/uuid=$uuid" -o name)" -p '{"spec":{"providerID":"'"$provider_id"'"}}'
  quietly management patch metal3machine "$2" --type=merge -p '{"spec":{"providerID":"'"$provider_id"'"}}'
  patch_status metal3machine "$2" "{\"initialization\":{\"provisioned\":true},\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"$host\"}],$ready}"
}

run_control_plane() { # MACHINE: what kubeadm leaves on a control plane.
  quietly workload label node "$1" node-role.kubernetes.io/control-plane=
  quietly workload taint node "$1" node-role.kubernetes.io/control-plane=:NoSchedule
  local components=(kube-apiserver kube-controller-manager kube-scheduler) component
  [ "$etcd" = external ] || components+=(etcd)
  for component in "${components[@]}"; do
    fill "$component.yaml" "$1" | quietly workload create -f -
    fill "$component.status.yaml" "$1" >"$work/status.yaml"
    quietly workload -n kube-system patch pod "$component-$1" --subresource=status --patch-file "$work/status.yaml"
  done
  if ! workload -n kube-system get configmap kubeadm-config >/dev/null 2>&1; then
    fill "kubeadm-config-$etcd.yaml" >"$work/kubeadm-config.yaml"
    quietly workload -n kube-system create configmap kubeadm-config --from-file "ClusterConfiguration=$work/kubeadm-config.yaml"
  fi
  # As the experiment did, for want of an API server behind the pod. The controllers read it from ours by themselves.
  if [ "$etcd" = external ]; then
    local expiry
    expiry=$(date --utc --iso-8601=seconds --date "$(openssl x509 -in "$pki/client.crt" -noout -enddate | cut -d= -f2)")
    quietly management annotate machine,kubeadmconfig "$1" "machine.cluster.x-k8s.io/certificates-expiry=$expiry" --overwrite
  fi
}

# machines_join COUNT: as they come.
machines_join() {
  local count machine infrastructure
  for ((count = 0; count < $1; count++)); do
    eventually 180 "a machine that can boot" a_machine_waits
    read -r machine infrastructure < <(waiting_machines)
    provision "$machine" "$infrastructure"
    join_node "$machine" "$infrastructure"
    if management get machine "$machine" -o 'jsonpath={.metadata.labels}' | grep -q cluster.x-k8s.io/control-plane; then
      run_control_plane "$machine"
      say "the control plane $machine has joined"
    else
      say "the worker $machine has joined"
    fi
  done
}

machines_join 1
eventually 60 "the kubeconfig" management get secret "$cluster-kubeconfig"
management get secret "$cluster-kubeconfig" -o 'jsonpath={.data.value}' | base64 -d >"$workload_kubeconfig"
machines_join 1
eventually 240 "all conditions" healthy 2
say "Cluster, KubeadmControlPlane, MachineDeployment and Machines have every condition as it should be"
describe() {
  [ -z "${CLUSTERCTL:-}" ] || HOME=$work "$CLUSTERCTL" -n "$namespace" describe cluster "$cluster"
}
describe

# --- etcd on the control planes: members that the controllers count, a leader that they move, a member that they remove.
if [ "$etcd" = stacked ]; then
  management get kubeadmconfigs -l cluster.x-k8s.io/control-plane -o yaml | grep -q 'machine.cluster.x-k8s.io/certificates-expiry:' ||
    fail "nobody has read when the API server's certificate ends"
  quietly management scale kubeadmcontrolplane "$cluster" --replicas 3
  machines_join 2
  eventually 240 "all conditions with three control planes" healthy 4
  say "three control planes are healthy"
  describe
  quietly management scale kubeadmcontrolplane "$cluster" --replicas 1
  eventually 240 "all conditions with one control plane" healthy 2
  node=$(management get machines -l cluster.x-k8s.io/control-plane -o 'jsonpath={.items[*].status.nodeRef.name}')
  [ "$(workload get nodes -l node-role.kubernetes.io/control-plane -o 'jsonpath={.items[*].metadata.name}')" = "$node" ] ||
    fail "there are nodes of machines that have gone"
  removed=$(workload -n kube-system get pods -l component=etcd -o yaml | grep -c 'fake-apiserver/etcd-member: removed' || true)
  [ "$removed" = 2 ] || fail "$removed members of etcd have been removed, not 2"
  say "one is left: two members of etcd were removed, and their nodes"
fi

# --- The end.
quietly management delete cluster "$cluster" --timeout=180s
left=$(management get machines,kubeadmcontrolplanes,kubeadmconfigs,metal3clusters,metal3machines -o name)
[ -z "$left" ] || fail "there is still $left"
quietly fleet clusters delete "$namespace.$cluster"
fleet clusters -o name | grep -qx "$namespace.$cluster" && fail "the fleet still has it"
(exec 3<>"/dev/tcp/$host/$port") 2>/dev/null && fail "something listens on its port"
# A bare API server has no garbage collector, and nobody to end namespaces.
quietly management delete bmh,secrets,metal3machinetemplates,kubeadmconfigtemplates,machinesets --all
kinds=$(management api-resources --namespaced --verbs=list -o name | grep -v '^events' | paste -sd,)
left=$(management get "$kinds" -o name)
[ -z "$left" ] || fail "its namespace still has $left"
quietly management delete namespace "$namespace" --wait=false
if management get namespace "$namespace" -o json >"$work/namespace.json" 2>/dev/null; then
  sed -i 's/"kubernetes"//' "$work/namespace.json"
  quietly management replace --raw "/api/v1/namespaces/$namespace/finalize" -f "$work/namespace.json"
fi
say "all is deleted, and nothing is left"
