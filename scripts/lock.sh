#!/bin/bash
# Make the three locks anew from pyproject.toml: exact versions with hashes, no addresses.
# test.txt comes first and holds the others to the same versions. Extra words go to uv, e.g. --upgrade-package django
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1
lock() { var/tools/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header "$@"; }
lock pyproject.toml --group assets --group test --group lint -o requirements/test.txt "$@"
lock pyproject.toml --group assets -c requirements/test.txt -o requirements/demo.txt "$@"
lock pyproject.toml -c requirements/test.txt -o requirements/serve.txt "$@"
if grep -nE 'https?://' requirements/*.txt; then
  echo "A lock carries an address. Unset UV_* index settings and run this again." >&2
  exit 1
fi
