#!/bin/sh
# Sees to it that the tests have the programs of a PostgreSQL server: those that are here, else Debian's where we may
# install them. Where none can be had one line says so and the tests go on without it; with CI set that is an error.
set -u

there() {
    for folder in /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null)"; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && return
    done
    return 1
}

root=''
[ "$(id -u)" = 0 ] || root=sudo

packages() {
    command -v apt-get >/dev/null && { [ -z "$root" ] || command -v sudo >/dev/null; } || return 1
    echo "Installing PostgreSQL for the tests…"
    apt="$root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y"
    $root apt-get update -qq && $apt postgresql-common >/dev/null 2>&1 || return 1
    # The tests start servers of their own: the package is not to set one up on port 5432.
    $root sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    $apt postgresql >/dev/null 2>&1
}

say() { # Vietnamese, English
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in vi*) echo "$1" ;; *) echo "$2" ;; esac >&2
}

[ -n "${DEMO_DESK_TEST_POSTGRES:-}" ] || there || { packages && there; } || {
    say "Bỏ qua kiểm thử trên PostgreSQL: máy này không có máy chủ PostgreSQL. Cách sửa: cài nó (apt-get install postgresql, brew install postgresql), hoặc đặt DEMO_DESK_TEST_POSTGRES=postgresql://user:password@host:5432." \
        "The tests on PostgreSQL are left out: there is no PostgreSQL server here. To mend: install one (apt-get install postgresql, brew install postgresql), or set DEMO_DESK_TEST_POSTGRES=postgresql://user:password@host:5432."
    [ -z "${CI:-}" ]
}
