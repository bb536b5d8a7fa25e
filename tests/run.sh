#!/bin/bash
# From a fresh checkout to a verdict: installs, builds, runs every test, and counts the cases. What needs no LibTorch runs
# a second time under AddressSanitizer and UndefinedBehaviorSanitizer, and what has threads a third time under ThreadSanitizer.
set -euo pipefail

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")

usage() {
  cat <<'EOF'
Usage: tests/run.sh [options] [NAME ...]

Installs what is missing, builds into build/, build-asan/ and build-tsan/, runs the tests, and ends with the line
`N passed, N failed` (`, N skipped`). The exit status is not 0 if one failed, or if the build did.

  NAME         only the tests whose name contains it (tests/run.sh --list shows the names)
  --no-asan    without the second run, under AddressSanitizer and UndefinedBehaviorSanitizer
  --no-tsan    without the third run, under ThreadSanitizer
  --builddir DIR  the first build's folder (default: build); the others' are DIR-asan and DIR-tsan
  --list       list the tests and stop
  -h, --help   this text

LIBTORCH=DIR in the environment names a LibTorch that you have; see pipelines/build.sh --help.
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
  "$meson" test -C "$dir" --no-rebuild "${@:2}" "${selected[@]}" || status=$?
  ran+=("$dir=$status")
}

main() {
  local asan=1 tsan=1 builddir=$root/build filter=() failed=() counting=()
  # Sanitizers ask for little optimisation, and reports for lines alone: half the time of compiling.
  # No precompiled headers: they would hide an include that a file lacks.
  local sanitized=(-Db_pch=false -Db_lundef=false -Doptimization=1 -Ddebug=true -Dcpp_args=-g1)
  ran=()
  while (($#)); do
    case $1 in
      --no-asan) asan='' ;;
      --builddir)
        (($# > 1)) || { echo "run.sh: --builddir needs a value" >&2; exit 1; }
        builddir=$(realpath -m "$2")
        shift ;;
      --no-tsan) tsan='' ;;
      --list) asan=list ;;
      -h | --help) usage; exit ;;
      -*) usage >&2; exit 2 ;;
      *) filter+=("$1") ;;
    esac
    shift
  done
  cd "$root"

  if pipelines/build.sh --for tests --builddir "$builddir"; then
    # Only now: build.sh installs it.
    meson=/usr/bin/meson
    [[ -x $meson ]] || meson=meson
    [[ $asan != list ]] || { names "$builddir" ''; exit; }
    run "$builddir" "${filter[@]}" -- --timeout-multiplier 4
  else
    failed+=(--failed "the build in $builddir")
    asan='' tsan=''
  fi
  if [[ -n $asan ]]; then
    if pipelines/build.sh --for tests --no-torch --builddir "$builddir-asan" \
      "${sanitized[@]}" -Db_sanitize=address,undefined; then
      # The plugin can only be loaded by a program that was built with the sanitizers too: no gst-plugin-scanner.
      export GST_REGISTRY_FORK=no
      run "$builddir-asan" "${filter[@]}" -- --no-suite checks --timeout-multiplier 4
    else
      failed+=(--failed "the build in $builddir-asan")
    fi
  fi
  if [[ -n $tsan ]]; then
    if pipelines/build.sh --for tests --no-torch --builddir "$builddir-tsan" --target threads \
      "${sanitized[@]}" -Db_sanitize=thread; then
      export GST_REGISTRY_FORK=no
      run "$builddir-tsan" "${filter[@]}" -- --timeout-multiplier 4
    else
      failed+=(--failed "the build in $builddir-tsan")
    fi
  fi
  ((${#filter[@]} == 0)) || counting=(--may-be-empty)
  /usr/bin/env python3 tests/checks/count.py "${counting[@]}" "${failed[@]}" "${ran[@]}"
}

main "$@"
