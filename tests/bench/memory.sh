#!/bin/bash
# SPDX-License-Identifier: MIT
# The most memory that the engine module `cpu` takes for large frames of resnet_9blocks ngf 64, against what is promised.
# Needs what peers.sh --prepare made. Minutes, and up to 9 GiB of memory.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
builddir=$(realpath "${1:-$root/build-peers}")
model=$builddir/peers/full.pt
[[ -f $model ]] || { echo "memory.sh: $model is missing; run tests/bench/peers.sh --prepare --builddir $builddir" >&2; exit 1; }
frame=$(mktemp) && trap 'rm -f "$frame"' EXIT
failed=0

for limit in 1920x1080:3072 3840x2160:9216; do
  size=${limit%:*} most=${limit#*:}
  head -c $((3 * ${size%x*} * ${size#*x})) /dev/urandom >"$frame"
  for precision in fp32 bf16; do
    # Two frames were translated when it is ready: the answer to "none, please" holds the peak.
    answer=$(echo 0 | "$builddir/tests/bench/engine-bench" "$model" "${size%x*}" "${size#*x}" "$(nproc)" cpu "$frame" /dev/null \
      "$precision" | tail -1) || { echo "$size $precision: not on this machine"; continue; }
    peak=$(sed -E 's/.*"peak_mib": ([0-9]+).*/\1/' <<<"$answer")
    verdict=kept
    ((peak <= most)) || { verdict=BROKEN; failed=1; }
    echo "$size $precision: $peak MiB at most, promised $most: $verdict"
  done
done
exit "$failed"
