#!/usr/bin/env bash
# The two pictures of the README, from a run of the sample: docs/page.png and docs/report.png.
# Usage: docs/pictures.sh [folder with the results of `ipa run recordings/sample.flac`]
# Needs pdftoppm (poppler-utils) and chromium.
set -euo pipefail
share=${1:-outputs}/sample/share
docs=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

pdftoppm -r 110 -f 2 -l 2 -singlefile -png "$share/transcript.pdf" "$docs/page"
chromium --headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars \
  --user-data-dir="$scratch" --window-size=980,1180 --screenshot="$docs/report.png" \
  "file://$(realpath "$share/report.html")" 2>/dev/null
