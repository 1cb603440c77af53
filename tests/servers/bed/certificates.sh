# The test authority and the servers' certificates (EC keys). Part of mailbed.

make_authority() {
  mkdir -p "$dir/ca"
  : > "$dir/ca/index"
  cat > "$dir/ca/openssl.cnf" <<EOF
[ca]
default_ca = bed
[bed]
database = $dir/ca/index
new_certs_dir = $dir/ca
rand_serial = yes
default_md = sha256
unique_subject = no
policy = any
x509_extensions = server
[any]
commonName = supplied
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, DNS:mail.$DOMAIN, IP:127.0.0.1, IP:::1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
EOF
  openssl req -x509 -config "$dir/ca/openssl.cnf" -extensions authority -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
    -nodes -days 3650 -subj "/CN=mailbed test authority" -keyout "$dir/ca/ca.key" -out "$dir/ca.pem" 2> "$dir/ca/log"
  openssl req -new -config "$dir/ca/openssl.cnf" -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -subj "/CN=mail.$DOMAIN" -keyout "$dir/ca/server.key" -out "$dir/ca/server.csr" 2>> "$dir/ca/log"
  chmod 600 "$dir/ca/ca.key" "$dir/ca/server.key"
}

# make_certificate good|expired: signs the servers' one key.
make_certificate() {
  local from=20240101000000Z to=20480101000000Z
  [ "$1" = good ] || to=20240102000000Z
  openssl ca -batch -notext -config "$dir/ca/openssl.cnf" -cert "$dir/ca.pem" -keyfile "$dir/ca/ca.key" \
    -startdate $from -enddate $to -in "$dir/ca/server.csr" -out "$dir/ca/$1.pem" 2>> "$dir/ca/log"
}

use_certificate() {
  cp "$dir/ca/$1.pem" "$dir/ca/server.pem.new"
  mv "$dir/ca/server.pem.new" "$dir/ca/server.pem"
}
