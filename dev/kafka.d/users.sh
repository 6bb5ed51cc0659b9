# Who exists on every cluster that these scripts start; sourced. A user's password is `NAME-secret`.
# shellcheck shell=bash disable=SC2034

# `kafka` is what brokers and controllers use among themselves; it and `admin` are super users.
BROKER_USER=kafka
ADMIN_USER='admin'
USERS=(admin alice bob orders billing ana ds-ana ds-bo connect etl ops)

# Its password holds letters beyond ASCII, for clients that must encode it as the broker does.
UMLAUT_USER=umlaut
UMLAUT_PASSWORD='pässwörd-ñ'
UMLAUT_PASSWORD_ESCAPED='p\u00e4ssw\u00f6rd-\u00f1'

password_of() {
    echo "$1-secret"
}
