#!/usr/bin/env bash
# Sets up, builds what users run, and tests it.
# usage: scripts/test.sh [--all | --elsewhere | --faults | --fuzz [SECONDS] | --soak [SECONDS]]
#   --all: everything else that finds faults, too: demo, sanitizers, clang, ten seconds of fuzzing,
#   format, lint, browser, figures and a quick benchmark; any warning is then an error. Takes some
#   ten minutes.
#   --elsewhere: packages in fresh systems, containers and a cluster; some ten minutes, too
#   --faults: every system call of server and clients fails, in every way that it may
#   --fuzz: feeds what reads foreign text with what clang's fuzzer makes up, each for SECONDS (600)
#   --soak: a crowd of readers that misbehave, for SECONDS (300)
set -euo pipefail
CDPATH= cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=${1-}
if [[ $# -gt 1 && ! "$*" =~ ^--(fuzz|soak)\ [1-9][0-9]*$ ]]; then
  echo "test: '$*' makes no sense; only --fuzz and --soak take a value, a number of seconds" >&2
  exit 2
fi
case $mode in
  "" | --faults | --soak) scripts/setup.sh --tests ;;
  --elsewhere) scripts/setup.sh --elsewhere ;;
  --all | --fuzz) scripts/setup.sh --all ;;
  *)
    echo "test: '$mode' is no option; write --all, --elsewhere, --faults, --fuzz, --soak or nothing" >&2
    exit 2
    ;;
esac
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache

step() { printf '\n== %s (%s s so far)\n' "$*" "$SECONDS"; }

build() {
  cmake --preset release -DSLOW_POETRY_TESTS=ON >/dev/null
  cmake --build --preset release
}

clang=$(command -v clang++-15 || command -v clang++ || true)

if [[ $mode == --fuzz ]]; then
  cmake --preset fuzz -DCMAKE_CXX_COMPILER="$clang" >/dev/null
  cmake --build --preset fuzz
  fuzz() {
    local program=$1 seconds=$2 name=${1##*/fuzz_}
    mkdir -p "build/fuzz/found/$name"
    echo "fuzzing $name for $seconds s"
    "$program" -max_total_time="$seconds" -timeout=10 -verbosity=0 -close_fd_mask=1 \
      -artifact_prefix="build/fuzz/$name-" "build/fuzz/found/$name" "tests/fuzz/corpus/$name"
  }
  export -f fuzz
  printf '%s\n' build/fuzz/bin/fuzz_* | xargs -P "$(nproc)" -I {} bash -c "fuzz {} ${2:-600}"
  exit
fi

if [[ $mode != --all ]]; then
  step "build"
  build
  step "tests"
  export POETRY_BIN=build/release/bin
  case $mode in
    --elsewhere) ctest --test-dir build/release --output-on-failure -C elsewhere -L elsewhere ;;
    --faults) POETRY_FAULTS=all python3 tests/run_tests.py injected_faults_test ;;
    --soak) python3 tests/soak.py "${2:-300}" ;;
    *) ctest --preset release ;;
  esac
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

background fuzz scripts/test.sh --fuzz 10
step "tests with the thread sanitizer"
ctest --preset tsan
await fuzz

step "benchmark"
scripts/bench.sh --quick
step "done"
