#!/usr/bin/env bash
# tests/install on a bare host with systemd: in_container.sh [SUITE [OPTION OF systemd-nspawn ...]]
#
# Makes a Debian (SUITE: bookworm) or Ubuntu (noble) by debootstrap in build/hosts, boots a copy of it by systemd-nspawn, clones
# this commit there and has `make test-install` run as a unit. The container has the network of this machine, so nothing here
# may listen on 8080, 5432 or 5672. Ubuntu's packages come from another MIRROR (a variable) than Debian's, and debootstrap must
# know the suite. Ubuntu has neither Python 3.11 nor a Chromium that needs no snap: show it a Python of yours, as in
# `in_container.sh noble --bind-ro=$HOME/.pyenv --setenv=PYTHON=$HOME/.pyenv/versions/3.11.7/bin/python3.11`; the tests of the web UI
# are left out there.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=${1:-bookworm}
shift || true
root=build/hosts/$suite
packages=(curl git make procps python3-venv)
components=main arguments=-x
case $suite in
noble)
    components=main,universe
    arguments+=' --ignore=tests/install/test_ui.py'
    ;;
*) packages+=(chromium libatomic1) ;;
esac

mkdir -p .cache # its jars, if there are any, need not be fetched again
[ -e "$root.whole" ] || {
    rm -rf "$root"
    mkdir -p "$root"
    echo "$root: making a $suite"
    debootstrap --variant=minbase --components="$components" --include=ca-certificates,dbus,systemd-sysv "$suite" "$root" ${MIRROR:+"$MIRROR"} >"$root.log" || {
        tail -n 3 "$root.log" >&2
        exit 1
    }
    touch "$root.whole"
}

# The variables by which this machine reaches the registries, a proxy's for example, and what the tests are told.
variables=(GREEN_TAXI_DISPOSABLE_MACHINE=yes CI=true LANG=C.UTF-8 ARGS="$arguments")
for name in $(compgen -e | grep -E '^(PIP_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|.*_proxy|.*_PROXY)$' || true); do variables+=("$name=${!name}"); done

name=airflow-host # one that resolves, which Spark and Erlang want
echo "$name" >"$root/etc/hostname"
echo "127.0.0.1 localhost $name" >"$root/etc/hosts"
cat >"$root/etc/systemd/system/tests.service" <<TEXT
[Unit]
After=multi-user.target
SuccessAction=exit
FailureAction=exit
SuccessActionExitStatus=0
FailureActionExitStatus=1
[Service]
Type=oneshot
PassEnvironment=PYTHON ${variables[*]%%=*}
Environment=DEBIAN_FRONTEND=noninteractive HOME=%h
ExecStart=/bin/bash -c 'apt-get -qq update && apt-get -qq install --yes --no-install-recommends ${packages[*]} >/dev/null'
ExecStart=/bin/bash -c 'git clone --quiet /srv/main.git /srv/main && cp -R /srv/cache /srv/main/.cache && cd /srv/main && exec make test-install'
StandardOutput=tty
StandardError=tty
[Install]
WantedBy=multi-user.target
TEXT
export SYSTEMD_NSPAWN_TMPFS_TMP=0 # pip needs more room than it would have
exec systemd-nspawn --quiet --directory="$root" --ephemeral --boot --register=no --keep-unit --resolv-conf=copy-host \
    --bind-ro="$PWD/.git:/srv/main.git" --bind-ro="$PWD/.cache:/srv/cache" --bind-ro=/etc/ssl/certs/ca-certificates.crt "${variables[@]/#/--setenv=}" "$@" systemd.wants=tests.service
