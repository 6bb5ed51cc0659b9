# What the scripts in this folder share; sourced, never run.
# shellcheck shell=bash disable=SC2034

set -euo pipefail

DEV="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
ROOT="$(dirname "$DEV")"

# The newest release is the default; the oldest that the tests run on by default stands beside it.
NEWEST_KAFKA=4.4.0
OLDEST_KAFKA=3.9.2

# One cache for all checkouts and runs: jars and what is derived from them.
cache_dir() {
    printf '%s\n' "${KWARD_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/kward-dev}"
}

# Where running clusters keep their data. Short, because it appears in every printed command.
state_dir() {
    printf '%s\n' "${KWARD_STATE:-${TMPDIR:-/tmp}/kward-kafka-$(id -u)}"
}

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
    say "$@"
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Versions reach paths and Maven coordinates, so their form is checked.
check_version() {
    [[ $1 =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "\`$1\` is no Kafka version; write it like $NEWEST_KAFKA"
}

# `at_least 4.1.2 4.1` is true: is the first version the second or a later one?
at_least() {
    [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]
}

# The release whose command-line tools go with a broker. Not every release has a published
# `kafka-tools`; the release before it talks to the broker just as well.
tools_version() {
    case $1 in
        4.4.*) echo 4.3.1 ;;
        4.2.2) echo 4.2.1 ;;
        *) echo "$1" ;;
    esac
}

# The version that a Kafka installation holds, by the name of its client library.
home_version() {
    local jar
    for jar in "$1"/libs/kafka-clients-*.jar; do
        jar=${jar##*/kafka-clients-}
        jar=${jar%.jar}
        [[ $jar =~ ^[0-9.]+$ ]] && echo "$jar" && return
    done
    die "\`KAFKA_HOME\` is \`$1\`, which holds no \`libs/kafka-clients-VERSION.jar\`"
}

# The version to use where none is named.
default_version() {
    if [[ -n ${KAFKA_HOME:-} ]]; then home_version "$KAFKA_HOME"; else echo "$NEWEST_KAFKA"; fi
}

# `--help`, for a script or its first word, shows the head of the script.
case ${1:-} in
    --help | -h) HELP=true ;;
    --) HELP=false ;;
    *) [[ ${2:-} == --help ]] && HELP=true || HELP=false ;;
esac
if $HELP; then
    awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
    exit 0
fi
