# SPDX-License-Identifier: MIT
# For the script checks: what they have in common. Sourced after `root` is set; prints TAP.
# shellcheck shell=bash

: "${root:?the folder of the project}"
checks=0

# check NAME COMMAND...: one check; what the command prints is shown where it fails.
check() {
  local name=$1 output status
  shift
  checks=$((checks + 1))
  # Not as the condition of an `if`: bash would not stop at a failing command inside a function then.
  set +e
  output=$(set -e; "$@" 2>&1)
  status=$?
  set -e
  if ((status == 0)); then
    echo "ok $checks $name"
  else
    echo "not ok $checks $name"
    printf '%s\n' "$output" | sed 's/^/# /'
  fi
}

skip() { checks=$((checks + 1)); echo "ok $checks $1 # SKIP $2"; }

done_checking() { echo "1..$checks"; }

# files PATTERN...: those of the project's files that match, tracked or about to be; one per line.
files() { git -C "$root" ls-files --cached --others --exclude-standard --deduplicate -- "$@" | while read -r file; do
  [[ ! -f $root/$file ]] || echo "$file"
done; }

sources() { files '*.cpp' '*.hpp' '*.c' '*.h' '*.cu' '*.cuh'; }
