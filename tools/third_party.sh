#!/usr/bin/env bash
# Builds what Debian 12 does not package in the version we need, once for all presets, under
# build/third-party/. Each source is pinned by its npm integrity hash, and none of its scripts run.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib.sh
out=build/third-party

# SQLite3MultipleCiphers (MIT and public domain), as its amalgamation in an npm package.
sqlite_version=12.11.1
sqlite_hash=pG72+3VkUipnmYx4LwQqoOXNG2CJ1HlmDrlvqgr7xQHgsE+cz5rAZEiaJHnUKTHaGfGifggA/C0Sv9qZlUrfow==
sqlite_flags="-O2 -g1 -fPIC -maes -mpclmul -DSQLITE_THREADSAFE=2 -DSQLITE_DEFAULT_MEMSTATUS=0
  -DSQLITE_DQS=0 -DSQLITE_TEMP_STORE=3 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_DEPRECATED
  -DSQLITE_USE_ALLOCA -DSQLITE_MAX_EXPR_DEPTH=0 -DSQLITE_ENABLE_API_ARMOR -DSQLITE_SECURE_DELETE
  -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection"
stamp="sqlite3mc $sqlite_version $sqlite_flags"
if [ "$(cat "$out/sqlite3mc/stamp" 2>/dev/null)" != "$stamp" ]; then
  say "building SQLite3MultipleCiphers $sqlite_version (about a minute, once)"
  npm_source better-sqlite3-multiple-ciphers "$sqlite_version" "$sqlite_hash" "$out/sqlite3mc-source"
  mkdir -p "$out/sqlite3mc"
  cp "$out/sqlite3mc-source/deps/sqlite3/sqlite3.h" "$out/sqlite3mc/"
  # shellcheck disable=SC2086
  # The name of this checkout must not be in what two checkouts are to build alike.
  ${CC:-gcc} $sqlite_flags -ffile-prefix-map="$PWD=." -w -c "$out/sqlite3mc-source/deps/sqlite3/sqlite3.c" -o "$out/sqlite3mc/sqlite3mc.o"
  rm -f "$out/sqlite3mc/libsqlite3mc.a"
  ar rcsD "$out/sqlite3mc/libsqlite3mc.a" "$out/sqlite3mc/sqlite3mc.o"
  # For the package: the terms, and whom each part of the one large file names as its author.
  { cat "$out/sqlite3mc-source/LICENSE" && echo && LC_ALL=C grep -ah 'Copyright' "$out/sqlite3mc-source/deps/sqlite3/sqlite3.c" | LC_ALL=C sort -u; } \
    >"$out/sqlite3mc/LICENSE"
  rm -rf "$out/sqlite3mc/sqlite3mc.o" "$out/sqlite3mc-source"
  echo "$stamp" > "$out/sqlite3mc/stamp"
fi
