# What an operator reads, and how files are put in place. Sourced by install.sh.
CHANGES=0

changed() {
    CHANGES=$((CHANGES + 1))
    printf '  changed  %s\n' "$*"
}

step() { printf -- '-- %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# put MODE OWNER FILE < text: the file has this text. Succeeds if it had to be written, so: `put ... && restart=yes`.
put() {
    local mode=$1 owner=$2 file=$3 new
    new=$(mktemp "$(dirname "$file")/.new-XXXXXX")
    cat >"$new"
    chmod "$mode" "$new"
    chown "$owner" "$new"
    if cmp -s "$new" "$file" && [ "$(stat -c '%a %U:%G' "$new")" = "$(stat -c '%a %U:%G' "$file")" ]; then
        rm "$new"
        return 1
    fi
    mv "$new" "$file"
    changed "$file"
}

# folder MODE OWNER PATH
folder() {
    [ "$(stat -c '%a %U:%G' "$3" 2>/dev/null)" = "$1 $2" ] && return
    install -d -m "$1" -o "${2%:*}" -g "${2#*:}" "$3"
    changed "$3"
}

# wait_until SECONDS WHAT COMMAND...
wait_until() {
    local left=$1 what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$left" -gt 0 ] || fail "$what: not after a while; look at $LOGS and at \`install.sh status\`"
        left=$((left - 1))
        sleep 1
    done
}
