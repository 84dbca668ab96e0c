#!/bin/sh
# Sees to it that there is a browser for the tests: the one that is here, else Debian's Chromium,
# else Playwright's own. One line when none can be had.
set -u
cd "${0%/*}/.." || exit 1

works() { "$1" --version >/dev/null 2>&1; } # Ubuntu's /usr/bin/chromium-browser may be a stub.

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    [ -n "$name" ] && works "$name" && exit 0
done

root=''
if [ "$(id -u)" != 0 ]; then root=sudo; fi
if grep -q '^ID=debian' /etc/os-release 2>/dev/null && { [ -z "$root" ] || command -v sudo >/dev/null; }; then
    echo "Installing Chromium for the tests (apt-get install chromium)…"
    $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null 2>&1
    works chromium && exit 0
fi

echo "Fetching Playwright's Chromium for the tests…"
.venv/bin/python -m playwright install chromium >.venv/browser.log 2>&1 && exit 0
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    vi*) echo "Không có trình duyệt cho kiểm thử. Cách sửa: cài Chromium hoặc Chrome, hoặc đặt CHROMIUM=/đường/dẫn; \`make quick\` không cần trình duyệt." ;;
    *) echo "There is no browser for the tests. To mend: install Chromium or Chrome, or set CHROMIUM=/path/to/it; \`make quick\` needs none." ;;
esac >&2
exit 1
