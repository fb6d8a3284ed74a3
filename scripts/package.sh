#!/usr/bin/env bash
# Builds what can be installed elsewhere: a .deb, and a .tar.gz whose programs need no library of
# the system. usage: scripts/package.sh [FOLDER]     FOLDER: where they go, default: build/package
set -euo pipefail
if [[ $# -gt 1 || ${1-} == -* ]]; then
  echo "package: '$*' is no folder; write one, or nothing" >&2
  exit 2
fi
folder=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../build/package}")
CDPATH= cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/package
programs=$build/bin
share=$build/share

scripts/setup.sh --package
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
# An option changes only how the programs are linked: they are compiled once.
pack() {
  cmake --preset package -U 'ZLIB_*' -DSLOW_POETRY_STATIC="$1" >/dev/null
  cmake --build --preset package --target demo poetry-figure
  [[ $1 == ON ]] || add_documents
  cpack --config $build/CPackConfig.cmake -G "$2" -B "$folder" >/dev/null
}

# Manual pages are what --help says, and so is the completion of options.
add_documents() {
  local version path name summary
  rm -rf "$share"/{man,doc,bash-completion}
  mkdir -p "$share"/{man/man1,bash-completion/completions,doc/slow-poetry/examples}
  read -r _ version < <("$programs/slowpoetry" --version)
  for path in "$programs"/{slowpoetry,get-poetry-*,poetry-*}; do
    name=${path##*/}
    summary=$("$path" --help | sed -n 2p)
    # Each example is a paragraph, for paragraphs are filled.
    help2man --no-info --name "${summary%.}" --source "Slow Poetry $version" \
      --help-option "--help | sed '/^Examples:/,\$G'" "$path" | gzip -9n >"$share/man/man1/$name.1.gz"
    echo "complete -F _longopt $name" >"$share/bash-completion/completions/$name"
  done
  printf '%s\n' "slow-poetry ($version) unstable; urgency=medium" "" "  * Version $version." "" \
    " -- Slow Poetry <slow-poetry@example.org>  $(date -R)" | gzip -9n >"$share/doc/slow-poetry/changelog.gz"
  # An example of a page; whether this machine was idle enough to meet each claim is not the point.
  "$programs/poetry-race" --models blocking,threads,async,broken --runs 1 --delay 20ms \
    --out "$share/doc/slow-poetry/examples" >/dev/null || [[ $? == 1 ]]
}

pack OFF DEB
pack ON TGZ
rm -rf "$folder/_CPack_Packages"
ls "$folder"/slow-poetry[_-]*.{deb,tar.gz}
