#!/usr/bin/env bash
# Installs what the tests need of a Debian system (as root), or says what is missing and fails.
set -euo pipefail

missing=()
have() { compgen -G "$1" > /dev/null; }
command -v chromium > /dev/null || missing+=(chromium)
have '/usr/lib/postgresql/*/bin/initdb' || missing+=(postgresql)
command -v redis-server > /dev/null || missing+=(redis-server)
have '/usr/share/datasets/fashion-mnist/*' || missing+=(dataset-fashion-mnist)
have '/usr/share/fonts/*/noto/*CJK*' || missing+=(fonts-noto-cjk)
command -v wrk > /dev/null || missing+=(wrk)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
  echo "installing for the tests: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
else
  echo "The tests need what is not installed here: ${missing[*]}" >&2
  echo "On Debian: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
