# Writes a `.properties` file for each way of talking to a cluster, in Java's keys; sourced.
# shellcheck shell=bash

# In FOLDER/clients: plaintext, USER-{plain,scram256,scram512}[-tls], ssl-NAME for the certificates, and
# {admin,alice}-controllers, which talk to the controllers. A few short names stand for the usual ones.
write_clients() {
    local folder=$DIR/clients user
    mkdir -p "$folder"
    echo "bootstrap.servers=$(bootstrap 0)" >"$folder/plaintext.properties"
    for user in "${USERS[@]}"; do
        sasl_clients "$user" "$(password_of "$user")"
    done
    for user in "$ADMIN_USER" alice; do
        controllers_client "$user" "$(password_of "$user")"
    done
    sasl_clients "$UMLAUT_USER" "$UMLAUT_PASSWORD_ESCAPED"
    ssl_client ssl-admin client-admin.store.pem
    ssl_client ssl-alice client-alice.store.pem
    ssl_client ssl-alice-encrypted client-alice.encrypted.store.pem "$KEY_PASSWORD"
    ssl_client ssl-alice-encrypted-java client-alice.encrypted-java.store.pem "$KEY_PASSWORD"
    ssl_client ssl-stranger client-stranger.store.pem
    ssl_client ssl-nobody ""
    # They hold passwords.
    chmod 600 "$folder"/*.properties
    ln -sf admin-scram512.properties "$folder/admin.properties"
}

sasl_clients() {
    local user=$1 password=$2 module
    module=org.apache.kafka.common.security.plain.PlainLoginModule
    sasl_client "$user-plain" PLAIN "$module" "$user" "$password"
    module=org.apache.kafka.common.security.scram.ScramLoginModule
    sasl_client "$user-scram256" SCRAM-SHA-256 "$module" "$user" "$password"
    sasl_client "$user-scram512" SCRAM-SHA-512 "$module" "$user" "$password"
}

sasl_client() {
    local name=$1 mechanism=$2 login
    printf -v login '%s required username="%s" password="%s";' "$3" "$4" "$5"
    {
        echo "bootstrap.servers=$SASL_PLAINTEXT"
        echo "security.protocol=SASL_PLAINTEXT"
        echo "sasl.mechanism=$mechanism"
        echo "sasl.jaas.config=$login"
    } >"$folder/$name.properties"
    {
        echo "bootstrap.servers=$SASL_SSL"
        echo "security.protocol=SASL_SSL"
        echo "sasl.mechanism=$mechanism"
        echo "sasl.jaas.config=$login"
        trust
    } >"$folder/$name-tls.properties"
}

controllers_client() {
    local module=org.apache.kafka.common.security.plain.PlainLoginModule
    {
        echo "bootstrap.controllers=$(controllers_at)"
        echo "security.protocol=SASL_PLAINTEXT"
        echo "sasl.mechanism=PLAIN"
        echo "sasl.jaas.config=$module required username=\"$1\" password=\"$2\";"
    } >"$folder/$1-controllers.properties"
}

# `ssl_client NAME STORE [KEY_PASSWORD]`; without a store no certificate is shown to the broker.
ssl_client() {
    {
        echo "bootstrap.servers=$SSL"
        echo "security.protocol=SSL"
        trust
        if [[ -n $2 ]]; then
            echo "ssl.keystore.type=PEM"
            echo "ssl.keystore.location=$DIR/certs/$2"
        fi
        [[ -z ${3:-} ]] || echo "ssl.key.password=$3"
    } >"$folder/$1.properties"
}

trust() {
    echo "ssl.truststore.type=PEM"
    echo "ssl.truststore.location=$DIR/certs/ca.pem"
}
