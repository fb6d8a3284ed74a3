#!/usr/bin/env bash
# Installs what is missing on this machine; does nothing when nothing is missing.
# usage: scripts/setup.sh [--tests | --package | --elsewhere | --all]
#   without an option: what building needs; --tests: also what the tests need;
#   --package: what scripts/package.sh needs; --elsewhere: both, and what tests of packages,
#   containers and clusters need;
#   --all: what tests need, and what clang builds, fuzzing, format, lint and browser tests need
set -euo pipefail

level=$*
case $level in
  "" | --tests | --package | --elsewhere | --all) ;;
  *)
    echo "setup: '$level' is no option; write --tests, --package, --elsewhere, --all or nothing" >&2
    exit 2
    ;;
esac

if ! type dpkg-query apt-get >/dev/null 2>&1; then
  # Another system: nothing to do when all is there, else one command to type.
  headers='#if !__has_include(<asio.hpp>) || !__has_include(<cxxopts.hpp>) || !__has_include(<zlib.h>) || \
    !__has_include(<fmt/format.h>) || !__has_include(<nlohmann/json.hpp>) || !__has_include(<doctest/doctest.h>)
    #error
    #endif'
  type cmake ninja git >/dev/null 2>&1 && c++ -std=c++20 -E -x c++ - <<<"$headers" >/dev/null 2>&1 && exit 0
  declare -A install=(
    [dnf]="sudo dnf install gcc-c++ cmake ninja-build git asio-devel cxxopts-devel fmt-devel json-devel zlib-devel doctest-devel python3 nmap-ncat curl strace iproute procps-ng tmux"
    [pacman]="sudo pacman -S --needed gcc cmake ninja git asio cxxopts fmt nlohmann-json zlib doctest python openbsd-netcat curl strace iproute2 procps-ng tmux"
    [zypper]="sudo zypper install gcc-c++ cmake ninja git asio-devel cxxopts-devel fmt-devel nlohmann_json-devel zlib-devel doctest-devel python3 netcat-openbsd curl strace iproute2 procps tmux"
    [apk]="sudo apk add g++ cmake samurai git asio-dev cxxopts-dev fmt-dev nlohmann-json zlib-dev doctest-dev linux-headers python3 netcat-openbsd curl strace iproute2 procps tmux"
    [brew]="brew install gcc cmake ninja asio cxxopts fmt nlohmann-json zlib doctest python3 tmux"
  )
  for tool in dnf pacman zypper apk brew; do
    if command -v "$tool" >/dev/null; then
      echo "setup: install what is missing with this command, then run the script again:" >&2
      echo "  ${install[$tool]}" >&2
      exit 1
    fi
  done
  echo "setup: install a C++20 compiler, git, CMake 3.25, Ninja, Asio, cxxopts, fmt, nlohmann-json, zlib" >&2
  echo "setup: and doctest, then run the script again" >&2
  exit 1
fi

packages=(g++ cmake ninja-build git libasio-dev libcxxopts-dev libfmt-dev nlohmann-json3-dev zlib1g-dev)
[[ $level == --tests || $level == --elsewhere || $level == --all ]] &&
  packages+=(doctest-dev python3 netcat-openbsd curl strace iproute2 procps tmux)
[[ $level == --package || $level == --elsewhere ]] && packages+=(help2man dpkg-dev file)
[[ $level == --elsewhere ]] &&
  packages+=(debootstrap jq lintian podman runc catatonit netavark iptables python3-yaml)
if [[ $level == --all ]]; then
  packages+=(clang-format clang-tidy chromium nodejs npm)
  # Debian 12's own clang is too old for the coroutines.
  [[ $(. /etc/os-release && echo "${VERSION_CODENAME-}") == bookworm ]] && packages+=(clang-15) || packages+=(clang libclang-rt-dev)
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
