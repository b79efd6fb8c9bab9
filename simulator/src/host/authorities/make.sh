#!/bin/sh
# Makes the certificates of the named authority sets: self-signed, each with a key of its own that
# is thrown away. They carry the names that administrators know from real logs, in an organisation
# that says what they are. Run once; the results are committed, because they are the same for
# every simulated host, as the real ones are for every real host.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

certificate() { # file, bits, serial, common name
    printf '%s\n' "$3" >"$work/serial"
    : >"$work/index"
    rm -rf "$work/new" && mkdir "$work/new"
    cat >"$work/ca.cnf" <<CONF
[ca]
default_ca = own
[own]
database = $work/index
serial = $work/serial
new_certs_dir = $work/new
default_md = sha256
policy = any
x509_extensions = extensions
[any]
organizationName = supplied
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
O = Portcullis test authority
CN = $4
[extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature,keyCertSign
subjectKeyIdentifier = hash
CONF
    openssl req -new -newkey "rsa:$2" -nodes -keyout "$work/key" -out "$work/request" \
        -config "$work/ca.cnf" 2>/dev/null
    openssl ca -selfsign -batch -notext -config "$work/ca.cnf" -keyfile "$work/key" \
        -in "$work/request" -out "$work/certificate" \
        -startdate 20200101000000Z -enddate 20991231235959Z 2>/dev/null
    openssl x509 -in "$work/certificate" -outform DER -out "$1.der"
}

certificate kek-2011            2048 01 'Microsoft Corporation KEK CA 2011'
certificate kek-2023            2048 02 'Microsoft Corporation KEK 2K CA 2023'
certificate windows-2011        2048 03 'Microsoft Windows Production PCA 2011'
certificate windows-2023        2048 04 'Windows UEFI CA 2023'
certificate third-party-2011    2048 05 'Microsoft Corporation UEFI CA 2011'
certificate third-party-2023    2048 06 'Microsoft UEFI CA 2023'
certificate option-rom-2023     2048 07 'Microsoft Option ROM UEFI CA 2023'
certificate code-signing-2010   2048 08 'Microsoft Code Signing PCA 2010'
certificate third-party-driver  4096 09 'Microsoft Windows Third Party Component CA 2014'
certificate platform-dell       2048 0A 'Dell Inc. Platform Key'
certificate platform-lenovo     2048 0B 'Lenovo Ltd. PK CA 2012'
certificate platform-supermicro 2048 0C 'Super Micro Computer, Inc. Platform Key'
certificate platform-ovmf       2048 0D 'Open Virtual Machine Firmware Platform Key'
certificate platform-hyper-v    2048 0E 'Hyper-V Firmware Platform Key'
certificate vendor-db-dell      2048 0F 'Dell Inc. UEFI DB'
certificate vendor-db-lenovo    2048 10 'ThinkPad Product CA 2012'
certificate debian              2048 11 'Debian Secure Boot CA'
certificate own-platform        2048 12 'own platform key'
certificate own-kek             2048 13 'own key exchange key'
certificate own-db              2048 14 'own signature database'
