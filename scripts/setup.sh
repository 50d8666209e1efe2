# Set-up of branchportal, read by ./portal: every step is skipped when its result is already there.
# shellcheck shell=bash

APT_DEMO=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk)
APT_TEST=(postgresql redis-server poppler-utils gettext)
APT_BROWSER=(chromium-headless-shell)

export UV_PYTHON_DOWNLOADS=never UV_PYTHON_PREFERENCE=only-system UV_SYSTEM_CERTS=1 UV_NO_PROGRESS=1 UV_LINK_MODE=copy
export PIP_DISABLE_PIP_VERSION_CHECK=1 DEBIAN_FRONTEND=noninteractive
# Compiled modules are kept, outside the sources: else each of the many processes compiles everything anew.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$PWD/var/pycache

say() { printf '[%4d s] %s\n' "$((SECONDS - STARTED))" "$*"; }
fail() { printf 'portal: %s\n' "$*" >&2; exit 1; }

# quietly LOG COMMAND...: the output goes to var/log/LOG.log and is shown only when the command fails.
quietly() {
  local log="var/log/$1.log"; shift
  mkdir -p var/log
  "$@" >"$log" 2>&1 || { tail -n 25 "$log" >&2; return 1; }
}

checksum() { { pwd -P; cat "$@"; } | sha256sum | cut -d' ' -f1; }
stamped() { [[ -f $1 && $(cat "$1") == "$2" ]]; }

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Prints the apt packages that `demo` or `test` still lacks, one a line.
missing_packages() {
  local wanted=("${APT_DEMO[@]}") name
  if [[ $1 == test ]]; then
    wanted+=("${APT_TEST[@]}")
    # Ubuntu's chromium is a snap stub: there PORTAL_BROWSER names a browser that was installed by hand.
    if ! find_browser >/dev/null && ! grep -qs '^ID=ubuntu' /etc/os-release; then wanted+=("${APT_BROWSER[@]}"); fi
  fi
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || wanted=(python3 python3-venv "${wanted[@]}")
  for name in "${wanted[@]}"; do
    installed "$name" || printf '%s\n' "$name"
  done
}

install_packages() {
  local missing=() root=()
  mapfile -t missing < <(missing_packages "$1")
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null ||
    fail "This is not Debian or Ubuntu. Install the counterparts of ${missing[*]}, then set PORTAL_SKIP_APT=1."
  if ((EUID)); then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
      root=(sudo)
    else
      fail "Packages are missing. Ask an administrator to run: apt-get install -y --no-install-recommends ${missing[*]}"
    fi
  fi
  say "Installing ${missing[*]}"
  quietly apt "${root[@]}" bash scripts/apt-install.sh "${missing[@]}" ||
    fail "apt-get could not install the packages (var/log/apt.log). Check the package sources and the network, then run the command again."
  say "System packages are there"
}

check_python() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "Python 3.11 or newer is needed, but ${PYTHON} is $("$PYTHON" --version 2>&1 || echo missing). Set PORTAL_PYTHON to a newer one."
}

install_tools() {
  local sum; sum=$(checksum requirements/tools.txt)
  stamped var/tools/.stamp "$sum" && return 0
  rm -rf var/tools
  quietly tools "$PYTHON" -m venv var/tools && quietly tools var/tools/bin/pip install -q --require-hashes -r requirements/tools.txt ||
    fail "The installer uv could not be fetched (var/log/tools.log). Check that python3-venv is installed, and check the network or the mirror in pip.conf (pip config list)."
  printf '%s' "$sum" >var/tools/.stamp
  say "Installer is there"
}

# uv does not read pip.conf: hand a mirror and its trust on.
follow_pip_mirror() {
  local index host
  index=$(var/tools/bin/pip config get global.index-url 2>/dev/null || true)
  host=$(var/tools/bin/pip config get global.trusted-host 2>/dev/null || true)
  [[ -n ${PIP_INDEX_URL:-$index} && -z ${UV_DEFAULT_INDEX:-} ]] && export UV_DEFAULT_INDEX=${PIP_INDEX_URL:-$index}
  [[ -n ${PIP_TRUSTED_HOST:-$host} && -z ${UV_INSECURE_HOST:-} ]] && export UV_INSECURE_HOST=${PIP_TRUSTED_HOST:-$host}
  [[ -w ${HOME:-/nonexistent} ]] || export UV_CACHE_DIR=$PWD/var/cache/uv
}

# The test lock contains the demo lock, so a demo never takes the test packages away.
install_python_packages() {
  local lock=requirements/$1.txt sum larger how=sync
  sum=$(checksum "$lock") larger=$(checksum requirements/test.txt)
  stamped .venv/.stamp "$larger" && return 0
  stamped .venv/.stamp "$sum" && return 0
  follow_pip_mirror
  if ! .venv/bin/python -c '' 2>/dev/null || [[ $(readlink -f .venv/bin/python) != $(readlink -f "$("$PYTHON" -c 'import sys; print(sys.executable)')") ]]; then
    quietly venv var/tools/bin/uv venv -q --clear --python "$PYTHON" .venv || fail "The folder .venv could not be made (var/log/venv.log). Is the disk full?"
  fi
  [[ $1 == demo && -x .venv/bin/pytest ]] && how=install
  case $how in
    sync) quietly packages var/tools/bin/uv pip sync -q --require-hashes "$lock" ;;
    install) quietly packages var/tools/bin/uv pip install -q --require-hashes -r "$lock" ;;
  esac || fail "The Python packages could not be installed (var/log/packages.log). Check the network or the mirror in pip.conf (pip config list)."
  printf '%s' "$sum" >.venv/.stamp
  say "Python packages are there"
}

install_assets() {
  local sum; sum=$(checksum package-lock.json scripts/assets.py)
  stamped var/vendor/.stamp "$sum" && return 0
  quietly assets .venv/bin/python scripts/assets.py "$PWD/.venv/bin/npm" ||
    fail "Style sheets and scripts could not be fetched (var/log/assets.log). Check the network or the registry in ~/.npmrc."
  printf '%s' "$sum" >var/vendor/.stamp
  say "Style sheets and scripts are there"
}

install_fonts() {
  [[ -f var/fonts/FandolSong-Bold.otf || -f var/fonts/unavailable ]] && return 0
  if quietly fonts .venv/bin/python scripts/fonts.py; then
    say "Fonts for official papers are there"
  else
    mkdir -p var/fonts && touch var/fonts/unavailable
    say "The Fandol fonts could not be fetched: papers are set in Noto. Remove var/fonts/unavailable to try again"
  fi
}

compile_catalogue() {
  local mo=branchportal/locale/zh_Hans/LC_MESSAGES/django.mo
  [[ -f $mo && -z $(find branchportal/locale/zh_Hans -name '*.po' -newer "$mo" -print -quit) ]] && return 0
  quietly catalogue .venv/bin/python manage.py catalogue --compile ||
    fail "The catalogue of translations could not be compiled (var/log/catalogue.log). Mend the .po file it names."
  say "Chinese catalogue is compiled"
}

# Prints the path of a Chromium that Playwright can drive.
find_browser() {
  local name
  for name in "${PORTAL_BROWSER:-}" chromium-headless-shell chromium; do
    [[ -n $name ]] && command -v "$name" && return 0
  done
  return 1
}

# set_up demo|test
set_up() {
  PYTHON=${PORTAL_PYTHON:-python3}
  mkdir -p var/log var/static || fail "The folder $PWD is not writable. Run the command as its owner, or clone it to a place of your own."
  exec 9>var/setup.lock
  flock -n 9 || { say "Waiting for another set-up in this folder"; flock 9; }
  [[ -n ${PORTAL_SKIP_APT:-} ]] || install_packages "$1"
  check_python
  install_tools
  install_python_packages "$1"
  install_assets
  install_fonts
  compile_catalogue
  exec 9>&-
}
