#!/bin/bash
# Feeds the readers of weight files with what libFuzzer makes up, under AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$root/tests/checks/tap.sh"

usage() {
  cat <<'EOF'
Usage: tests/fuzz/run.sh [options] [TARGET ...]

Builds the fuzz targets with clang and runs each for a while, as many at once as there are processors. Prints TAP. What a
target found is left in DIR/found, and its corpus in DIR/corpus, which the next run goes on with.

  TARGET           archive, pickle, legacy or safetensors (default: all)
  --seconds N      for each target (default: 60); for an hour: --seconds 3600
  --builddir DIR   default: build-fuzz
EOF
}

targets=()
seconds=60
folder=$root/build-fuzz
while (($#)); do
  case $1 in
    --seconds) seconds=${2:?--seconds how many?}; shift ;;
    --builddir) folder=$(realpath -m "${2:?--builddir where?}"); shift ;;
    -h | --help) usage; exit ;;
    -*) usage >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
((${#targets[@]})) || targets=(archive pickle legacy safetensors)

clang=$(command -v clang++-14 || command -v clang++ || true)
ninja=$(command -v ninja || true)
if [[ -z $clang || -z $ninja ]] || ! "$clang" -fsanitize=fuzzer -x c++ -o /dev/null - <<<'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' 2>/dev/null; then
  for target in "${targets[@]}"; do skip "fuzzing $target" "clang with libFuzzer (Debian: clang, libclang-rt-14-dev) and ninja are needed"; done
  done_checking
  exit
fi
mkdir -p "$folder/corpus" "$folder/found" "$folder/log"

# A build of its own: the readers once more, compiled so that the fuzzer sees which ways they take.
write_ninja() {
  local source object common=() name
  cat <<EOF
cxx = $(command -v ccache || true) $clang
flags = -std=c++20 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -I$root/model -I$root/model/include $
 -I$root/tests/support -I$root/tests/formats -I$root/tests/fuzz
rule compile
  command = \$cxx \$flags \$extra -MMD -MF \$out.d -c \$in -o \$out
  depfile = \$out.d
  deps = gcc
rule link
  command = \$cxx \$flags \$extra \$in -lzip -lz -o \$out
EOF
  for source in "$root"/model/{base,arch,formats}/*.cpp "$root/tests/formats/crafted.cpp" "$root/tests/support/tiny_model.cpp"; do
    object=$(basename "${source%.cpp}").o
    common+=("$object")
    printf 'build %s: compile %s\n  extra = -fsanitize=fuzzer-no-link\n' "$object" "$source"
  done
  for name in archive pickle legacy safetensors; do
    printf 'build %s_target.o: compile %s\n  extra = -fsanitize=fuzzer-no-link\n' "$name" "$root/tests/fuzz/${name}_target.cpp"
    printf 'build %s: link %s_target.o %s\n  extra = -fsanitize=fuzzer\n' "$name" "$name" "${common[*]}"
  done
  printf 'build seeds.o: compile %s\nbuild seeds: link seeds.o %s\n' "$root/tests/fuzz/seeds.cpp" "${common[*]}"
}

build() {
  write_ninja >"$folder/build.ninja"
  "$ninja" -C "$folder" "${targets[@]}" seeds && "$folder/seeds" "$folder/corpus" && cp -r "$root/tests/fuzz/seeds/." "$folder/corpus"
}

# A reader that takes seconds or tens of megabytes for a small file is a finding too; the limits leave room for a machine that
# does other things besides.
fuzz() {
  "$folder/$1" "$folder/corpus/$1" -max_total_time="$seconds" -max_len=20000 -timeout=10 -report_slow_units=2 -rss_limit_mb=1024 -malloc_limit_mb=64 \
    -artifact_prefix="$folder/found/$1-" -print_final_stats=1 >"$folder/log/$1" 2>&1
}

# slow_units TARGET: inputs of this run that took seconds, which libFuzzer writes down and ends well, and take one of the
# processor's when they run again: this machine may have done other things besides.
slow_units() {
  local unit seconds TIMEFORMAT=%U
  while read -r unit; do
    seconds=$({ time "$folder/$1" "$unit" >"$folder/log/$1.slow" 2>&1; } 2>&1) || true
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
