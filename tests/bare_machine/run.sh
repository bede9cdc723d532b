#!/usr/bin/env bash
# Proves that the tests pass on a machine that lacks their tools. In a mount
# namespace of its own, it hides commands, clones the last commit, and runs the
# README's commands there, as a user does (without CI=true).
#
#     tests/bare_machine/run.sh [suite ...]
#     tests/bare_machine/run.sh --without COMMAND[,COMMAND...] suite ...
#
# The first form hides all commands except Node, npm and those of every Linux. It
# runs `npm install && npm test`, for at most ten minutes, and then the named
# suites. The second form hides some commands and runs the suites.
set -euo pipefail

limit=600
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

if [[ ${1:-} != --inside ]]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  git clone --quiet --no-hardlinks "$root" "$folder/clone"
  options=(--mount --pid --fork --kill-child --mount-proc)
  [[ $(id -u) == 0 ]] || options+=(--map-root-user)
  if ! unshare "${options[@]}" true; then
    echo "FAILED bare machine: cannot make a mount namespace here." \
      "Run this as root, in a container with --privileged."
    exit 1
  fi
  env -u CI -u CHROMIUM_PATH -u FIREFOX_PATH -u NODE_TEST_CONTEXT \
    unshare "${options[@]}" bash "${BASH_SOURCE[0]}" --inside "$folder" "$@" \
    </dev/null
  exit
fi

# From here on, this runs inside the namespace, which alone sees the mounts.
folder=$2
shift 2
without=
if [[ ${1:-} == --without ]]; then
  without=$2
  shift 2
fi

# npm's scripts need a shell and its usual commands.
kept=(node npm npx)
if [[ -z $without ]]; then
  essential=$(dpkg-query -W -f '${Package} ${Essential}\n' | awk '$2 == "yes" { print $1 }')
  # shellcheck disable=SC2086 # One word for each package.
  mapfile -t -O "${#kept[@]}" kept < <(dpkg -L $essential | grep -E '/s?bin/' | xargs -n 1 basename)
  kept+=(awk which)
fi
hidden=${without//,/$'\n'}

is_hidden() {
  if [[ -n $without ]]; then grep -qxF "$1" <<<"$hidden"; else ! [[ -v keep[$1] ]]; fi
}

declare -A keep
for name in "${kept[@]}"; do keep[$name]=1; done

mkdir "$folder/layers"
mount -t tmpfs layers "$folder/layers"
export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
for place in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /snap/bin; do
  [[ -d $place ]] || continue
  layer=$folder/layers/${place//\//_}
  mkdir -p "$layer/upper" "$layer/work"
  mount -t overlay overlay -o "lowerdir=$place,upperdir=$layer/upper,workdir=$layer/work" "$place"
  names=()
  for path in "$place"/*; do
    name=${path##*/}
    if [[ ! -d $path || -L $path ]] && is_hidden "$name"; then names+=("$path"); fi
  done
  if ((${#names[@]} > 0)); then rm -f "${names[@]}"; fi
done
hash -r

expected=(chromium firefox firefox-esr google-chrome go nginx ffmpeg curl python3 git)
[[ -z $without ]] || mapfile -t expected <<<"$hidden"
for name in "${expected[@]}"; do
  if command -v "$name" >/dev/null; then
    echo "FAILED bare machine: $name is still there"
    exit 1
  fi
done
echo "Hidden here: ${expected[*]}${without:+ (and nothing else)}"

cd "$folder/clone"
log=$folder/log
export npm_config_audit=false npm_config_fund=false

# Runs a command, saves its output to $log, and returns its exit code.
run() {
  local seconds=$1 status=0
  shift
  echo "\$ $*"
  timeout --kill-after=10 "$seconds" bash -c "$*" 2>&1 | tee "$log" || status=${PIPESTATUS[0]}
  if ((status == 124 || status == 137)); then
    echo "FAILED bare machine: \"$*\" did not end within $seconds s"
  elif ((status != 0)); then
    echo "FAILED bare machine: \"$*\" ended with $status"
  fi
  return "$status"
}

# The log must name what was skipped, and nothing may have failed.
check_log() {
  grep -qE '^[0-9]+ passed, 0 failed, [1-9][0-9]* skipped$' "$log" &&
    grep -q '^SKIPPED ' "$log" && return
  echo "FAILED bare machine: the log does not name what was skipped"
  return 1
}

if [[ -n $without ]]; then
  run "$limit" npm install
else
  SECONDS=0
  run "$limit" "npm install && npm test"
  check_log
  echo "npm install && npm test took $SECONDS s on $(nproc) cores"
fi
if (($# > 0)); then
  SECONDS=0
  run 1800 "npm test -- $*"
  check_log
  echo "npm test -- $* took $SECONDS s on $(nproc) cores"
fi
echo "The bare machine passed"
