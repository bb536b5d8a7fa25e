#!/bin/bash
# SPDX-License-Identifier: MIT
# The element at full speed for 30 minutes, or as many as are named: soak.sh [MINUTES] [BUILD-FOLDER]. Not part of the tests,
# which have a minute of it. The engine is the module cpu.
set -euo pipefail
case ${1:-30} in
  *[!0-9]*) echo "Usage: tests/soak.sh [MINUTES] [BUILD-FOLDER]   (30, build)"; [[ $1 == -h || $1 == --help ]]; exit ;;
esac
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(realpath "${2:-$root/build}")
models=$root/tests/golden/generator
export CUT_MODULE_PATH=$build/model/backends/cpu
export GST_PLUGIN_SYSTEM_PATH_1_0=$build/tests/gst/plugins GST_PLUGIN_PATH_1_0=$build/gst
GST_REGISTRY_1_0=$(mktemp)
export GST_REGISTRY_1_0
trap 'rm -f "$GST_REGISTRY_1_0"' EXIT
"$build/tests/gst/gst-soak" "$((${1:-30} * 60))" "$models/resnet_6blocks_no_antialias_both.pth" \
  "$models/resnet_6blocks_batchnorm.pth"
