#!/bin/bash
# SPDX-License-Identifier: MIT
# From a fresh checkout to a verdict: installs, builds, runs every test, and counts the cases. What needs no LibTorch runs
# a second time under AddressSanitizer and UndefinedBehaviorSanitizer, and what has threads a third time under ThreadSanitizer.
set -euo pipefail

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
. "$root/tests/support/sanitized.sh"

usage() {
  cat <<'EOF'
Usage: tests/run.sh [options] [NAME ...]

Installs what is missing, builds into build/, build-asan/ and build-tsan/, runs the tests, tells which steps took longest, and
ends with the line `N passed, N failed` (`, N skipped`). The exit status is not 0 if one failed, or if the build did.

  NAME         only the tests whose name contains it (tests/run.sh --list shows the names), long ones too
  --full       also what is long: the element at full speed for a minute (gst-soak), clang-tidy over every file that has no torch
               (clang-tidy-all; without it over what changed since the last landing, see tests/checks/tidy.py), a minute of
               fuzzing for each reader instead of ten seconds (fuzz-long), and the kernels for Arm on an emulator (neon-kernels)
  --no-asan    without the second run, under AddressSanitizer and UndefinedBehaviorSanitizer
  --no-tsan    without the third run, under ThreadSanitizer
  --builddir DIR  the first build's folder (default: build); the others' are DIR-asan and DIR-tsan
  --list       list the tests, long ones too, and stop
  -h, --help   this text

LIBTORCH=DIR in the environment names a LibTorch that you have; see pipelines/build.sh --help. With ccache installed, a second
run in a fresh checkout compiles little.
EOF
}

# names DIR NAME...: the tests in DIR whose name contains one of the words.
names() {
  local dir=$1 word
  shift
  for word in "$@"; do
    "$meson" test -C "$dir" --no-rebuild --list 2>/dev/null | sed 's|.* / ||' | grep -F -- "$word" || true
  done | sort -u
}

# run DIR NAME-FILTER... [-- MESON-ARGUMENTS...]: runs them and notes in `ran` how it ended.
run() {
  local dir=$1 status=0 filter=() selected=()
  shift
  while (($#)) && [[ $1 != -- ]]; do
    filter+=("$1")
    shift
  done
  # Records of an earlier run: a program that crashes now would be counted by what it wrote then.
  rm -f "$dir"/*.xml "$dir"/meson-logs/testlog*
  if ((${#filter[@]})); then
    mapfile -t selected < <(names "$dir" "${filter[@]}")
    ((${#selected[@]})) || { ran+=("$dir=0"); return 0; }
  fi
  step "Testing $dir"
  "$meson" test -C "$dir" --no-rebuild --timeout-multiplier 4 "${@:2}" "${selected[@]}" || status=$?
  ran+=("$dir=$status")
}

# step WORDS...: says what begins, after how many minutes.
step() { printf '\n== %d:%02d %s\n' "$((SECONDS / 60))" "$((SECONDS % 60))" "$*"; }

main() {
  local asan=1 tsan=1 builddir=$root/build filter=() failed=() counting=() short=(--no-suite long) begun=$EPOCHSECONDS
  ran=()
  while (($#)); do
    case $1 in
      --no-asan) asan='' ;;
      --builddir)
        (($# > 1)) || { echo "run.sh: --builddir needs a value" >&2; exit 1; }
        builddir=$(realpath -m "$2")
        shift ;;
      --no-tsan) tsan='' ;;
      --full) short=() ;;
      --list) asan=list ;;
      -h | --help) usage; exit ;;
      -*) usage >&2; exit 2 ;;
      *) filter+=("$1") ;;
    esac
    shift
  done
  ((${#filter[@]} == 0)) || short=()
  cd "$root"

  step "Building $builddir"
  if pipelines/build.sh --for tests --builddir "$builddir"; then
    # Only now: build.sh installs it.
    meson=/usr/bin/meson
    [[ -x $meson ]] || meson=meson
    [[ $asan != list ]] || { names "$builddir" ''; exit; }
    run "$builddir" "${filter[@]}" -- "${short[@]}"
  else
    failed+=(--failed "the build in $builddir")
    asan='' tsan=''
  fi
  # The plugin can only be loaded by a program that was built with the sanitizers too: no gst-plugin-scanner.
  export GST_REGISTRY_FORK=no
  if [[ -n $asan ]]; then
    step "Building $builddir-asan"
    if build_sanitized "$builddir-asan" address,undefined; then
      run "$builddir-asan" "${filter[@]}" -- "${short[@]}"
    else
      failed+=(--failed "the build in $builddir-asan")
    fi
  fi
  if [[ -n $tsan ]]; then
    step "Building $builddir-tsan"
    if build_sanitized "$builddir-tsan" thread --target threads; then
      run "$builddir-tsan" "${filter[@]}" -- "${short[@]}"
    else
      failed+=(--failed "the build in $builddir-tsan")
    fi
  fi
  step "Counting"
  /usr/bin/env python3 tests/checks/slowest.py "$begun" "$builddir" "$builddir-asan" "$builddir-tsan"
  ((${#filter[@]} == 0)) || counting=(--may-be-empty)
  /usr/bin/env python3 tests/checks/count.py "${counting[@]}" "${failed[@]}" "${ran[@]}"
}

main "$@"
