#!/usr/bin/env bash
# tools/attack.sh [DIR]: other people's attack tools against an instance of its own on loopback. What they say goes to DIR,
# docs/security/attacks by default; it ends with an error if one of them found something.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

results=${1:-docs/security/attacks}
bin=${FASTNESS_BIN:-$PWD/build/release/bin}
work=$(mktemp -d)
server=''
stop() {
  [ -z "$server" ] || { kill -TERM "$server" 2>/dev/null && wait "$server"; } || true
  rm -rf "$work"
}
trap stop EXIT

"$bin/fastnessd" --data-dir "$work/data" --set log.level=warning \
  --set listen.https='["127.0.0.1:0"]' --set listen.mqtts='["127.0.0.1:0"]' \
  --set listen.mqtts_secret='["127.0.0.1:0"]' --set listen.mqtts_certificate='["127.0.0.1:0"]' &
server=$!
for _ in $(seq 300); do
  [ -f "$work/data/run/listeners.json" ] && break
  kill -0 "$server" 2>/dev/null || die "fastnessd ended; its reason is above"
  sleep 0.1
done
listener() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]][0].rsplit(":", 1)[1])' "$work/data/run/listeners.json" "$1"; }
https=$(listener https) mqtts=$(listener mqtts)
"$bin/fastness" host init --data-dir "$work/data" --organisation Attacked --email owner@example.org --api-key --json >"$work/key.json"
anchors=$work/data/trust/server-anchors.pem

mkdir -p "$results"
# What differs from run to run, and is nobody's business: ports, times, folders of this run.
tidy() {
  sed -e "s/$https/HTTPS/g; s/$mqtts/MQTTS/g; s#$work#.#g; s/\b$(hostname)\b/HOST/g" -e 's/\x1b\[[0-9;]*m//g' -e 's/^\[[0-9:]*\] //' -e '/^ *$/d' |
    grep -viE '(starting|testing|scan|nmap done|start|done|elapsed|rdns|further ip|host is up|latency|testssl|openssl [0-9]|ending @).*[0-9]{1,2}:[0-9]{2}|^ *(start|done) |host is up|results-[0-9]*_' || true
}
failed=''
# attack NAME PATTERN COMMAND...: a line that the pattern matches is a finding.
attack() {
  local name=$1 finding=$2
  shift 2
  say "$name"
  timeout 900 "$@" >"$work/$name.txt" 2>&1 </dev/null || echo "(ended with $?)" >>"$work/$name.txt"
  tidy <"$work/$name.txt" >"$results/$name.txt"
  if grep -nE "$finding" "$results/$name.txt" >&2; then failed+=" $name"; fi
}

weak='(SSLv2|SSLv3|TLSv1\.0|TLSv1\.1) +enabled|Accepted .*(RC4|3DES|DES-CBC|NULL|EXP|anon|-SHA$|-SHA256 |CBC)|[^t] vulnerable to heartbleed|Compression enabled|Insecure session renegotiation'
attack sslscan-https "$weak" sslscan --no-colour "127.0.0.1:$https"
attack sslscan-mqtts "$weak" sslscan --no-colour "127.0.0.1:$mqtts"
attack testssl-https 'VULNERABLE \(NOT ok\)|offered \(NOT ok\)|  (CRITICAL|HIGH) ' \
  testssl --color 0 --quiet --add-ca "$anchors" --protocols --server-defaults --cipher-per-proto --headers --vulnerable "127.0.0.1:$https"
attack testssl-mqtts 'VULNERABLE \(NOT ok\)|offered \(NOT ok\)' \
  testssl --color 0 --quiet --add-ca "$anchors" --protocols --vulnerable "127.0.0.1:$mqtts"
attack nmap 'VULNERABLE|least strength: [B-F]|_.*(weak|broken)' \
  nmap -Pn -n --unprivileged -sT -p "$https,$mqtts" --script 'ssl-enum-ciphers,ssl-heartbleed,ssl-poodle,ssl-dh-params,ssl-ccs-injection,http-methods,http-trace,http-slowloris-check,http-security-headers,http-git,http-config-backup' 127.0.0.1
# What only seems injectable it tries again itself before it says so.
attack sqlmap 'is vulnerable|Type: (boolean|error|UNION|stacked|time)' \
  sqlmap --batch --disable-coloring --output-dir "$work/sqlmap" --level 2 --risk 1 --timeout 10 --skip-urlencode \
  -u "https://127.0.0.1:$https/api/v1/session" --method POST --headers 'Content-Type: application/json' \
  --data '{"email":"owner@example.org*","password":"x*"}' --ignore-code 400,401,429
# It would fetch lists from elsewhere: nothing leaves this machine. A header that browsers have given up is no finding.
attack wapiti '^\[!\]' env https_proxy=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9 no_proxy=127.0.0.1 \
  wapiti -u "https://127.0.0.1:$https/" --verify-ssl 0 --scope domain --max-scan-time 300 \
  -m 'backup,blindsql,cookieflags,crlf,csp,exec,file,methods,permanentxss,redirect,shellshock,sql,xss' \
  --flush-session --store-session "$work/wapiti" -f txt -o "$work/wapiti-report.txt"
[ -f "$work/wapiti-report.txt" ] || die "wapiti wrote no report: look at $results/wapiti.txt"
tidy <"$work/wapiti-report.txt" >"$results/wapiti-report.txt"
if grep -nE '[a-z] +: +[1-9][0-9]*$' "$results/wapiti-report.txt" >&2; then failed+=' wapiti-report'; fi

kill -0 "$server" 2>/dev/null || die "the server did not survive"
[ -z "$failed" ] || die "look at:$failed (in $results)"
say "nothing was found"
