#!/usr/bin/env bash
# Records runs of the real programs and draws them anew: the pictures of README.md, in
# client/figure/gallery, or FOLDER. Takes about a minute; needs a release build and an idle machine.
# usage: scripts/figures.sh [FOLDER]
set -euo pipefail
if [[ $# -gt 1 || ${1-} == -* ]]; then
  echo "figures: '$*' is no folder; write one, or nothing" >&2
  exit 2
fi
gallery=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../client/figure/gallery}")
CDPATH= cd "$(dirname "${BASH_SOURCE[0]}")/.."

export PATH="$PWD/build/release/bin:$PATH"
folder=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null; rm -rf "$folder"' EXIT

# Starts a server for the poems after the options; addresses+=(where it serves each of them).
serve() {
  exec {said}< <(exec slowpoetry --quiet "$@")
  servers+=($!)
  local line
  while [[ $1 == --* ]]; do shift 2; done
  for _; do
    read -r line <&"$said"
    [[ $line =~ \ on\ ([^ ]+)\  ]] && addresses+=("${BASH_REMATCH[1]}")
  done
}

record() {
  local model=$1 name=$2
  shift 2
  "get-poetry-$model" --quiet --live never --trace "$name.json" "${addresses[@]}" "$@"
}

draw() {
  local picture=$1
  shift
  poetry-figure "$@" -o "$gallery/$picture.svg"
}

mkdir -p "$gallery"
cd "$folder" # so that the commands the pictures tell of name no folder

# The essay's experiment at a fifth of its delay.
addresses=()
serve --num-bytes 30 --delay 20ms the-slow-train.txt
serve --num-bytes 10 --delay 20ms the-kettle.txt low-tide.txt
for model in blocking threads async broken; do
  record "$model" "$model" --tick 20ms
done
draw lanes blocking.json async.json --figure lanes --animate
draw broken broken.json async.json --figure lanes
draw figure-1 blocking.json --figure 1
draw figure-2 threads.json --figure 2
draw figure-3 async.json --figure 3 --scale time

# Fewer chunks and more work for each, so that single slices can be seen.
addresses=()
serve --num-bytes 200 --delay 200ms the-slow-train.txt
serve --num-bytes 100 --delay 200ms the-kettle.txt low-tide.txt
record blocking blocking-work --work 5ms
record async async-work --work 5ms
draw figure-3-in-order async-work.json --figure 3 --scale order
draw figure-4 blocking-work.json --figure 4
draw beside blocking-work.json async-work.json --figure beside
