#!/bin/sh
# Sees to it that the tests have the proxy: the Caddy that is here, else Debian's where we may install it. Where none can
# be had one line says so and the tests go on without it; with CI set that is an error.
set -u

there() { "${CADDY:-caddy}" version >/dev/null 2>&1; }

root=''
[ "$(id -u)" = 0 ] || root=sudo

packages() {
    command -v apt-get >/dev/null && { [ -z "$root" ] || command -v sudo >/dev/null; } || return 1
    echo "Installing Caddy for the tests…"
    $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y caddy >/dev/null 2>&1 ||
        return 1
    # The tests start proxies of their own: the package is not to serve port 80.
    [ ! -d /run/systemd/system ] || $root systemctl disable --now caddy >/dev/null 2>&1
}

say() { # Vietnamese, English
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in vi*) echo "$1" ;; *) echo "$2" ;; esac >&2
}

there || { packages && there; } || {
    say "Bỏ qua kiểm thử với proxy: máy này không có Caddy. Cách sửa: cài nó (apt-get install caddy, brew install caddy), hoặc đặt CADDY=/đường/dẫn/tới/caddy." \
        "The tests of the proxy are left out: there is no Caddy here. To mend: install it (apt-get install caddy, brew install caddy), or set CADDY=/path/to/caddy."
    [ -z "${CI:-}" ]
}
