# What `run` and `gate` share; sourced, never run.
# shellcheck shell=bash

BENCHES="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=../dev/common.sh
source "$BENCHES/../dev/common.sh"

TOOLS=$ROOT/target/bench-tools
CLUSTER=bench-$$

# Builds kward, unless KWARD names a binary, and the small programs beside this file, which need the
# standard library alone.
build() {
    local program
    if [[ -z ${KWARD:-} ]]; then
        say "building"
        (cd "$ROOT" && cargo build --locked --release --quiet)
        # As it is installed: a copy lies in larger pieces of the page cache than what a linker wrote.
        mkdir -p "$TOOLS"
        cp "$ROOT/target/release/kward" "$TOOLS/kward"
        KWARD=$TOOLS/kward
    fi
    mkdir -p "$TOOLS"
    for program in bare data timing; do
        [[ $TOOLS/$program -nt $BENCHES/$program.rs && $TOOLS/$program -nt $BENCHES/bindings.rs ]] ||
            rustc --edition 2024 -C opt-level=3 -o "$TOOLS/$program" "$BENCHES/$program.rs"
    done
}

# Starts a broker of its own, which ends with this script; sets ADDRESS. No line of the audit log is
# written for what is allowed, because that would be most of what is measured.
start_broker() {
    local described
    described=$("$DEV/kafka" start --name "$CLUSTER" --owner $$ --plain-admin --audit denied --json)
    ADDRESS=$(sed -E 's/.*"PLAINTEXT":"([^"]*)".*/\1/' <<<"$described")
    VERSION=$(sed -E 's/.*"version":"([^"]*)".*/\1/' <<<"$described")
    # Nothing of this machine's own settings plays a part.
    : >"$WORK/config.toml"
    export KWARD_CONFIG=$WORK/config.toml XDG_STATE_HOME=$WORK/state
    unset KWARD_CONTEXT KWARD_BOOTSTRAP_SERVER
}

stop_broker() {
    "$DEV/kafka" stop --name "$CLUSTER" >/dev/null 2>&1 || true
}

# `warm_up COUNT`: the first requests meet a broker whose code is still being compiled.
warm_up() {
    local round
    for ((round = 0; round < $1; round++)); do
        "$TOOLS/bare" list "$ADDRESS" >/dev/null
    done
}

# `compare ROUNDS [OPTION…] -- A… [-- B…]…` measures in turn and sets, for each command from A on,
# MEDIAN (milliseconds) and RATIO (A's time to its).
compare() {
    local rounds=$1 median ratio
    shift
    MEDIAN=() RATIO=()
    while read -r median _ _ ratio; do
        MEDIAN+=("$median") RATIO+=("$ratio")
    done < <("$TOOLS/timing" -n "$rounds" "$@" || echo failed - - -)
    [[ ${MEDIAN[*]} != *failed* ]] || die "a command that was to be measured failed"
}

# `at_most A B`, of numbers with decimals.
at_most() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'
}
