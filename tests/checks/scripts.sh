#!/bin/bash
# Shell scripts parse and shellcheck has nothing to say; Python scripts compile.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
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

no_shellcheck_complaint() { shell_scripts | xargs shellcheck --external-sources; }

check "shell scripts parse" parse
check "Python scripts compile" compile_python
if command -v shellcheck >/dev/null; then
  check "shellcheck is content" no_shellcheck_complaint
else
  skip "shellcheck is content" "shellcheck is not installed"
fi
done_checking
