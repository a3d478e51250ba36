#!/usr/bin/env bash
# Installs what the tests need beyond npm, where that is possible: Chromium for the browser tests, a C compiler and
# strace for the faults, the tools of XFS and btrfs for copies that share blocks. Where it isn't, says so and goes on; the
# tests that need them then report NOT RUN.
set -u

missing() {
  [ -x /usr/bin/chromium ] || echo chromium fonts-dejavu-core
  command -v gcc >/dev/null || echo gcc libc6-dev
  command -v strace >/dev/null || echo strace
  command -v mkfs.xfs >/dev/null || [ -x /usr/sbin/mkfs.xfs ] || echo xfsprogs
  command -v mkfs.btrfs >/dev/null || [ -x /usr/sbin/mkfs.btrfs ] || echo btrfs-progs
}

packages=$(missing | tr '\n' ' ')
[ -n "${packages// /}" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing for the tests: $packages" >&2
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of names
  { apt-get update && apt-get install -y --no-install-recommends $packages; } >/dev/null 2>&1
fi

left=$(missing | tr '\n' ' ')
[ -z "${left// /}" ] || echo "Missing and could not be installed, tests that need them will say NOT RUN: $left" >&2
exit 0
