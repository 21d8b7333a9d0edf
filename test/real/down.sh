#!/usr/bin/env bash
# down.sh STATE_DIR [--keep]: ends what up.sh started there and removes the directory, unless told to keep it.
set -euo pipefail
state=${1:?the STATE_DIR that up.sh printed}
for name in kube-apiserver etcd; do
  [ -f "$state/$name.pid" ] || continue
  pid=$(cat "$state/$name.pid")
  # A pid can have passed on to another program since. The kernel keeps 15 characters of a name.
  case $(cat "/proc/$pid/comm" 2>/dev/null || ps -o comm= -p "$pid" 2>/dev/null || true) in
    *"$name"*) kill "$pid" || true ;;
  esac
  for _ in $(seq 150); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  rm -f "$state/$name.pid"
done
[ "${2:-}" = --keep ] || rm -rf "$state"
