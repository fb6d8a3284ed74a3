#!/usr/bin/env bash
# Installs what building and testing need and this machine lacks; does nothing when nothing is missing.
# usage: scripts/setup.sh [--all]     --all: also what format, lint and browser tests need
set -euo pipefail

packages=(g++ cmake ninja-build git libasio-dev libcxxopts-dev doctest-dev libfmt-dev
  nlohmann-json3-dev zlib1g-dev python3 netcat-openbsd curl strace procps)
[[ ${1-} == --all ]] && packages+=(clang-format clang-tidy tmux chromium nodejs npm)

if ! command -v dpkg-query apt-get >/dev/null; then
  echo "setup: this is not a Debian-like system. Install the equivalents of these packages," >&2
  echo "setup: then run cmake --workflow --preset release:" >&2
  echo "  ${packages[*]}" >&2
  exit 1
fi

# A tool that came from elsewhere (a newer node, say) is as good as the package of that name.
provided() {
  case $1 in
    nodejs) command -v node ;; npm | cmake | git | curl | python3 | chromium) command -v "$1" ;;
    *) return 1 ;;
  esac >/dev/null
}
missing=()
for package in "${packages[@]}"; do
  provided "$package" || dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
    missing+=("$package")
done
[[ ${#missing[@]} == 0 ]] && exit 0

as_root=()
if [[ $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || { echo "setup: run as root, or install sudo: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
