#!/usr/bin/env bash
# Installs what the tests need beyond npm, where that is possible: Chromium for the browser tests. Where it isn't, says
# so and goes on; those tests then report NOT RUN.
set -u

has_chromium() { [ -x /usr/bin/chromium ]; }

if has_chromium; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo 'Installing Chromium for the browser tests' >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1
fi

has_chromium || echo 'Chromium is missing and could not be installed: browser tests will say NOT RUN' >&2
exit 0
