#!/usr/bin/env bash
# Checks names and habits with clang-tidy. usage: scripts/lint.sh BUILD_FOLDER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# clang cannot see Asio's coroutines unless it is told that there are some.
arguments=(--quiet -p "${1:-build/dev}" --extra-arg=-Wno-unknown-warning-option
  --extra-arg=-DASIO_HAS_CO_AWAIT --extra-arg=-DASIO_HAS_STD_COROUTINE)
if [[ $(clang-tidy --version) == *"version 14"* ]]; then
  arguments+=(--extra-arg=-D__cpp_impl_coroutine=201902L)
fi
git ls-files 'common/*.cpp' 'server/*.cpp' 'client/*.cpp' |
  grep -v '^common/asio.cpp$' |
  xargs -P "$(nproc)" -n 1 clang-tidy "${arguments[@]}"
