#!/usr/bin/env bash
# contract.sh [AREA...]: the contract suite through our proxy, both ways: each answer must be the one that a real server
# gave directly. Without areas all of them. Environment: WAYS ("pipe terminate").
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
areas=("${@/#/test/contract/}")
if [ $# -eq 0 ]; then areas=(test/contract); fi

work=$(mktemp -d "${TMPDIR:-/tmp}/contract.XXXXXX")
fleet=
cleanup() {
  if [ -n "$fleet" ]; then kill -TERM "$fleet" 2>/dev/null && wait "$fleet" || true; fi
  if [ -d "$work/real" ]; then test/real/down.sh "$work/real" || true; fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

test/real/build.sh >/dev/null
# The suite's answers are those of a server that has been started before.
AGED=yes STATE_DIR=$work/real test/real/up.sh >"$work/real.env"
server=$(sed -n 's/^SERVER=//p' "$work/real.env")
node --import tsx test/e2e/passthrough/external-fleet.ts "$work/real" "$server" "$work/out" >"$work/fleet.log" 2>&1 &
fleet=$!
for _ in $(seq 300); do
  if grep -qx ready "$work/fleet.log"; then break; fi
  kill -0 "$fleet" 2>/dev/null || break
  sleep 0.2
done
grep -qx ready "$work/fleet.log" || { cat "$work/fleet.log" >&2; echo "contract: the fleet did not come up" >&2; exit 1; }

for way in ${WAYS:-pipe terminate}; do
  echo "the contract suite through $way"
  TARGET=real THROUGH=$way REAL_KUBECONFIG=$work/out/$way/kubeconfig \
    npx vitest run "${areas[@]}" --reporter=dot --disable-console-intercept
done
