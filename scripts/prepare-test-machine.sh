#!/usr/bin/env bash
# Installs what the tests need beyond npm, where that is possible: Chromium for the browser tests, a C compiler and
# strace for the faults, the tools of XFS and btrfs for copies that share blocks, the programs that everybody unpacks
# archives with, a Node-RED of its own for its host. Where it isn't, says so and goes on; the tests that need them then
# report NOT RUN.
set -u

missing() {
  [ -x /usr/bin/chromium ] || echo chromium fonts-dejavu-core
  command -v gcc >/dev/null || echo gcc libc6-dev
  command -v strace >/dev/null || echo strace
  command -v tsql >/dev/null || echo freetds-bin
  command -v mkfs.xfs >/dev/null || [ -x /usr/sbin/mkfs.xfs ] || echo xfsprogs
  command -v unzip >/dev/null || echo unzip
  command -v bsdtar >/dev/null || echo libarchive-tools
  command -v 7z >/dev/null || echo p7zip-full
  command -v mkfs.btrfs >/dev/null || [ -x /usr/sbin/mkfs.btrfs ] || echo btrfs-progs
}

install_packages() {
  local packages left
  packages=$(missing | tr '\n' ' ')
  [ -n "${packages// /}" ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests: $packages" >&2
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # a list of names
    { apt-get update && apt-get install -y --no-install-recommends $packages; } >/dev/null 2>&1
  fi
  left=$(missing | tr '\n' ' ')
  [ -z "${left// /}" ] || echo "Missing and could not be installed, tests that need them will say NOT RUN: $left" >&2
}

# Its SQLite node may have to be compiled, which takes a minute or two, once.
install_node_red() {
  local folder=test/hosts/node-red/installation log
  ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-from" || return 0
  echo "Installing Node-RED for the tests, once; this may take two minutes" >&2
  log=$(mktemp)
  if (cd "$folder" && npm ci --no-audit --no-fund) >"$log" 2>&1; then
    cp "$folder/package-lock.json" "$folder/node_modules/.installed-from"
  else
    echo "Node-RED could not be installed, tests that need it will say NOT RUN:" >&2
    tail -n 5 "$log" >&2
  fi
  rm -f "$log"
}

cd "$(dirname "$0")/.." || exit 1
install_packages
install_node_red
exit 0
