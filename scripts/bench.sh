#!/usr/bin/env bash
# Measures slow poetry against bare epoll and against what users would write instead, in about
# fifteen minutes. Close everything else first: it needs two idle cores.
# usage: scripts/bench.sh [--quick] [--only NAME]... [--list] [--json FILE] [--markdown FILE]
set -euo pipefail
CDPATH= cd "$(dirname "$0")/.."

# What makes no sense is refused before anything is built.
if command -v python3 >/dev/null; then python3 scripts/bench/bench.py --list "$@" >/dev/null; fi
if [[ " $* " != *" --list "* && " $* " != *" --help "* ]]; then
  scripts/setup.sh --tests
  [[ -f build/release/CMakeCache.txt ]] || cmake --preset release >/dev/null
  cmake --build --preset release \
    --target slowpoetry get-poetry-async get-poetry-threads poetry-race peers -- --quiet >&2
fi
exec python3 scripts/bench/bench.py --bin build/release/bin "$@"
