#!/bin/sh
# Sees to it that the tests have a browser, and that Playwright can drive it: the one that is here, else
# Debian's Chromium, else Playwright's own. One line when none can be had.
set -u
cd "${0%/*}/.." || exit 1
venv=${1:-.venv}

starts() { "$1" --version >/dev/null 2>&1; } # being there is not enough: Ubuntu's chromium-browser is a stub
drives() { "$venv/bin/python" -m playwright --version >/dev/null 2>&1; }

found() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        [ -n "$name" ] && starts "$name" && return
    done
    return 1
}

root=''
[ "$(id -u)" = 0 ] || root=sudo

packages() { # Debian's, where we may install them.
    command -v apt-get >/dev/null && { [ -z "$root" ] || command -v sudo >/dev/null; } || return 1
    echo "Installing $* for the tests…"
    $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$@" >/dev/null 2>&1
}

stop() { # Vietnamese, English
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in vi*) echo "$1" ;; *) echo "$2" ;; esac >&2
    exit 1
}

# Playwright brings its own node, which needs a library that a small Debian lacks.
drives || { packages libatomic1 && drives; } || stop \
    "Playwright không chạy được. Xem lỗi: $venv/bin/python -m playwright --version. \`make quick\` không cần trình duyệt." \
    "Playwright does not start. See why: $venv/bin/python -m playwright --version. \`make quick\` needs no browser."

found && exit 0
grep -q '^ID=debian' /etc/os-release 2>/dev/null && packages chromium && found && exit 0
echo "Fetching Playwright's Chromium for the tests…"
"$venv/bin/python" -m playwright install chromium >"$venv/browser.log" 2>&1 || stop \
    "Không có trình duyệt cho kiểm thử. Cách sửa: cài Chromium hoặc Chrome, hoặc đặt CHROMIUM=/đường/dẫn; \`make quick\` không cần trình duyệt." \
    "There is no browser for the tests. To mend: install Chromium or Chrome, or set CHROMIUM=/path/to/it; \`make quick\` needs none."
