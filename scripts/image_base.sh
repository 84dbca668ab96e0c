#!/bin/sh
# A base image without a registry: Debian with Python 3.11, made by debootstrap from the packages that apt has here.
# `image_base.sh ENGINE` makes localhost/demo-desk-base, and localhost/demo-desk-base-build with what building needs.
# Only root can (debootstrap makes devices).
set -eu
engine=$1
release=${RELEASE:-bookworm}

command -v debootstrap >/dev/null || {
    echo "Installing debootstrap…"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y debootstrap >/dev/null
}

have() { case $engine in buildah) buildah inspect --type image "$1" >/dev/null 2>&1 ;; *) "$engine" image inspect "$1" >/dev/null 2>&1 ;; esac; }

import() { # folder, name
    case $engine in
        buildah)
            container=$(buildah from scratch)
            buildah copy -q "$container" "$1" / >/dev/null
            buildah commit -q --format docker "$container" "$2" >/dev/null
            buildah rm "$container" >/dev/null ;;
        *) tar -C "$1" -c . | "$engine" import - "$2" >/dev/null ;;
    esac
}

make() { # name, packages
    have "$1" && return
    echo "Making $1 by debootstrap…"
    folder=$(mktemp -d)
    # shellcheck disable=SC2064 # this folder, not the next one
    trap "rm -rf '$folder'" EXIT
    debootstrap --variant=minbase --include="$2" "$release" "$folder/root" ${MIRROR:+"$MIRROR"} >"$folder/log" 2>&1 ||
        { tail -n 5 "$folder/log" >&2; exit 1; }
    rm -rf "$folder"/root/var/cache/apt/* "$folder"/root/var/lib/apt/lists/* "$folder"/root/var/log/*
    import "$folder/root" "$1"
    rm -rf "$folder"
}

make localhost/demo-desk-base python3,ca-certificates
make localhost/demo-desk-base-build python3,python3-venv,ca-certificates
