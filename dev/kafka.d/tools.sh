# Runs Kafka's own command-line tools against a cluster; sourced.
# shellcheck shell=bash disable=SC2153

# `tool [--name NAME] [--as CLIENT] TOOL [ARGUMENT…]`: CLIENT is a file of the cluster's clients/
# without its ending, and says which listener is used. `streams-application ID INPUT OUTPUT` is no tool of Kafka's
# but an application that copies one topic into another (brokers since 4.2).
# With `--print` the tool does not run: its class and the arguments that name the cluster are printed, a line each, as
# `tool --serve` takes them: a Java that runs one tool after the other (see ToolServer.java).
tool() {
    local client=admin print=false serve=false
    while [[ ${1:-} == --* ]]; do
        case $1 in
            --print)
                print=true
                shift
                continue
                ;;
            --serve)
                serve=true
                shift
                continue
                ;;
            --name) NAME=${2:?"\`--name\` wants a value"} ;;
            --as) client=${2:?"\`--as\` wants a value"} ;;
            *) die "\`tool\` does not know \`$1\`" ;;
        esac
        shift 2
    done
    $serve || [[ $# -gt 0 ]] || die "usage: dev/kafka tool [--name NAME] [--as CLIENT] TOOL [ARGUMENT…]"
    locate
    running || die "\`$NAME\` is not running"
    local tool=${1:-} broker version config class bootstrap
    $serve || shift
    config=$DIR/clients/$client.properties
    [[ -f $config ]] || die "there is no client \`$client\`: see $DIR/clients"
    broker=$(<"$DIR/version")
    version=$broker
    if [[ -z ${KAFKA_HOME:-} || $(home_version "$KAFKA_HOME") != "$broker" ]]; then
        version=$(tools_version "$broker")
    fi
    $serve || [[ $tool == streams-application ]] || class=$(tool_class "$tool" "$version")
    bootstrap=$(sed -n -E 's/^bootstrap.(servers|controllers)=//p' "$config")
    local connection=(--bootstrap-server "$bootstrap" "$(config_option "$tool" "$version")" "$config")
    ! grep -q '^bootstrap.controllers=' "$config" || connection[0]=--bootstrap-controller
    # It reads files.
    [[ $tool != dump-log ]] || connection=()
    if $print; then
        printf '%s\n' "$class" "${connection[@]}"
        return
    fi
    CLASSPATH=$(class_path "$("$DEV/kafka-jars" --tools "$broker")")
    export CLASSPATH
    if $serve; then
        exec "${JVM[@]}" -Xmx512m "$(logging_option "$version" "$DIR/tool-logging.properties")" \
            "$DEV/kafka.d/ToolServer.java"
    fi
    java_for tools -Xmx256m
    if [[ $tool == streams-application ]]; then
        CLASSPATH+=:$(class_path "$("$DEV/kafka-jars" --streams "$broker")")
        exec "${JVM[@]}" -Xmx256m "$(logging_option "$version" "$DIR/tool-logging.properties")" \
            "$DEV/kafka.d/StreamsApplication.java" "$config" "$@"
    fi
    local status=0
    "${JAVA[@]}" "$(logging_option "$version" "$DIR/tool-logging.properties")" \
        "$class" "${connection[@]}" "$@" || status=$?
    keep_archive
    return $status
}

# Where a tool's main class is; several moved from Scala to Java, one by one.
tool_class() {
    local tools=org.apache.kafka.tools
    case $1 in
        acls) if at_least "$2" 4.0; then echo $tools.AclCommand; else echo kafka.admin.AclCommand; fi ;;
        configs) echo kafka.admin.ConfigCommand ;;
        topics) echo $tools.TopicCommand ;;
        client-metrics) echo $tools.ClientMetricsCommand ;;
        console-producer) if at_least "$2" 4.0; then echo $tools.ConsoleProducer; else echo kafka.tools.ConsoleProducer; fi ;;
        console-consumer) if at_least "$2" 3.8; then echo $tools.consumer.ConsoleConsumer; else echo kafka.tools.ConsoleConsumer; fi ;;
        console-share-consumer) echo $tools.consumer.ConsoleShareConsumer ;;
        consumer-groups) if at_least "$2" 3.8; then echo $tools.consumer.group.ConsumerGroupCommand; else echo kafka.admin.ConsumerGroupCommand; fi ;;
        groups) echo $tools.GroupsCommand ;;
        features) echo $tools.FeatureCommand ;;
        get-offsets) echo $tools.GetOffsetShell ;;
        dump-log) if at_least "$2" 4.3; then echo $tools.DumpLogSegments; else echo kafka.tools.DumpLogSegments; fi ;;
        transactions) echo $tools.TransactionsCommand ;;
        *.*) echo "$1" ;;
        *) die "\`$1\` is no known tool; the name of a class works too" ;;
    esac
}

# One option name for all tools came with Kafka 4.2 (KIP-1147).
config_option() {
    case $1 in
        console-producer | console-consumer | console-share-consumer)
            if at_least "$2" 4.2; then
                echo --command-config
            elif [[ $1 == console-producer ]]; then
                echo --producer.config
            elif [[ $1 == console-share-consumer ]]; then
                echo --consumer-config
            else
                echo --consumer.config
            fi
            ;;
        *) echo --command-config ;;
    esac
}

# Warnings and errors of a tool go to standard error, as with Kafka's own scripts.
write_tool_logging() {
    if at_least "$VERSION" 4.0; then
        cat <<'LOG4J2'
rootLogger.level=WARN
rootLogger.appenderRef.stderr.ref=stderr
appender.stderr.type=Console
appender.stderr.name=stderr
appender.stderr.target=SYSTEM_ERR
appender.stderr.layout.type=PatternLayout
appender.stderr.layout.pattern=[%d] %p %m (%c)%n
LOG4J2
    else
        cat <<'LOG4J'
log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=[%d] %p %m (%c)%n
log4j.appender.stderr.Target=System.err
LOG4J
    fi
}
