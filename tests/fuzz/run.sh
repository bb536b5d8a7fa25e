#!/bin/bash
# SPDX-License-Identifier: MIT
# Feeds the readers of weight files with what libFuzzer makes up, under AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$root/tests/checks/tap.sh"
. "$root/tests/support/sanitized.sh"

usage() {
  cat <<'END'
Usage: tests/fuzz/run.sh [options] [TARGET ...]

Builds the fuzz targets with clang and runs each for a while, as many at once as there are processors. Prints TAP. What a
target found is left in DIR/fuzz/found, and its corpus in DIR/fuzz/corpus, which the next run goes on with.

  TARGET           archive, pickle, legacy or safetensors (default: all)
  --seconds N      for each target (default: 60); for an hour: --seconds 3600
  --builddir DIR   the build with AddressSanitizer (default: build-asan)
  --no-build       it is built
END
}

targets=()
seconds=60
builddir=$root/build-asan
no_build=''
while (($#)); do
  case $1 in
    --seconds) seconds=${2:?--seconds how many?}; shift ;;
    --builddir) builddir=$(realpath -m "${2:?--builddir where?}"); shift ;;
    --no-build) no_build=yes ;;
    -h | --help) usage; exit ;;
    -*) usage >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
((${#targets[@]})) || targets=(archive pickle legacy safetensors)
programs=$builddir/tests/fuzz
folder=$builddir/fuzz
mkdir -p "$folder/corpus" "$folder/found" "$folder/log"

build() {
  [[ -n $no_build ]] || build_sanitized "$builddir" address,undefined --target fuzzers
  "$programs/fuzz-seeds" "$folder/corpus" && cp -r "$root/tests/fuzz/seeds/." "$folder/corpus"
}

# A reader that takes seconds or tens of megabytes for a small file is a finding too; the limits leave room for a machine that
# does other things besides.
fuzz() {
  "$programs/fuzz-$1" "$folder/corpus/$1" -max_total_time="$seconds" -max_len=20000 -timeout=10 -report_slow_units=2 -rss_limit_mb=1024 -malloc_limit_mb=64 \
    -artifact_prefix="$folder/found/$1-" -print_final_stats=1 >"$folder/log/$1" 2>&1
}

# slow_units TARGET: inputs of this run that took seconds, which libFuzzer writes down and ends well, and take one of the
# processor's when they run again: this machine may have done other things besides.
slow_units() {
  local unit seconds TIMEFORMAT=%U
  while read -r unit; do
    seconds=$({ time "$programs/fuzz-$1" "$unit" >"$folder/log/$1.slow" 2>&1; } 2>&1) || true
    [[ ${seconds%.*} == 0 ]] || echo "$unit takes $seconds s"
  done < <(find "$folder/found" -name "$1-slow-unit-*" -newer "$folder/log/begun")
}

# runs TARGET: it ended well and was never slow; says how much it tried.
runs() {
  local status slow
  status=$(<"$folder/log/$1.status")
  grep -E "DONE|ERROR|SUMMARY|Test unit written" "$folder/log/$1" || true
  slow=$(slow_units "$1")
  echo "$slow"
  [[ $status == 0 && -z $slow ]]
}

if ! build >"$folder/log/build" 2>&1; then
  cat "$folder/log/build"
  check "the fuzz targets are built" false
  done_checking
  exit
fi
touch "$folder/log/begun"
for target in "${targets[@]}"; do
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
  { status=0; fuzz "$target" || status=$?; echo "$status" >"$folder/log/$target.status"; } &
done
wait
for target in "${targets[@]}"; do check "fuzzing $target for $seconds s finds nothing" runs "$target"; done
done_checking
