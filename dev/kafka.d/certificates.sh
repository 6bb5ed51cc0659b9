# The certificates of a cluster, made anew for each with openssl; sourced.
# shellcheck shell=bash

KEY_PASSWORD=key-secret
# What openssl says is kept here and shown only when it fails.
OPENSSL_LOG=openssl.log

# `make_certificates FOLDER HOST`: an authority, a broker certificate for HOST and localhost, one
# client certificate each for `admin` and `alice`, and a second authority that no broker trusts.
make_certificates() {
    local folder=$1 host=$2
    mkdir -p "$folder"
    (
        cd "$folder"
        authority ca "kward test authority"
        authority other-ca "another authority"
        signed broker ca "/CN=broker" "DNS:localhost,IP:127.0.0.1,IP:::1$(also "$host")"
        signed client-admin ca "/CN=admin"
        signed client-alice ca "/CN=alice/OU=data/O=kward"
        signed client-stranger other-ca "/CN=alice/OU=data/O=kward"
        openssl pkcs8 -topk8 -v2 aes-256-cbc -passout "pass:$KEY_PASSWORD" \
            -in client-alice.key -out client-alice.encrypted.key
        # Kafka's Java clients cannot read the modern scheme above (PBES2), only this one.
        openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout "pass:$KEY_PASSWORD" \
            -in client-alice.key -out client-alice.encrypted-java.key
        # Kafka's PEM stores want the key and its chain in one file.
        local name
        for name in broker client-admin client-alice client-stranger; do
            cat "$name.key" "$name.pem" >"$name.store.pem"
        done
        for name in encrypted encrypted-java; do
            cat "client-alice.$name.key" client-alice.pem >"client-alice.$name.store.pem"
        done
        rm -f -- *.csr *.srl *.extensions
    ) 2>"$folder/$OPENSSL_LOG" || {
        cat "$folder/$OPENSSL_LOG" >&2
        die "the certificates could not be made (see above)"
    }
}

also() {
    case $1 in
        127.0.0.1 | ::1 | localhost) ;;
        *[!0-9.]*) echo ",DNS:$1" ;;
        *) echo ",IP:$1" ;;
    esac
}

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
        -subj "/CN=$2" -addext "basicConstraints=critical,CA:TRUE" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$1.key" -out "$1.pem"
}

# `signed NAME AUTHORITY SUBJECT [SUBJECT_ALTERNATIVE_NAMES]`
signed() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -subj "$3" -keyout "$1.key" -out "$1.csr"
    {
        echo "basicConstraints=CA:FALSE"
        echo "extendedKeyUsage=serverAuth,clientAuth"
        [[ -z ${4:-} ]] || echo "subjectAltName=$4"
    } >"$1.extensions"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 30 \
        -extfile "$1.extensions" -out "$1.pem"
}
