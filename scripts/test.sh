#!/usr/bin/env bash
# Builds and runs the tests. usage: scripts/test.sh [--all]
#   --all: also format, lint, the sanitizer builds, the release build and the browser tests
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n' "$*"; }

scripts/setup.sh "$@"
step "debug build and tests"
cmake --workflow --preset dev
[[ ${1-} == --all ]] || exit 0

step "format"
git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
step "lint"
scripts/lint.sh build/dev
for preset in asan tsan; do
  step "$preset build and tests"
  cmake --workflow --preset "$preset"
done
step "release build"
cmake --preset release -DSLOW_POETRY_TESTS=OFF
cmake --build --preset release
if [[ -d tests/browser ]]; then
  step "browser tests"
  npm --prefix tests/browser ci --no-audit --no-fund
  POETRY_BIN="$PWD/build/release/bin" npm --prefix tests/browser test
fi
