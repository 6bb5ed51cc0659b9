# Which artifacts make a Kafka release, and how Maven brings them; sourced.
# shellcheck shell=bash

COPY_DEPENDENCIES=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies

# `fetch_jars VERSION FOLDER`: the release's jars with everything they need at run time. `streams-VERSION` is the
# library of Kafka Streams alone: the tools' jars go with it, and without a state store it needs no other.
fetch_jars() {
    local version=$1 folder=$2 project
    have mvn || die "Maven is missing; \`dev/setup\` installs it"
    project=$(mktemp -d)
    pom "$version" >"$project/pom.xml"
    # Maven writes colour escapes even when quiet: shown only when there is something to say.
    if ! mvn --batch-mode --quiet --no-transfer-progress -f "$project/pom.xml" \
        "$COPY_DEPENDENCIES" -DoutputDirectory="$folder" \
        -DexcludeTransitive="$([[ $version == streams-* ]] && echo true || echo false)" </dev/null >"$project/log" 2>&1; then
        cat "$project/log" >&2
        rm -rf "$project"
        die "Maven could not bring Kafka $version (see above)"
    fi
    rm -rf "$project"
}

pom() {
    local coordinates
    cat <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kward.dev</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
XML
    while IFS=: read -r -a coordinates; do
        printf '    <dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>\n' \
            "${coordinates[@]}"
    done < <(artifacts "$1")
    printf '  </dependencies>\n</project>\n'
}

# The logging bindings are named here because Kafka's own artifacts leave them out: without one a
# broker logs nothing, and the authorizer's audit log is lost.
artifacts() {
    if [[ $1 == streams-* ]]; then
        echo "org.apache.kafka:kafka-streams:${1#streams-}"
        return
    fi
    echo "org.apache.kafka:kafka_2.13:$1"
    if [[ $(tools_version "$1") == "$1" ]]; then
        echo "org.apache.kafka:kafka-tools:$1"
    fi
    if at_least "$1" 4.0; then
        echo org.apache.logging.log4j:log4j-slf4j-impl:2.25.4
    else
        echo org.slf4j:slf4j-reload4j:1.7.36
    fi
}
