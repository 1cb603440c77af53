# The way of submitted mail through a second provider, whose server is the bed's own Postfix again, at the inbound port:
# OpenDKIM signs what is submitted and checks what comes in there, and a filter in between can alter it. Part of mailbed.

# A filter of Postfix (pipe): the message comes on standard input and goes on to the inbound port.
write_alteration() {
  cat > "$dir/postfix/alter" <<END
#!/bin/bash
# usage: alter SENDER RECIPIENT
set -euo pipefail
sender=\$1 recipient=\$2
what=" \$(cat "$dir/altered") "
edit=()
case \$what in *" subject "*) edit+=(-e '1,/^\$/ s/^Subject: /Subject: [SPAM?] /') ;; esac
case \$what in *" links "*) edit+=(-e '/^\$/,\$ s#https://\([^ ]*\)#https://protect.$DOMAIN/?u=\1#') ;; esac
message=\$(mktemp)
trap 'rm -f "\$message"' EXIT
sed "\${edit[@]}" -e '\$ s/\$//' > "\$message"
case \$what in *" footer "*) printf '%s\n' "-- " "Checked by the gateway of $DOMAIN. Do not open what you did not ask for." >> "\$message" ;; esac
for copy in once \$(case \$what in *" twice "*) echo again ;; esac); do
  curl -sS --crlf --url "smtp://127.0.0.1:$INBOUND_PORT/filter.$DOMAIN" --mail-from "\$sender" --mail-rcpt "\$recipient" -T "\$message" || exit 75
done
END
  chmod 755 "$dir/postfix/alter"
  : > "$dir/altered"
  chmod 644 "$dir/altered"
}

# opendkim_files NAME MODE OPTION...
opendkim_files() {
  local name=$1 mode=$2
  shift 2
  {
    echo "Mode $mode"
    echo "Socket local:$dir/opendkim/$name.sock"
    echo "PidFile $dir/opendkim/$name.pid"
    echo "Syslog no"
    echo "RequireSafeKeys no"  # the folders above may be those of /tmp
    echo "UMask 007"
    echo "UserID opendkim:postfix"
    echo "Canonicalization relaxed/relaxed"
    printf '%s\n' "$@"
  } > "$dir/opendkim/$name.conf"
}

write_opendkim() {
  command -v opendkim > /dev/null || die "opendkim is not installed; scripts/test installs all that the tests need"
  mkdir -p "$dir/opendkim"
  openssl genrsa -out "$dir/opendkim/key" 2048 2> /dev/null
  echo "bed._domainkey.$DOMAIN v=DKIM1; k=rsa; p=$(openssl rsa -in "$dir/opendkim/key" -pubout 2> /dev/null | grep -v -- ----- | tr -d '\n')" \
    > "$dir/opendkim/published"
  opendkim_files sign s "Domain $DOMAIN" "Selector bed" "KeyFile $dir/opendkim/key"
  # Instead of a name server.
  opendkim_files verify v "TestPublicKeys $dir/opendkim/published" "AuthservID mx.$DOMAIN" "AlwaysAddARHeader yes"
  chown -R opendkim:postfix "$dir/opendkim"
  chmod 750 "$dir/opendkim"
  chmod 600 "$dir/opendkim/key"
}

start_opendkim() {
  local name
  for name in sign verify; do
    (cd "$dir/opendkim" && TZ=UTC exec setsid opendkim -f -x "$name.conf" < /dev/null > "$name.log" 2>&1 9>&-) &
  done
  local tries
  for tries in {1..100}; do
    if [ -S "$dir/opendkim/sign.sock" ] && [ -S "$dir/opendkim/verify.sock" ]; then return 0; fi
    sleep 0.05
  done
  cat "$dir"/opendkim/*.log >&2
  return 1
}

# Milters and filters of the services that take mail; no option that is given here stands in main.cf.
milter() { case " $BED_GUESTS " in *" opendkim "*) echo "-o smtpd_milters=unix:$dir/opendkim/$1.sock" ;; esac; }
filter_at_first() { case " $BED_GUESTS " in *" opendkim "*) echo "smtp:[127.0.0.1]:$INBOUND_PORT" ;; esac; }

fault_alter() {
  [ $# -gt 0 ] || die "alter wants some of subject, links, footer and twice, or nothing"
  local each
  for each in "$@"; do
    case $each in subject | links | footer | twice | nothing) ;; *) die "cannot alter '$each'; say subject, links, footer, twice or nothing" ;; esac
  done
  echo "$*" > "$dir/altered"
  case $* in
    nothing) fault_set "bed_filter=$(filter_at_first)" ;;
    *) fault_set "bed_filter=alter:" ;;
  esac
}
