#!/usr/bin/env bash
# tools/demo.sh DIR [fastnessd options ...]: starts Fastness and the greenhouse in the foreground.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

data_dir=$1
shift
bin=$PWD/build/release/bin
mkdir -p "$data_dir"
chmod 700 "$data_dir"
rm -f "$data_dir/run/listeners.json"

children=()
stop() {
  trap - INT TERM EXIT
  for pid in "${children[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${children[@]}"; do wait "$pid" 2>/dev/null || true; done
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

"$bin/fastnessd" --data-dir "$data_dir" --set listen.http='["127.0.0.1:8080"]' "$@" &
children+=($!)

for _ in $(seq 300); do
  [ -f "$data_dir/run/listeners.json" ] && break
  kill -0 "${children[0]}" 2>/dev/null || die "fastnessd ended; its reason is above"
  sleep 0.1
done
[ -f "$data_dir/run/listeners.json" ] || die "fastnessd did not serve within 30 seconds"

if [ ! -f "$data_dir/demo/credentials.json" ]; then
  mkdir -p -m 700 "$data_dir/demo"
  (umask 077 && "$bin/fastnessd" host init --data-dir "$data_dir" --organisation "My garden" --api-key --json \
    >"$data_dir/demo/credentials.json")
fi
"$bin/fastness" demo greenhouse --data-dir "$data_dir" &
children+=($!)

console=$(python3 - "$data_dir/run/listeners.json" <<'P'
import json, sys
listeners = json.load(open(sys.argv[1]))
port = listeners["http"][0].rsplit(":", 1)[1]
print(f"http://localhost:{port}/")
P
)
printf '\n  The console:     %s\n' "$console"
token=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get("setup_token", ""))' \
  "$data_dir/demo/credentials.json")
if [ -n "$token" ] && [ -n "$(find "$data_dir/demo/credentials.json" -mmin -30)" ]; then
  printf '  Set it up here:  %ssetup#%s\n' "$console" "$token"
  printf '                   (once, within 30 minutes; your e-mail here is owner@localhost)\n'
fi
printf '\n  A greenhouse is connecting as a board would. Ctrl-C stops everything;\n  its data stays in %s\n\n' "$data_dir"
wait -n "${children[@]}" || true
