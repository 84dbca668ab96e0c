#!/bin/sh
# Sets up a virtual environment, once: `setup.sh` for running, `setup.sh dev` for tests and checks,
# `setup.sh bench` for the measurements. A second call with nothing changed returns at once.
# Whatever is missing is told in one line, with the way to mend it.
set -u
case $0 in */*) cd "${0%/*}/.." || exit 1 ;; *) cd .. || exit 1 ;; esac

say() { # Vietnamese, English: the terminal's language decides.
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in vi*) printf '%s\n' "$1" ;; *) printf '%s\n' "$2" ;; esac >&2
}
stop() { say "$@"; exit 1; }

wanted=${1:-run}
case $wanted in
    run) venv=.venv list=requirements.txt lists="requirements.txt requirements-dev.txt" ;;
    dev) venv=.venv list=requirements-dev.txt lists="requirements.txt requirements-dev.txt" ;;
    bench) venv=bench/.venv list=requirements.txt lists="requirements.txt bench/requirements.txt bench/peers.txt" ;;
    *) stop "Không có kiểu cài đặt '$wanted': hãy dùng run, dev hoặc bench." \
            "There is no set-up '$wanted': use run, dev or bench." ;;
esac
here=$(pwd -P)
stamp=$venv/.stamp
log=$venv/setup.log

# --- which Python -----------------------------------------------------------------------------
# Chainlit itself does not install on 3.14 yet.
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
short='import sys; print("%d.%d" % sys.version_info[:2])'
complete='import ensurepip, venv'

apt="apt-get install"
[ "$(id -u 2>/dev/null)" = 0 ] || apt="sudo apt-get install"

find_python() { # Sets $python, or says what is missing. A name alone proves nothing (pyenv's shims): run it.
    python='' bare='' other=''
    for name in python3.13 python3.12 python3.11 python3 python; do
        if "$name" -c "$fits" >/dev/null 2>&1; then
            if "$name" -c "$complete" >/dev/null 2>&1; then python=$name; return; fi
            bare=${bare:-$("$name" -c "$short")}
        else
            other=${other:-$("$name" -c "$short" 2>/dev/null)}
        fi
    done
    if [ -n "$bare" ]; then
        [ -f /etc/debian_version ] || stop \
            "Python $bare thiếu mô-đun venv hoặc ensurepip. Cách sửa: cài một bản Python đầy đủ rồi chạy lại." \
            "Python $bare lacks venv or ensurepip. To mend: install a complete Python, then run this again."
        stop "Python $bare thiếu mô-đun venv. Cách sửa: $apt python$bare-venv, rồi chạy lại." \
             "Python $bare lacks venv. To mend: $apt python$bare-venv, then run this again."
    fi
    if [ -f /etc/debian_version ]; then mend="$apt python3 python3-venv"
    elif [ -d /System/Library ]; then mend="brew install python@3.12"
    else mend="https://www.python.org/downloads/"; fi
    stop "Cần Python 3.11, 3.12 hoặc 3.13${other:+ (máy này có $other)}. Cách sửa: $mend, rồi chạy lại." \
         "Python 3.11, 3.12 or 3.13 is needed${other:+ (found $other)}. To mend: $mend, then run this again."
}

# --- up to date already? ----------------------------------------------------------------------
# The stamp names the folder, the lists and the Python that were installed, then what for;
# the development set holds the running one.
key() { printf '%s %s %s' "$here" "$(cat $lists | cksum)" "$("$venv/bin/python" -V 2>&1)"; }

up_to_date() {
    [ -f "$stamp" ] || return 1
    found=$(cat "$stamp") now=$(key)
    [ "$found" = "$now $wanted" ] || { [ "$wanted" = run ] && [ "$found" = "$now dev" ]; }
}

explain_failure() { # What could not be done, from pip's own words (the log may not fit on a full disk).
    { printf '%s\n' "$1" >>"$log"; } 2>/dev/null
    if printf '%s' "$1" | grep -qiE 'No space left|Errno 28'; then
        stop "Đĩa đã đầy nên không cài được vào $venv. Cách sửa: dọn khoảng 1 GB rồi chạy lại." \
             "The disk is full, so $venv could not be filled. To mend: free about 1 GB, then run this again."
    elif printf '%s' "$1" | grep -qiE 'NewConnectionError|NameResolution|Timeout|timed out|ProxyError|SSLError'; then
        stop "Không tải được gói từ PyPI. Cách sửa: kiểm tra mạng hoặc proxy rồi chạy lại (chi tiết: $log)." \
             "Packages could not be fetched from PyPI. To mend: check network or proxy, then run this again (details: $log)."
    fi
    why=$(printf '%s' "$1" | grep -i -m 1 error)
    stop "Cài đặt thất bại: ${why:-không rõ lý do} (chi tiết: $log). Cách sửa: xoá $venv rồi chạy lại." \
         "The set-up failed: ${why:-no reason given} (details: $log). To mend: remove $venv, then run this again."
}

make_venv() { # Anew when the folder was moved, or the Python in it is gone or unfit.
    if "$venv/bin/python" -c "import pip; $fits" 2>/dev/null && { [ ! -f "$stamp" ] || grep -qF "$here " "$stamp"; }; then
        return
    fi
    find_python
    errors=$("$python" -m venv --clear "$venv" 2>&1) || explain_failure "$errors"
}

install() { # pip's arguments
    errors=$("$venv/bin/python" -m pip install --no-input --disable-pip-version-check "$@" 2>&1 >>"$log") ||
        explain_failure "$errors"
}

fill() {
    { [ -w . ] && { [ ! -e "$venv" ] || [ -w "$venv" ]; }; } || stop \
        "Không ghi được vào $here. Cách sửa: chuyển mã nguồn đến thư mục bạn có quyền ghi, hoặc chạy chmod u+w." \
        "$here cannot be written to. To mend: move the source to a folder you may write to, or chmod u+w it."
    make_venv
    say "Đang cài vào $venv, chỉ lần này, một phút hoặc hơn (theo dõi: $log)…" \
        "Filling $venv, this once, a minute or more (follow it in $log)…"
    rm -f "$stamp"
    : >"$log"
    install -r "$list"
    if [ "$wanted" = bench ]; then
        # Where one list has hashes pip wants them in all: the peers, which have none, come after, and move no pin.
        sed -n 's/^\([a-z0-9.-]*==[^ \\]*\)\( ;[^\\]*\)\{0,1\}.*/\1\2/p' requirements.txt >"$venv/pins.txt"
        install -r bench/requirements.txt -c "$venv/pins.txt"
        install --no-deps -r bench/peers.txt
    fi
    printf '%s %s\n' "$(key)" "$wanted" >"$stamp"
    say "Đã cài xong." "Done."
}

up_to_date || fill
# A key will stand in it: for its owner's eyes only.
if [ ! -e .env ] && [ -f .env.example ] && [ -w . ]; then
    (umask 077 && cp .env.example .env)
    say "Đã tạo .env từ .env.example: khoá HOLYSHEEP_API_KEY đặt ở đó." \
        "Made .env from .env.example: HOLYSHEEP_API_KEY goes there."
fi
