#!/usr/bin/env bash
# tools/setup.sh build|test|full|attack: installs what is missing for that purpose, from Debian's own
# repositories and npm only (tests/repository checks that). Does nothing when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh

wanted_packages() {  # PURPOSE: each includes build and test
  awk -v purpose="$1" '
    /^#/ || NF == 0 { next }
    /^\[/ { section = $0; gsub(/[][]/, "", section); next }
    section == "build" || section == purpose || (section == "test" && purpose != "build") { print $1 }
  ' tools/packages.txt
}

is_installed() {
  case $1 in
    nodejs) has_node ;;  # any Node.js will do to fetch the one we pin, see tools/lib.sh
    npm) command -v npm >/dev/null ;;
    *) dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii' ;;
  esac
}

missing=()
for package in $(wanted_packages "${1:-build}"); do
  is_installed "$package" || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "run this as root once, or install: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
fi

tools/third_party.sh
ensure_node
