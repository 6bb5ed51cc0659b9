# The processes of a cluster: who owns it, who keeps it, when it is ready; sourced.
# shellcheck shell=bash

# A process id may be given to another process; together with its start it is unique.
# `identity PID` prints both, and fails when there is no such process.
identity() {
    local stat
    read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    # The second field, the program's name, may hold anything: count from its last parenthesis.
    # shellcheck disable=SC2086 # one word for each field
    set -- "$1" ${stat##*) }
    # A zombie has ended; only its parent does not know yet.
    [[ $2 != Z ]] || return 1
    echo "$1 ${21}"
}

# Does the process of that identity still run?
is_alive() {
    [[ -n $1 && $(identity "${1%% *}") == "$1" ]]
}

# The same for the identity that a file holds.
alive() {
    [[ -f $1 ]] && is_alive "$(<"$1")"
}

running() {
    alive "$DIR/keeper"
}

# `hold DESCRIPTOR FILE [FLOCK_OPTION…]`: locks the file, which exists no longer than it is needed:
# whoever waited for a lock on a file that is gone by now tries again.
hold() {
    local descriptor=$1 file=$2
    shift 2
    while true; do
        mkdir -p "${file%/*}"
        eval "exec $descriptor>\"\$file\"" 2>/dev/null || continue
        flock "$@" "$descriptor" || return 1
        [[ $(stat -L -c %i "/proc/self/fd/$descriptor") != "$(stat -c %i "$file" 2>/dev/null)" ]] || return 0
    done
}

# `discard FOLDER`: a cluster's folder and its lock, which the caller holds or nobody does.
discard() {
    rm -rf "$1" "${1%/*}/.${1##*/}.flock"
    rmdir --ignore-fail-on-non-empty "${1%/*}/.ports" "${1%/*}" 2>/dev/null || true
}

# Removes what clusters of ended owners left behind: their keeper does that too, unless it was killed.
sweep() {
    local folder
    for folder in "$STATE"/*/; do
        folder=${folder%/}
        [[ -f $folder/owner && $folder != "$DIR" ]] || continue
        if ! alive "$folder/owner" && ! alive "$folder/keeper"; then
            discard "$folder"
        fi
    done
}

# Sets FIRST_PORT to the first of a block of free ports below the range that the kernel hands out.
# The block's lock is held by descriptor 8, which the keeper inherits and holds until it ends.
reserve_ports() {
    local attempt block
    for ((attempt = 0, block = RANDOM % 500; attempt < 500; attempt++, block = (block + 1) % 500)); do
        FIRST_PORT=$((20000 + block * 20))
        if hold 8 "$STATE/.ports/$FIRST_PORT" --nonblock && ports_are_free; then
            echo "$FIRST_PORT" >"$DIR/first-port"
            return
        fi
        exec 8>&-
    done
    die "no free ports between 20000 and 30000"
}

ports_are_free() {
    local port
    for ((port = FIRST_PORT; port < FIRST_PORT + BROKERS * PORTS_PER_NODE; port++)); do
        if (exec 3<>"/dev/tcp/$HOST/$port") 2>/dev/null; then
            return 1
        fi
    done
}

# A class path without wildcards, in a stable order.
class_path() {
    local jars=("$1"/*.jar)
    (
        IFS=:
        echo "${jars[*]}"
    )
}

# Short-lived processes: start quickly, stay small.
JVM=(java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto)

# `java_for PURPOSE [OPTION…]`: the command in JAVA, with an archive of the classes that an earlier run for the
# same purpose loaded: it halves what a start costs. Without one, this run writes it to ARCHIVE_NEW,
# which `keep_archive` puts in its place afterwards.
java_for() {
    local binary folder key
    binary=$(readlink -f "$(command -v java)")
    key=$(printf '%s\n' "$1" "$CLASSPATH" "$binary" "$(stat -c %Y "$binary")" | sha256sum | cut -c 1-16)
    folder=$(cache_dir)/classes
    ARCHIVE=$folder/$key.jsa
    ARCHIVE_NEW=
    JAVA=("${JVM[@]}" "${@:2}")
    if [[ -f $ARCHIVE ]]; then
        # An archive that does not fit is passed over, and not worth a word.
        JAVA+=("-XX:SharedArchiveFile=$ARCHIVE" -Xlog:disable)
    else
        mkdir -p "$folder"
        ARCHIVE_NEW=$ARCHIVE.$$
        JAVA+=("-XX:ArchiveClassesAtExit=$ARCHIVE_NEW" -Xlog:disable)
    fi
}

keep_archive() {
    if [[ -n $ARCHIVE_NEW && -f $ARCHIVE_NEW ]]; then
        mv -f "$ARCHIVE_NEW" "$ARCHIVE"
    fi
}

logging_option() {
    if at_least "$1" 4.0; then
        echo "-Dlog4j2.configurationFile=$2"
    else
        echo "-Dlog4j.configuration=file:$2"
    fi
}

format_storage() {
    local node id user scram=() voting=() pids=() failed=false
    id=$(cluster_id)
    for user in "${USERS[@]}"; do
        scram+=(--add-scram "SCRAM-SHA-256=[name=$user,password=$(password_of "$user")]")
        scram+=(--add-scram "SCRAM-SHA-512=[name=$user,password=$(password_of "$user")]")
    done
    scram+=(--add-scram "SCRAM-SHA-256=[name=$UMLAUT_USER,password=$UMLAUT_PASSWORD]")
    scram+=(--add-scram "SCRAM-SHA-512=[name=$UMLAUT_USER,password=$UMLAUT_PASSWORD]")
    java_for storage -Xmx128m
    for ((node = 1; node <= BROKERS; node++)); do
        if $DYNAMIC_QUORUM; then
            voting=(--standalone)
            [[ $node == 1 ]] || voting=(--no-initial-controllers)
        fi
        LC_ALL=C.UTF-8 "${JAVA[@]}" "$(logging_option "$VERSION" "$DIR/tool-logging.properties")" \
            kafka.tools.StorageTool format --cluster-id "$id" --config "$DIR/server-$node.properties" \
            "${scram[@]}" ${voting[@]+"${voting[@]}"} ${FORMAT[@]+"${FORMAT[@]}"} >"$DIR/logs/$node/format.log" 2>&1 8>&- 9>&- &
        pids+=($!)
        # One of them writes the archive.
        [[ -z $ARCHIVE_NEW ]] || JAVA=("${JVM[@]}" -Xmx128m)
    done
    for node in "${!pids[@]}"; do
        wait "${pids[node]}" || failed=true
    done
    if $failed; then
        cat "$DIR"/logs/*/format.log >&2
        die "the storage could not be formatted (see above)"
    fi
    keep_archive
}

# Sixteen random bytes the way Kafka writes them; never with a leading dash, which tools take for a flag.
cluster_id() {
    printf 'k%s\n' "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)"
}

start_keeper() {
    local logging
    logging=$(logging_option "$VERSION" "$DIR/logging.properties")
    rm -f "$DIR/keeper"
    # A broker loads much of what formatting does, and has no orderly end to write an archive at.
    java_for storage -Xms64m "-Xmx${KWARD_KAFKA_HEAP:-512m}"
    [[ -z $ARCHIVE_NEW ]] || JAVA=("${JVM[@]}" -Xms64m "-Xmx${KWARD_KAFKA_HEAP:-512m}")
    setsid --fork "$DEV/kafka.d/keeper" "$DIR" "$BROKERS" \
        "${JAVA[@]}" ${JVM_OPTIONS[@]+"${JVM_OPTIONS[@]}"} "-Djava.io.tmpdir=$DIR/tmp" "$logging" \
        </dev/null >"$DIR/logs/keeper.log" 2>&1 9>&-
}

end_keeper() {
    local pid
    read -r pid _ <"$DIR/keeper"
    kill -TERM "$pid"
    while running; do
        sleep 0.05
    done
}

# Ready is when every node answers a request and knows every other.
await_ready() {
    local node deadline=$((SECONDS + ${KWARD_KAFKA_START_SECONDS:-120})) brokers=$BROKERS
    ! $ISOLATED || brokers=$((BROKERS - 1))
    for ((node = 1; node <= BROKERS; node++)); do
        is_broker "$node" || continue
        until [[ $(known_brokers "$(port "$node" 0)") == "$brokers" ]]; do
            if [[ -f $DIR/keeper ]] && ! running; then
                failed_start "Kafka $VERSION ended while it started"
            fi
            [[ $SECONDS -lt $deadline ]] || failed_start "Kafka $VERSION was not ready in time"
            sleep 0.1
        done
    done
}

failed_start() {
    tail -q -n 20 "$DIR"/logs/keeper.log "$DIR"/logs/*/{output,server}.log 2>/dev/null | cut -c 1-400 >&2 || true
    ! running || end_keeper
    die "$1 (its last words are above, all of them in \`$DIR/logs\`)"
}

# Asks for the cluster's metadata and prints how many brokers the answer names: Metadata version 1
# with no topic, whose answer is a length, the correlation id and then the number of brokers.
known_brokers() {
    local answer
    (
        exec 3<>"/dev/tcp/$HOST/$1"
        printf '\0\0\0\016\0\003\0\001\0\0\0\007\377\377\0\0\0\0' >&3
        answer=$(timeout 5 head -c 12 <&3 | od -An -tu1 -v)
        # shellcheck disable=SC2086 # a number each
        set -- $answer
        [[ $# -eq 12 ]] && echo $((($9 << 24) + (${10} << 16) + (${11} << 8) + ${12}))
    ) 2>/dev/null || true
}
