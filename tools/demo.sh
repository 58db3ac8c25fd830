#!/usr/bin/env bash
# tools/demo.sh DIR [fastnessd options ...]: starts Fastness and the greenhouse in the foreground.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

data_dir=$1
shift
bin=${FASTNESS_BIN:-$PWD/build/release/bin}
credentials=$data_dir/demo/credentials.json
mkdir -p "$data_dir"
chmod 700 "$data_dir"
# Not from under an instance that runs: others find it by this file.
[ ! -f "$data_dir/lock" ] || flock -n "$data_dir/lock" true || die "a Fastness runs on $data_dir already"
rm -f "$data_dir/run/listeners.json"

server='' greenhouse=''
stop() {
  trap - INT TERM EXIT
  # The greenhouse first: it has no use for a server that is going.
  for pid in $greenhouse $server; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
trap 'stop; exit 0' INT TERM
trap stop EXIT

# Quiet, so that what there is to do can be seen; --set log.level=info tells its life.
"$bin/fastnessd" --data-dir "$data_dir" --set log.level=warning --set listen.http='["127.0.0.1:8080"]' "$@" &
server=$!

for _ in $(seq 300); do
  [ -f "$data_dir/run/listeners.json" ] && break
  kill -0 "$server" 2>/dev/null || die "fastnessd ended; its reason is above"
  sleep 0.1
done
[ -f "$data_dir/run/listeners.json" ] || die "fastnessd did not serve within 30 seconds"

if [ ! -f "$credentials" ]; then
  mkdir -p -m 700 "$data_dir/demo"
  (umask 077 && "$bin/fastness" host init --data-dir "$data_dir" --organisation "My garden" --api-key --json \
    >"$credentials.new") || die "the demo could not make its organisation; the reason is above"
  mv "$credentials.new" "$credentials"
fi
"$bin/fastness" demo greenhouse --data-dir "$data_dir" &
greenhouse=$!

# What there is to say, once: the hub knows where its console is, and whether anybody set it up.
field() { python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$1"; }
status=$("$bin/fastness" host status --data-dir "$data_dir" --json)
printf '\n  The console:     %s\n' "$(field console <<<"$status")"
if link=$("$bin/fastness" host setup-link --data-dir "$data_dir" 2>/dev/null); then
  printf '  Set it up here:  %s\n                   (works once, for 30 minutes)\n' "$link"
fi
printf '\n  A greenhouse is connecting as a board would. Ctrl-C stops everything;\n  its data stays in %s\n\n' "$data_dir"

# Either ends with success only when it was asked to, which Ctrl-C does to each by itself.
if wait -n "$server" "$greenhouse"; then exit 0; fi
if kill -0 "$server" 2>/dev/null; then
  die "the greenhouse ended; its reason is above"
fi
die "fastnessd ended; its reason is above"
