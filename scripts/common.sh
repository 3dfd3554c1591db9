# Sourced by the other scripts: where the repository is, and Debian packages when they are missing.
root=$(cd "$(dirname "${BASH_SOURCE:-$0}")/.." && pwd)
cd "$root"

# need PACKAGE...: installs those that are not there yet. Says what it does; asks nothing.
need() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "installing:$missing"
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "please run as root: apt-get install$missing" >&2; exit 3; }
        as_root=sudo
    fi
    log=$(mktemp)
    # shellcheck disable=SC2086
    { $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1 ||
        { tail -n 20 "$log" >&2; echo "could not install:$missing" >&2; exit 3; }
    rm -f "$log"
}

build_packages="gcc libc6-dev cmake ninja-build pkg-config libsqlite3-dev libjansson-dev zlib1g-dev libpng-dev \
    libturbojpeg0-dev libdnnl-dev libnlopt-dev libpcre2-dev"
test_packages="libcmocka-dev libcairo2 procps"
data_packages="dataset-fashion-mnist"

# build PRESET [TARGET...]: configures once, then builds, quietly unless something is wrong.
build() {
    preset=$1
    shift
    log=$(mktemp)
    { cmake --preset "$preset" && cmake --build --preset "$preset" -- ${1:+"$@"}; } >"$log" 2>&1 ||
        { grep -E 'error|warning|FAILED|CMake Error' -A 6 "$log" | head -n 60 >&2; echo "build failed: $preset" >&2; rm -f "$log"; exit 1; }
    rm -f "$log"
}
