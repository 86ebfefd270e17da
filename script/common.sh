# SPDX-License-Identifier: Apache-2.0
# What demo, test and bench share: packages and builds. Sourced, never run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
[ -t 2 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '== %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else echo "run this as root, or install sudo, so that it can install: $*" >&2; exit 1
  fi
}

# install_missing PACKAGE...: through apt what dpkg does not have yet; says what, asks nothing.
install_missing() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

# install_asleep PACKAGE...: servers that tests run by themselves. None starts, now or at the next boot; one
# that is installed already is left as it is.
install_asleep() {
  local missing=() package policy=/usr/sbin/policy-rc.d is_ours=false
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  if [ ! -e "$policy" ]; then
    is_ours=true
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  install_missing "${missing[@]}" || { $is_ours && as_root rm -f "$policy"; return 1; }
  ! $is_ours || as_root rm -f "$policy"
  [ ! -d /run/systemd/system ] || as_root systemctl disable --quiet "${missing[@]/nginx-light/nginx}" 2>/dev/null || true
}

# What the tests run inside a browser, as tests/e2e/package-lock.json pins it. Without npm, or without its registry,
# those tests are left out and say so.
install_browser_parts() {
  command -v npm >/dev/null || install_missing nodejs npm || return 0
  local place=build/npm
  mkdir -p "$place"
  cmp -s tests/e2e/package-lock.json "$place/node_modules/.of" && return 0
  cp tests/e2e/package.json tests/e2e/package-lock.json "$place"
  if npm ci --prefix "$place" --ignore-scripts --no-audit --no-fund >"$place/npm.log" 2>&1; then
    cp tests/e2e/package-lock.json "$place/node_modules/.of"
  else
    tail -5 "$place/npm.log" >&2
  fi
}

# The HTTP parser: libllhttp-dev where the distribution has it, else the C sources in node-llhttp.
llhttp_package() {
  if apt-cache show libllhttp-dev >/dev/null 2>&1; then echo libllhttp-dev; else echo node-llhttp; fi
}

install_build() {
  command -v apt-get >/dev/null || { echo "this script installs with apt: run it on Debian or Ubuntu" >&2; exit 1; }
  local list=(gcc g++ libc6-dev make cmake ninja-build pkg-config python3 python3-yaml python3-polib gettext tzdata
    icu-devtools libuv1-dev libnng-dev libcjson-dev libsqlite3-dev libsodium-dev libical-dev libarchive-dev libseccomp-dev libcurl4-openssl-dev libssl-dev libpq-dev libqrencode-dev libcmocka-dev)
  [ -d /var/lib/apt/lists ] && ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 ||
    as_root apt-get update -q >/dev/null
  install_missing "${list[@]}" "$(llhttp_package)"
}

# configure PRESET
configure() {
  cmake --preset "$1" >"/tmp/onedoor-configure-$$.log" 2>&1 || { cat "/tmp/onedoor-configure-$$.log" >&2; exit 1; }
  rm -f "/tmp/onedoor-configure-$$.log"
}

# build PRESET [TARGET...]
build() {
  local preset=$1; shift
  say "building $preset"
  configure "$preset"
  cmake --build "build/$preset" -- "$@" >"build/$preset/build.log" 2>&1 || { tail -50 "build/$preset/build.log" >&2; exit 1; }
}
