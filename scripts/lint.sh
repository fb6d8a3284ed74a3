#!/usr/bin/env bash
# Checks that no include runs up, then names and habits with clang-tidy.
# usage: scripts/lint.sh [CMAKE_OPTION...]     such as -DCMAKE_CXX_COMPILER=clang++-15
set -euo pipefail
CDPATH= cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What a folder's files may include besides those of the same folder.
declare -A may_include=(
  [common]=""
  [server]="common"
  [client/run]="common"
  [client/poem]="common client/run"
  [client/wait]="common client/run client/poem"
  [client/models]="common client/run client/poem client/wait"
  [client/report]="common client/run client/poem"
  [client]="common client/run client/poem client/models client/report"
  [client/figure/recording]="common"
  [client/figure/drawing]="common client/figure/recording"
  [client/figure/page]="common client/figure/recording client/figure/drawing"
  [client/figure]="common client/figure/recording client/figure/drawing client/figure/page"
  [client/race/plan]="common client client/figure/recording"
  [client/race/run]="common client client/run client/figure/recording client/race/plan"
  [client/race/report]="common client client/figure/recording client/figure/drawing client/figure/page client/race/plan client/race/run"
  [client/race]="common client client/run client/race/plan client/race/run client/race/report"
)
wrong=0
while IFS=: read -r file include; do
  from=$(dirname "$file") to=$(dirname "${include#*\"}")
  [[ " ${may_include[$from]-} $from " == *" $to "* ]] && continue
  echo "$file: $include\": files in $from may not include files in $to" >&2
  wrong=1
done < <(git grep -o '^#include "[^"]*' -- 'common/*.[ch]pp' 'server/*.[ch]pp' 'client/*.[ch]pp')
[[ $wrong == 0 ]]

# A library at a time, as one unit: its files need the same headers, which take most of the time.
cmake --preset clang -B build/lint -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 \
  -DSLOW_POETRY_TESTS=OFF "$@" >/dev/null
# clang cannot see Asio's coroutines unless it is told that there are some.
arguments=(--quiet -p build/lint --extra-arg=-Wno-unknown-warning-option
  --extra-arg=-DASIO_HAS_CO_AWAIT --extra-arg=-DASIO_HAS_STD_COROUTINE)
[[ $(clang-tidy --version) == *"version 14"* ]] && arguments+=(--extra-arg=-D__cpp_impl_coroutine=201902L)
find build/lint/{common,server,client} -name 'unity_*.cxx' -not -path '*/asio.dir/*' -print0 |
  xargs -0 -P "$(nproc)" -n 1 clang-tidy "${arguments[@]}"
