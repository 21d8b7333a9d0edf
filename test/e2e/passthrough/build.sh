#!/usr/bin/env bash
# build.sh: makes what the tests here run against, from Go modules: kube-apiserver and etcd 3.6 as test/real/build.sh
# does, etcd 3.5, etcd 3.4 with its etcdctl, and kubectl, for the PATH. What is there already is left, from wherever it
# is. The first time takes some ten minutes on two cores.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../../real/build.sh" >/dev/null
bin=${REAL_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/fake-apiserver/real}
mkdir -p "$bin/clients"
ln -sfn "$("$here/../kubectl/build.sh" 1.34)" "$bin/clients/kubectl"

# make NAME FOLDER PACKAGE: the program, as the folder's go.mod pins it.
make() {
  if [ -x "$bin/$1" ]; then return; fi
  (cd "$here/$2" && CGO_ENABLED=0 go build -buildvcs=false -p "${JOBS:-2}" -ldflags "-s -w" -o "$bin/$1" "$3")
}
make etcd-3.5 etcd-3.5 go.etcd.io/etcd/server/v3
make etcd-3.4 etcd-3.4 go.etcd.io/etcd
make etcdctl etcd-3.4 go.etcd.io/etcd/etcdctl
echo "$bin"
