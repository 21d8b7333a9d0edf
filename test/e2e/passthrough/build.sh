#!/usr/bin/env bash
# Makes what the tests here run against: kube-apiserver and etcd 3.6 as test/real/build.sh does, etcd 3.5 from its Go
# module, etcd 3.4 and etcdctl from Debian's packages. What is there already is left.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../../real/build.sh" >/dev/null
bin=${REAL_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/fake-apiserver/real}

[ -x "$bin/etcd-3.5" ] ||
  (cd "$here/etcd-3.5" &&
    CGO_ENABLED=0 go build -buildvcs=false -p "${JOBS:-2}" -ldflags "-s -w" -o "$bin/etcd-3.5" go.etcd.io/etcd/server/v3)

if [ ! -x "$bin/etcd-3.4" ] || [ ! -x "$bin/etcdctl" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && apt-get download etcd-server etcd-client >/dev/null)
  for package in "$work"/*.deb; do dpkg -x "$package" "$work/root"; done
  install -m 755 "$work/root/usr/bin/etcd" "$bin/etcd-3.4"
  install -m 755 "$work/root/usr/bin/etcdctl" "$bin/etcdctl"
fi
echo "$bin"
