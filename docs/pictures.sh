#!/usr/bin/env bash
# The two pictures of the README, from a run of the sample: docs/page.png and docs/report.png.
# Usage: docs/pictures.sh [folder with the results of `ipa run recordings/sample.flac`]
# Needs pdftoppm (poppler-utils) and chromium; PYTHON names a Python with Pillow.
set -euo pipefail
share=${1:-outputs}/sample/share
docs=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-.venv/bin/python}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

pdftoppm -r 110 -f 2 -l 2 -singlefile -png "$share/transcript.pdf" "$scratch/page"
chromium --headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars \
  --user-data-dir="$scratch/profile" --window-size=980,1180 --screenshot="$scratch/report.png" \
  "file://$(realpath "$share/report.html")" 2>/dev/null

"$python" - "$scratch" "$docs" <<'PYTHON'
import sys
from pathlib import Path

from PIL import Image

scratch, docs = map(Path, sys.argv[1:])
for name in ("page", "report"):
    picture = Image.open(scratch / f"{name}.png").convert("RGB")
    picture.quantize(64).save(docs / f"{name}.png", optimize=True)
PYTHON
