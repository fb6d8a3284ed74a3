#!/usr/bin/env bash
# Sets up, builds and runs the lesson: every model on the same slow servers.
# usage: scripts/demo.sh [--full]     --full: at the real pace, 23 seconds a blocking run, three runs each
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release

case ${1-} in
  "") ;;
  --full) set -- --scenario essay --models blocking,async --runs 3 --delay 100ms ;;
  *)
    echo "demo: '$1' is no option; write --full, or nothing" >&2
    exit 2
    ;;
esac

# The report is written where the race is run.
cd build
release/bin/poetry-race "$@"
