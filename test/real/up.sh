#!/usr/bin/env bash
# up.sh [PORT]: starts a fresh etcd and kube-apiserver on 127.0.0.1 and prints, as KEY=value lines, how to reach and stop
# them. Without PORT free ports are taken; with it etcd listens on the next two.
#
# Environment:
#   MINOR         Kubernetes version (the first in fixtures/generator/versions)
#   STATE_DIR     directory for everything that they write (a new temporary one)
#   AUTHZ         authorization mode (RBAC)
#   ADVERTISE     address in the Service "kubernetes" (127.0.0.1; a loopback address gets no Endpoints)
#   SERVICE_CIDR  10.0.0.0/16
#   EXTRA_ARGS    more flags for kube-apiserver
#   AGED          anything: kube-apiserver is started twice, so that its watches no longer reach back to revision 1
set -Eeuo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
minor=${MINOR:-$(default_minor)}
apiserver=$(server "$minor")
for program in "$apiserver" "$bin/etcd"; do
  [ -x "$program" ] || { echo "no $program: run build.sh $minor first" >&2; exit 1; }
done
if [ $# -gt 0 ]; then
  ports=("$1" "$(($1 + 1))" "$(($1 + 2))")
else
  read -ra ports < <(node -e '
    const servers = [0, 1, 2].map(() => require("node:net").createServer().listen(0, "127.0.0.1"));
    setTimeout(() => { console.log(servers.map((s) => s.address().port).join(" ")); servers.forEach((s) => s.close()); }, 50);')
fi
state=${STATE_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/real-apiserver.XXXXXX")}
pki=$state/pki
mkdir -p "$pki"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$pki/$1.key"; }
# sign NAME SUBJECT [SAN]: a certificate of the state directory's CA for servers and clients alike.
sign() {
  key "$1"
  openssl req -new -key "$pki/$1.key" -subj "$2" -out "$pki/$1.csr"
  openssl x509 -req -in "$pki/$1.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 30 -out "$pki/$1.crt" \
    -extfile <(echo "extendedKeyUsage=serverAuth,clientAuth"; [ -z "${3:-}" ] || echo "subjectAltName=$3") 2>/dev/null
}
key ca
openssl req -x509 -new -key "$pki/ca.key" -subj "/CN=real" -days 30 -out "$pki/ca.crt"
sign apiserver "/CN=kube-apiserver" "IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc"
sign admin "/O=system:masters/CN=admin"
sign front-proxy "/CN=front-proxy"
# Tokens are signed with RSA, as kubeadm has it.
openssl genrsa -out "$pki/sa.key" 2048 2>/dev/null

echo 'contract-token,static-user,static-uid,"static-devs,static-ops"' >"$state/tokens.csv"

inline() { base64 -w0 <"$pki/$1"; }
cat >"$state/kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: real
contexts: [{name: real, context: {cluster: real, user: admin}}]
clusters: [{name: real, cluster: {server: "https://127.0.0.1:${ports[0]}", certificate-authority-data: $(inline ca.crt)}}]
users: [{name: admin, user: {client-certificate-data: $(inline admin.crt), client-key-data: $(inline admin.key)}}]
YAML

# wait_for NAME PID COMMAND...: until the command succeeds; fails when the process ends or a minute has gone by.
wait_for() {
  local name=$1 pid=$2 tries=0
  shift 2
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null && [ $((tries += 1)) -lt 600 ] || {
      echo "$name is not ready, its log is $state/$name.log" >&2
      return 1
    }
    sleep 0.1
  done
}

# Whatever ends this script early must not leave a server behind; its logs are kept.
trap '"$here/down.sh" "$state" --keep' ERR
etcd_url=http://127.0.0.1:${ports[1]}
peer_url=http://127.0.0.1:${ports[2]}
nohup "$bin/etcd" --name real --data-dir "$state/etcd" --unsafe-no-fsync \
  --listen-client-urls "$etcd_url" --advertise-client-urls "$etcd_url" \
  --listen-peer-urls "$peer_url" --initial-advertise-peer-urls "$peer_url" --initial-cluster "real=$peer_url" \
  >"$state/etcd.log" 2>&1 </dev/null &
etcd_pid=$!
echo "$etcd_pid" >"$state/etcd.pid"
wait_for etcd "$etcd_pid" curl -fs "$etcd_url/health"

start_apiserver() {
  # ServiceAccount admission would ask every Pod for an account that only the controller manager makes.
  # shellcheck disable=SC2086
  nohup "$apiserver" --etcd-servers "$etcd_url" --bind-address 127.0.0.1 --secure-port "${ports[0]}" \
    --advertise-address "${ADVERTISE:-127.0.0.1}" --service-cluster-ip-range "${SERVICE_CIDR:-10.0.0.0/16}" \
    --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" --client-ca-file "$pki/ca.crt" \
    --requestheader-client-ca-file "$pki/ca.crt" --requestheader-allowed-names front-proxy \
    --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
    --requestheader-extra-headers-prefix X-Remote-Extra- \
    --proxy-client-cert-file "$pki/front-proxy.crt" --proxy-client-key-file "$pki/front-proxy.key" \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file "$pki/sa.key" --service-account-signing-key-file "$pki/sa.key" \
    --token-auth-file "$state/tokens.csv" --enable-bootstrap-token-auth \
    --authorization-mode "${AUTHZ:-RBAC}" --allow-privileged --disable-admission-plugins ServiceAccount \
    ${EXTRA_ARGS:-} >>"$state/kube-apiserver.log" 2>&1 </dev/null &
  apiserver_pid=$!
  echo "$apiserver_pid" >"$state/kube-apiserver.pid"
  wait_for kube-apiserver "$apiserver_pid" curl -fs --cacert "$pki/ca.crt" --cert "$pki/admin.crt" \
    --key "$pki/admin.key" "https://127.0.0.1:${ports[0]}/readyz"
}
start_apiserver
# A server that has just made its first objects still remembers the very first revision; any other one answers a watch
# from there with 410. The second start is that other one.
if [ -n "${AGED:-}" ]; then
  kill -TERM "$apiserver_pid"
  wait "$apiserver_pid" || true
  start_apiserver
fi

cat <<ENV
STATE_DIR=$state
KUBECONFIG=$state/kubeconfig
SERVER=https://127.0.0.1:${ports[0]}
ETCD_URL=$etcd_url
KAS_PID=$apiserver_pid
ETCD_PID=$etcd_pid
ENV
