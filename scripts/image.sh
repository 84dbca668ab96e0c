#!/bin/sh
# Builds the image with the engine that is here: docker, podman, or buildah. Its bill of materials is put beside it, into
# dist/. BASE, TAG and ENGINE choose others; BASE=debian makes a small Debian with Python first, BASE=any does that only
# where the usual base is out of reach. PIP_CERT: certificates of a network that looks into what is fetched. The last line
# says what was built on what.
set -eu
cd "${0%/*}/.."
TAG=${TAG:-demo-desk}
DEFAULT_BASE=docker.io/library/python:3.12-slim

runs() { "$1" info >/dev/null 2>&1; } # being there is not enough: docker's client is on many a machine without a daemon

engine() {
    for name in docker podman buildah; do
        runs "$name" && { echo "$name"; return; }
    done
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing buildah…" >&2
        apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y buildah >/dev/null 2>&1
        runs buildah && { echo buildah; return; }
    fi
    echo "There is no docker, podman or buildah that runs here. To mend: install one (Debian: apt-get install buildah)." >&2
    exit 1
}

ENGINE=${ENGINE:-$(engine)}
BASE=${BASE:-$DEFAULT_BASE}
if [ "$BASE" = any ]; then
    if timeout 90 "$ENGINE" pull -q "$DEFAULT_BASE" >/dev/null 2>&1; then BASE=$DEFAULT_BASE; else BASE=debian; fi
fi
BUILD_BASE=${BUILD_BASE:-$BASE}
if [ "$BASE" = debian ]; then
    sh scripts/image_base.sh "$ENGINE"
    BASE=localhost/demo-desk-base BUILD_BASE=localhost/demo-desk-base-build
fi

set -- -f deploy/Containerfile -t "$TAG" --build-arg "BASE=$BASE" --build-arg "BUILD_BASE=$BUILD_BASE" \
    --build-arg "VERSION=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)" \
    --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    --build-arg "CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
[ -z "${PIP_CERT:-}" ] || set -- "$@" --secret "id=ca,src=$PIP_CERT"
case $ENGINE in
    # HEALTHCHECK is not in OCI's format. chroot asks nothing of the kernel that a container would not be given.
    buildah) buildah build --format docker --isolation chroot --network host --layers --force-rm "$@" . ;;
    podman) podman build --format docker --layers "$@" . ;;
    *) "$ENGINE" build "$@" . ;;
esac

mkdir -p dist
bill=dist/demo-desk.cdx.json
case $ENGINE in
    buildah)
        container=$(buildah from "$TAG")
        cp "$(buildah mount "$container")/app/sbom.cdx.json" "$bill"
        buildah rm "$container" >/dev/null ;;
    *)
        container=$("$ENGINE" create "$TAG")
        "$ENGINE" cp "$container:/app/sbom.cdx.json" "$bill"
        "$ENGINE" rm "$container" >/dev/null ;;
esac
echo "Built $TAG on $BASE with $ENGINE; what is in it: $bill"
