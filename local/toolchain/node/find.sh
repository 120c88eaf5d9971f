#!/bin/sh
# Prints the path of a Node that is new enough to run TypeScript by itself: the system's, or one installed from npm into
# .local/node. With --install it installs the latter when it is needed and missing.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../../.." && pwd)
needed=24

if command -v node >/dev/null 2>&1 && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$needed" ]; then
  command -v node
  exit 0
fi

key=$(cksum <"$here/package-lock.json" | cut -d ' ' -f 1)
folder="$root/.local/node-$key"
installed() { for candidate in "$folder"/node_modules/node-*/bin/node; do [ -x "$candidate" ] && echo "$candidate" && return 0; done; return 1; }
installed && exit 0

if [ "${1:-}" != --install ]; then
  echo "Node $needed or newer is needed and not there yet. Run: make setup" >&2
  exit 2
fi
if ! command -v npm >/dev/null 2>&1; then
  echo "Neither Node $needed nor npm is on PATH. Install Node $needed or newer: https://nodejs.org" >&2
  exit 2
fi
echo "Installing Node $needed from npm (once; about 200 MB)" >&2
rm -rf "$folder.new"
mkdir -p "$folder.new"
cp "$here/package.json" "$here/package-lock.json" "$folder.new/"
npm ci --ignore-scripts --no-audit --no-fund --prefix "$folder.new" >&2
rm -rf "$folder"
mv "$folder.new" "$folder"
if ! installed; then
  echo "npm has no Node $needed for $(uname -s) on $(uname -m). Install Node $needed or newer: https://nodejs.org" >&2
  exit 2
fi
