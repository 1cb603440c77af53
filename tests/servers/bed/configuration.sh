# What the bed tells its users: DIR/env, and configurations for mailcanary. Part of mailbed.

readonly DOMAIN=bed.example

# Thirty free ports below the range that outgoing connections use.
choose_ports() {
  local tries base port listening
  listening=$(sed -n 's/^ *[0-9]*: [0-9A-F]*:\([0-9A-F]*\) .* 0A .*/\1/p' /proc/net/tcp /proc/net/tcp6 2> /dev/null | sort -u)
  for tries in {1..200}; do
    base=$((20000 + (RANDOM % 400) * 30))
    for port in {0..29}; do
      if grep -qx "$(printf %04X $((base + port)))" <<< "$listening"; then continue 2; fi
    done
    ports=$base
    return
  done
  die "no free ports"
}

write_env() {
  local name n
  # The owner of all mailboxes: who asked for the bed through sudo, else a number that no user need have.
  MAIL_UID=${SUDO_UID:-0}
  [ "$MAIL_UID" != 0 ] || MAIL_UID=5000
  BED_KEY=$(openssl rand -hex 8)
  {
    echo "# Written by mailbed: a private Postfix and Dovecot. All servers listen on HOST."
    echo "BED=$dir"
    echo "HOST=127.0.0.1"
    echo "SMTPS_PORT=$ports"
    echo "SUBMISSION_PORT=$((ports + 1))"
    echo "SMTP_PORT=$((ports + 2))"
    echo "IMAPS_PORT=$((ports + 3))"
    echo "IMAP_PORT=$((ports + 4))"
    echo "POP3S_PORT=$((ports + 5))"
    echo "POP3_PORT=$((ports + 6))"
    echo "LMTP_PORT=$((ports + 7))"
    echo "REFUSING_PORT=$((ports + 8))  # internal: 'mailbed bounce' sends mail there"
    echo "INBOUND_PORT=$((ports + 9))  # internal: where mail comes in that a filter had"
    n=10
    for name in EXIM_{SMTPS,SUBMISSION} OPENSMTPD_{SMTPS,SUBMISSION} CYRUS_{IMAPS,IMAP,POP3S,POP3,LMTP} COURIER_{IMAPS,IMAP,POP3S,POP3}; do
      echo "${name}_PORT=$((ports + n))"
      n=$((n + 1))
    done
    echo "BED_GUESTS=\"$guests\""
    case " $guests " in *" opensmtpd "*) echo "OPENSMTPD_TLS=$(opensmtpd_tls)  # no: plain SMTP from loopback, without logins" ;; esac
    echo "CA=$dir/ca.pem"
    echo "MAIL=$dir/mail"
    echo "MAIL_UID=$MAIL_UID"
    echo "BED_KEY=$BED_KEY"
    echo "ACCOUNTS=\"${accounts[*]}\""
    for name in "${accounts[@]}"; do
      echo "ADDRESS_$name=$name@$DOMAIN"
      echo "PASSWORD_$name=$name-$BED_KEY"
    done
  } > "$dir/env"
}

account_lines() {
  local name
  for name in "$@"; do
    printf '  %s: {provider: %s, address: %s@%s, smtp: "smtps://127.0.0.1:%s", imap: "imaps://127.0.0.1:%s",\n' \
      "$name" "$provider" "$name" "$DOMAIN" "$SMTPS_PORT" "$IMAPS_PORT"
    printf '    user: %s@%s, password: {file: %s/secrets/%s}, tls: {ca: %s}}\n' "$name" "$DOMAIN" "$dir" "$name" "$dir/ca.pem"
  done
}

write_configuration() {
  local name provider list
  mkdir -p "$dir/secrets"
  for name in "${accounts[@]}"; do echo "$name-$BED_KEY" > "$dir/secrets/$name"; done
  chmod 600 "$dir"/secrets/*

  if [ ${#accounts[@]} -ge 2 ]; then
    {
      echo "vantage: bed"
      echo "providers:"
      for name in "${accounts[@]:0:2}"; do echo "  $name: {name: Provider ${name^}}"; done
      echo "accounts:"
      for name in "${accounts[@]:0:2}"; do provider=$name account_lines "$name"; done
      echo "routes:"
      echo "  - {from: ${accounts[0]}, to: ${accounts[1]}, every: 5m, late_after: 60s, lost_after: 4h}"
    } > "$dir/mailcanary.yaml"
  fi

  provider=bed
  list=$(IFS=,; echo "${accounts[*]}")
  {
    echo "vantage: bed"
    echo "providers:"
    echo "  bed: {name: Test Bed}"
    echo "accounts:"
    account_lines "${accounts[@]}"
    echo "routes:"
    echo "  - {mesh: [${list//,/, }], every: 5m, late_after: 60s, lost_after: 4h}"
  } > "$dir/mesh.yaml"

  # Started through sudo: the tests run as somebody else and must be able to read these.
  if [ -n "${SUDO_UID:-}" ]; then
    chown -R "$SUDO_UID" "$dir/secrets" "$dir/env" "$dir"/*.yaml
  fi
  : > "$dir/dovecot.log"
  : > "$dir/postfix.log"
  chmod 644 "$dir/dovecot.log" "$dir/postfix.log"
}
