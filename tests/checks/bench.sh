#!/bin/bash
# SPDX-License-Identifier: MIT
# The benchmarks run on lesser processors: bench.sh BUILD-FOLDER. Nothing is downloaded, and no time is looked at.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset GST_PLUGIN_PATH CUT_MODULE_PATH

# measures ISA WORDS...: peers.sh ends well under that cap, with figures for fp32, and says each of the words.
measures() {
  local words
  CUT_CPU_ISA=$1 "$root/tests/bench/peers.sh" --no-build --quick --only cpu --builddir "$build" --out "$scratch/$1.json" \
    >"$scratch/said" 2>&1 || { cat "$scratch/said"; return 1; }
  cat "$scratch/said"
  grep -qE '^cpu fp32 +[0-9.]+ ' "$scratch/said"
  for words in "${@:2}"; do grep -qE -- "$words" "$scratch/said" || { echo "nothing of \"$words\""; return 1; }; done
  python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$scratch/$1.json"
}

# What a processor without VNNI, BF16 and AMX cannot do.
blanks=('^cpu tf32 +–  precision tf32 needs' '^cpu bf16 +–  precision bf16 needs' '^cpu int8 +–  precision int8 needs'
  '^int8 +–  this machine has no kernels for int8')
check "peers.sh measures the module cpu with AVX2 and says why it has no int8" measures avx2 "${blanks[@]}"
check "peers.sh measures the module cpu with SSE4 and says why it has no int8" measures sse4 "${blanks[@]}"
check "peers.sh measures the module cpu without vector instructions" measures none "${blanks[@]}"
done_checking
