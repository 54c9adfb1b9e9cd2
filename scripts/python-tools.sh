# To be read by other scripts: `python_tools NAME==VERSION…` puts tools of Python on the PATH. They go into a cache, not
# into the system, once. False where Python has no virtual environments, which some systems leave out.
python_tools() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || return 1
  venv="${XDG_CACHE_HOME:-$HOME/.cache}/timekeeper/python/$(echo "$*" | tr ' ' '_')"
  if [ ! -e "$venv/complete" ]; then
    echo "installing $*, once"
    python3 -m venv --clear "$venv" || exit 1
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" || exit 1
    touch "$venv/complete"
  fi
  PATH="$venv/bin:$PATH"
}
