#!/bin/bash
# SPDX-License-Identifier: MIT
# Shell scripts parse, shellcheck has nothing to say, and they tell how they are called; Python scripts compile.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
cd "$root"

shell_scripts() { files '*.sh' .ci/run; }

parse() {
  local script status=0
  while read -r script; do
    bash -n "$script" || status=1
  done < <(shell_scripts)
  return "$status"
}

compile_python() {
  files '*.py' | python3 -c 'import sys
for name in sys.stdin.read().splitlines():
    compile(open(name, encoding="utf-8").read(), name, "exec")'
}

# ends STATUS WORDS COMMAND...: it says the words and ends so, before it installs or builds anything.
ends() {
  local expected=$1 words=$2 said status=0
  shift 2
  said=$(CDPATH=. timeout 20 "$@" 2>&1) || status=$?
  [[ $status == "$expected" && $said == *"$words"* ]] || { echo "$*: expected status $expected and \"$words\", got $status: $said"; return 1; }
}

help_and_misuse() {
  local script
  for script in pipelines/demo.sh pipelines/build.sh tests/run.sh tests/bench/run.sh tests/bench/peers.sh subprojects/libtorch/get.sh; do
    ends 0 "Usage: $script" "$script" --help
    ends 2 "Usage: $script" "$script" --no-such-option
  done
  for script in pipelines/demo.sh pipelines/build.sh tests/run.sh; do
    ends 1 "--builddir needs a value" "$script" --builddir
  done
}

demo_refuses() {
  ends 1 "there is no video nowhere.mp4" pipelines/demo.sh --input nowhere.mp4
  ends 1 "there are no weights nowhere.pt" pipelines/demo.sh --model nowhere.pt
  ends 1 "--size takes WIDTHxHEIGHT" pipelines/demo.sh --size 320
  ends 1 "--size takes WIDTHxHEIGHT" pipelines/demo.sh --size 0x240
}

no_shellcheck_complaint() { shell_scripts | xargs shellcheck --external-sources; }

check "shell scripts parse" parse
check "Python scripts compile" compile_python
check "--help helps, and what is no option is refused with that text" help_and_misuse
check "the demo refuses what it cannot translate before it builds" demo_refuses
if command -v shellcheck >/dev/null; then
  check "shellcheck is content" no_shellcheck_complaint
else
  skip "shellcheck is content" "shellcheck is not installed"
fi
done_checking
