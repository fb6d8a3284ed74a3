#!/usr/bin/env bash
# Sets up, builds what users run, and tests it. usage: scripts/test.sh [--all]
#   --all: everything else that finds faults, too: demo, sanitizers, clang, format, lint, browser,
#   figures, packages and a quick benchmark; any warning is then an error. Takes some ten minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
  "") scripts/setup.sh --tests ;;
  --all) scripts/setup.sh --all ;;
  *)
    echo "test: '$1' is no option; write --all, or nothing" >&2
    exit 2
    ;;
esac
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache

step() { printf '\n== %s (%s s so far)\n' "$*" "$SECONDS"; }

build() {
  cmake --preset release -DSLOW_POETRY_TESTS=ON >/dev/null
  cmake --build --preset release
}

if [[ ${1-} != --all ]]; then
  step "build"
  build
  step "tests"
  ctest --preset release
  exit
fi

# What computes runs beside what waits. A step in the background is shown when it has ended.
logs=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$logs"' EXIT
declare -A started
background() {
  local name=$1
  shift
  nice -n 10 "$@" >"$logs/$name" 2>&1 &
  started[$name]=$!
}
await() {
  local name code
  for name; do
    code=0
    wait "${started[$name]}" || code=$?
    step "$name"
    [[ $code == 0 ]] && tail -n 15 "$logs/$name" || { cat "$logs/$name"; exit "$code"; }
  done
}
without_warnings() {
  "$@" 2>&1 | tee "$logs/build"
  ! grep -n 'warning:' "$logs/build"
}

npm --prefix tests/browser ci --no-audit --no-fund
step "format"
git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
step "demo, as a newcomer runs it"
without_warnings scripts/demo.sh
step "build"
without_warnings build
step "tests that measure, alone on the machine"
ctest --preset release -L measures

clang=$(command -v clang++-15 || command -v clang++)
background lint scripts/lint.sh -DCMAKE_CXX_COMPILER="$clang"
step "tests"
ctest --preset release -LE measures

background asan-build bash -c 'cmake --preset asan >/dev/null && cmake --build --preset asan'
step "figures"
cmake --build --preset release --target poetry-figure
gallery=$(mktemp -d "$logs/gallery.XXXX")
scripts/figures.sh "$gallery"
await lint asan-build

background tsan-build bash -c 'cmake --preset tsan >/dev/null && cmake --build --preset tsan'
step "tests with the address sanitizer"
ctest --preset asan
await tsan-build

background clang-build bash -c "cmake --preset clang -DCMAKE_CXX_COMPILER='$clang' -DSLOW_POETRY_TESTS=OFF >/dev/null && cmake --build --preset clang"
step "tests with the thread sanitizer"
ctest --preset tsan
await clang-build

step "packages"
ctest --test-dir build/release --output-on-failure -C elsewhere -L elsewhere
step "benchmark"
scripts/bench.sh --quick
step "done"
