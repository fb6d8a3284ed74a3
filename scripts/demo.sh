#!/usr/bin/env bash
# Sets up, builds and runs the lesson: every model on the same slow servers.
# usage: scripts/demo.sh [--full]     --full: at the real pace, 23 seconds a blocking run, three runs each
set -euo pipefail

case $* in
  "") race=(--runs 1) ;;
  --full) race=(--scenario essay --models blocking,async --runs 3 --delay 100ms) ;;
  *)
    echo "demo: '$*' is no option; write --full, or nothing" >&2
    exit 2
    ;;
esac

here=$PWD
CDPATH= cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
cmake --preset release -DSLOW_POETRY_TESTS=OFF >/dev/null
cmake --build --preset release --target demo
# From here on every path is as seen from where the user stands.
build=$(realpath --relative-to="$here" build)
cd "$here"
code=0
"$build/release/bin/poetry-race" --out "$build" "${race[@]}" || code=$?
[[ -f $build/report.html ]] &&
  echo "See the poems arrive: open $build/report.html in a browser (xdg-open $build/report.html)."
exit "$code"
