#!/bin/bash
# SPDX-License-Identifier: MIT
# Exported ONNX models in ONNX Runtime: onnx.sh CUT-MODEL GOLDEN-FOLDER VENV-FOLDER TRANSLATE-FLOATS CPU-MODULE-FOLDER
# [TORCH-MODULE-FOLDER]. The runtime comes from PyPI into VENV-FOLDER, once.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
here=$root/tests/formats/onnx
venv=$3

if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
  if ! { python3 -m venv --clear "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"; } >&2; then
    echo "1..0 # SKIP ONNX Runtime cannot be installed (Debian: python3-venv; and PyPI must be reached)"
    exit 0
  fi
  cp "$here/requirements.txt" "$venv/installed.txt"
fi
exec "$venv/bin/python" "$here/onnx_runtime.py" "$1" "$2" "${@:4}"
