# Writes what a cluster reads: server properties, logging, and the clients' properties; sourced.
# Reads the variables that `dev/kafka start` sets from its options.
# shellcheck shell=bash

LISTENERS=(PLAINTEXT SASL_PLAINTEXT SASL_SSL SSL)
# Ports of a node, from the node's first one: the listeners in their order, then the controller's.
PORTS_PER_NODE=5

# An address as it stands before `:port`.
printable_host() {
    if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi
}

# `port NODE INDEX`, nodes counted from 1.
port() {
    echo $((FIRST_PORT + ($1 - 1) * PORTS_PER_NODE + $2))
}

is_broker() {
    ! $ISOLATED || [[ $1 != 1 ]]
}

is_controller() {
    ! $ISOLATED || [[ $1 == 1 ]]
}

# `bootstrap INDEX`: every broker's address on one listener.
bootstrap() {
    local node addresses=()
    for ((node = 1; node <= BROKERS; node++)); do
        ! is_broker "$node" || addresses+=("$(printable_host "$HOST"):$(port "$node" "$1")")
    done
    (
        IFS=,
        echo "${addresses[*]}"
    )
}

# Every controller's address.
controllers_at() {
    local node addresses=()
    for ((node = 1; node <= BROKERS; node++)); do
        ! is_controller "$node" || addresses+=("$(printable_host "$HOST"):$(port "$node" 4)")
    done
    (
        IFS=,
        echo "${addresses[*]}"
    )
}

# The property that says who the controllers are: all of them vote, or, with a dynamic quorum, where they are found.
controllers() {
    local node address controllers=()
    for ((node = 1; node <= BROKERS; node++)); do
        is_controller "$node" || continue
        address=$(printable_host "$HOST"):$(port "$node" 4)
        if $DYNAMIC_QUORUM; then controllers+=("$address"); else controllers+=("$node@$address"); fi
    done
    (
        IFS=,
        if $DYNAMIC_QUORUM; then printf 'controller.quorum.bootstrap.servers='; else printf 'controller.quorum.voters='; fi
        echo "${controllers[*]}"
    )
}

listeners_of() {
    local node=$1 index listeners=()
    for index in "${!LISTENERS[@]}"; do
        ! is_broker "$node" || listeners+=("${LISTENERS[index]}://$(printable_host "$HOST"):$(port "$node" "$index")")
    done
    [[ $2 != with-controller ]] || ! is_controller "$node" || listeners+=("CONTROLLER://$(printable_host "$HOST"):$(port "$node" 4)")
    (
        IFS=,
        echo "${listeners[*]}"
    )
}

# PLAIN knows its users from the broker's own configuration; SCRAM reads them from the cluster.
plain_jaas() {
    local user
    printf 'org.apache.kafka.common.security.plain.PlainLoginModule required username="%s" password="%s"' \
        "$BROKER_USER" "$(password_of "$BROKER_USER")"
    for user in "$BROKER_USER" "${USERS[@]}"; do
        printf ' user_%s="%s"' "$user" "$(password_of "$user")"
    done
    printf ' user_%s="%s";\n' "$UMLAUT_USER" "$UMLAUT_PASSWORD_ESCAPED"
}

write_server_properties() {
    local node=$1 replicas=$((BROKERS < 3 ? 1 : 3)) in_sync=$((BROKERS < 3 ? 1 : 2)) plain listener
    local roles=broker,controller
    is_broker "$node" || roles=controller
    is_controller "$node" || roles=broker
    plain=$(plain_jaas)
    ! is_broker "$node" || echo "advertised.listeners=$(listeners_of "$node" only)"
    cat <<PROPERTIES
process.roles=$roles
node.id=$node
$(controllers)
listeners=$(listeners_of "$node" with-controller)
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:SASL_PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=SASL_PLAINTEXT
log.dirs=$DIR/data/$node

# Neither brokers nor controllers are User:ANONYMOUS, so nobody has to trust that name.
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=$plain
PROPERTIES
    for listener in sasl_plaintext sasl_ssl; do
        echo "listener.name.$listener.plain.sasl.jaas.config=$plain"
        echo "listener.name.$listener.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;"
        echo "listener.name.$listener.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;"
    done
    cat <<PROPERTIES

ssl.keystore.type=PEM
ssl.keystore.location=$DIR/certs/broker.store.pem
ssl.truststore.type=PEM
ssl.truststore.location=$DIR/certs/ca.pem
listener.name.ssl.ssl.client.auth=required
listener.name.sasl_ssl.ssl.client.auth=none

# With it there are delegation tokens.
delegation.token.secret.key=token-secret

# One machine, few records: small and quick.
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=$replicas
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$in_sync
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=$replicas
share.coordinator.state.topic.min.isr=$in_sync
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=2097152
log.segment.bytes=16777216
background.threads=2
num.network.threads=2
num.io.threads=4
PROPERTIES
    if [[ $AUTHORIZER == standard ]]; then
        local super_users="User:$BROKER_USER;User:$ADMIN_USER;User:CN=admin"
        [[ $PLAIN_ADMIN != true ]] || super_users+=";User:ANONYMOUS"
        echo
        echo "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        echo "super.users=$super_users"
        echo "allow.everyone.if.no.acl.found=$ALLOW_EVERYONE"
    fi
    # The caller's own settings come last and win; `{node}` in them is the broker's id.
    [[ ${#SETTINGS[@]} -eq 0 ]] || printf '\n%s\n' "${SETTINGS[@]//\{node\}/$node}"
}

# Everything goes to server.log, what the authorizer decides to authorizer.log.
write_logging() {
    if at_least "$VERSION" 4.0; then
        cat <<'LOG4J2'
rootLogger.level=INFO
rootLogger.appenderRef.server.ref=server
appender.server.type=File
appender.server.name=server
appender.server.fileName=${sys:kward.logs}/server.log
appender.server.layout.type=PatternLayout
appender.server.layout.pattern=[%d] %p %m (%c)%n
appender.authorizer.type=File
appender.authorizer.name=authorizer
appender.authorizer.fileName=${sys:kward.logs}/authorizer.log
appender.authorizer.layout.type=PatternLayout
appender.authorizer.layout.pattern=[%d] %p %m%n
LOG4J2
        echo "logger.authorizer.name=kafka.authorizer.logger"
        echo "logger.authorizer.level=$AUDIT_LEVEL"
        echo "logger.authorizer.additivity=false"
        echo "logger.authorizer.appenderRef.authorizer.ref=authorizer"
    else
        cat <<'LOG4J'
log4j.rootLogger=INFO, server
log4j.appender.server=org.apache.log4j.FileAppender
log4j.appender.server.File=${kward.logs}/server.log
log4j.appender.server.layout=org.apache.log4j.PatternLayout
log4j.appender.server.layout.ConversionPattern=[%d] %p %m (%c)%n
log4j.appender.authorizer=org.apache.log4j.FileAppender
log4j.appender.authorizer.File=${kward.logs}/authorizer.log
log4j.appender.authorizer.layout=org.apache.log4j.PatternLayout
log4j.appender.authorizer.layout.ConversionPattern=[%d] %p %m%n
log4j.additivity.kafka.authorizer.logger=false
LOG4J
        echo "log4j.logger.kafka.authorizer.logger=$AUDIT_LEVEL, authorizer"
    fi
}
