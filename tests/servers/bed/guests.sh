# Guests: servers that Debian does not let one install beside Postfix and Dovecot. scripts/guest_servers unpacks each into
# a small root folder; here a copy (by hard links) of it in DIR/guests runs by chroot, with the paths its package was
# built with. Exim and OpenSMTPD take mail and hand it to the bed's Postfix, as a provider does to the next one; Cyrus
# and Courier store what Postfix gives them for their domains. Part of mailbed.

readonly GUESTS="exim opensmtpd cyrus courier opendkim"

guest_root() { echo "$dir/guests/$1"; }

# In a root of its own nobody else's names count. Numbers that no account of the machine need have.
make_guest_root() {
  local root=$1 source
  source=$("$here/../../scripts/guest_servers" where)/$(basename "$root")
  [ -e "$source/packages" ] || die "$(basename "$root") is not unpacked; 'scripts/guest_servers install' does that"
  mkdir -p "$dir/guests"
  cp -al "$source" "$root" 2> /dev/null || { rm -rf "$root"; cp -a "$source" "$root"; }
  mkdir -p "$root"/{dev,etc,run,tmp,var/log}
  [ -e "$root/var/run" ] || ln -s ../run "$root/var/run"
  chmod 1777 "$root/tmp"
  local device
  for device in "null 3" "zero 5" "random 8" "urandom 9"; do
    [ -e "$root/dev/${device% *}" ] || mknod -m 666 "$root/dev/${device% *}" c 1 "${device#* }"
  done
  # A cache that was made on another machine may have links to these: never write through one.
  rm -f "$root"/etc/{passwd,group,services,hosts,resolv.conf,server.pem,server.key}
  cat > "$root/etc/passwd" <<END
root:x:0:0::/:/bin/sh
mail:x:$MAIL_UID:$MAIL_UID::/mail:/bin/sh
Debian-exim:x:5101:5101::/var/spool/exim4:/bin/sh
opensmtpd:x:5102:5102::/var/lib/opensmtpd/empty:/bin/sh
opensmtpq:x:5103:5103::/var/lib/opensmtpd/empty:/bin/sh
cyrus:x:5104:$MAIL_UID::/var/spool/cyrus:/bin/sh
courier:x:5105:5105::/var/lib/courier:/bin/sh
nobody:x:65534:65534::/nonexistent:/bin/sh
END
  cat > "$root/etc/group" <<END
root:x:0:
mail:x:$MAIL_UID:
adm:x:4:
Debian-exim:x:5101:
opensmtpd:x:5102:
opensmtpq:x:5103:
courier:x:5105:
sasl:x:5106:
nogroup:x:65534:
END
  echo "127.0.0.1 localhost mail.$DOMAIN" > "$root/etc/hosts"
  printf 'smtp 25/tcp\nsmtps 465/tcp\n' > "$root/etc/services"
  # Nothing asks a name server.
  echo "lookup file" > "$root/etc/resolv.conf"
}

# guest_certificate ROOT OWNER: the bed's certificate and key, where this server may read them.
guest_certificate() {
  cat "$dir/ca/server.pem" > "$1/etc/server.pem"
  (umask 077 && cat "$dir/ca/server.key" > "$1/etc/server.key")
  chown "$2" "$1/etc/server.key"
}

write_exim() {
  local root name
  root=$(guest_root exim)
  make_guest_root "$root"
  guest_certificate "$root" 5101
  mkdir -p "$root"/etc/exim4 "$root"/var/{spool,log}/exim4
  chown 5101:5101 "$root"/var/{spool,log}/exim4
  for name in "${accounts[@]}"; do echo "$name@$DOMAIN: $name-$BED_KEY"; done > "$root/etc/exim4/passwords"
  chown 5101 "$root/etc/exim4/passwords"
  chmod 600 "$root/etc/exim4/passwords"
  cat > "$root/etc/exim4/exim4.conf" <<END
primary_hostname = exim.$DOMAIN
local_interfaces = <; [127.0.0.1]:$EXIM_SMTPS_PORT ; [127.0.0.1]:$EXIM_SUBMISSION_PORT
tls_on_connect_ports = $EXIM_SMTPS_PORT
tls_advertise_hosts = *
tls_certificate = /etc/server.pem
tls_privatekey = /etc/server.key
auth_advertise_hosts = \${if eq{\$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = check_rcpt
host_lookup =
disable_ipv6 = true
smtp_accept_max = 0
log_file_path = /var/log/exim4/%slog

begin acl
check_rcpt:
  accept authenticated = *
  deny message = relay not permitted

begin routers
next_provider:
  driver = manualroute
  transport = next_provider
  route_list = * 127.0.0.1 byname
  self = send

begin transports
next_provider:
  driver = smtp
  port = $SMTP_PORT
  hosts_avoid_tls = *

begin retry
* * F,1h,1s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if eq{\$auth3}{\${lookup{\$auth2}lsearch{/etc/exim4/passwords}}}}
  server_set_id = \$auth2
END
  chmod 644 "$root/etc/exim4/exim4.conf"
}

start_exim() {
  local root
  root=$(guest_root exim)
  TZ=UTC chroot "$root" /usr/sbin/exim4 -bd -q1s > "$root/start.log" 2>&1 9>&- || { cat "$root/start.log" >&2; return 1; }
  await_greeting "$EXIM_SUBMISSION_PORT" 220
}

# OpenSMTPD 6.8 of Debian 12 cannot serve TLS with OpenSSL 3 (OpenSMTPD issue 1171), and without TLS it has no logins: it
# takes mail from loopback then.
opensmtpd_tls() {
  case $(chroot "$("$here/../../scripts/guest_servers" where)/opensmtpd" /usr/sbin/smtpd -h 2>&1) in
    *OpenSMTPD\ 6.*) echo no ;;
    *) echo yes ;;
  esac
}

write_opensmtpd() {
  local root name
  root=$(guest_root opensmtpd)
  make_guest_root "$root"
  guest_certificate "$root" 0
  # OpenSMTPD 7 does not start without the system's authorities (OpenSMTPD issue 1291).
  mkdir -p "$root"/etc/ssl/certs "$root"/var/lib/opensmtpd/empty "$root"/var/spool/smtpd
  cp "$dir/ca.pem" "$root/etc/ssl/certs/ca-certificates.crt"
  chmod 644 "$root/etc/ssl/certs/ca-certificates.crt"
  chmod 711 "$root/var/spool/smtpd"
  chmod 755 "$root/var/lib/opensmtpd" "$root/var/lib/opensmtpd/empty"
  for name in "${accounts[@]}"; do
    echo "$name@$DOMAIN $(openssl passwd -6 "$name-$BED_KEY")"
  done > "$root/etc/smtpd.passwords"
  chown 0:5102 "$root/etc/smtpd.passwords"
  chmod 640 "$root/etc/smtpd.passwords"
  rm -f "$root/etc/smtpd.conf"
  {
    echo "action next_provider relay host smtp://127.0.0.1:$SMTP_PORT"
    if [ "$OPENSMTPD_TLS" = yes ]; then
      echo 'pki bed cert "/etc/server.pem"'
      echo 'pki bed key "/etc/server.key"'
      echo 'table passwords file:/etc/smtpd.passwords'
      echo "listen on 127.0.0.1 port $OPENSMTPD_SMTPS_PORT smtps pki bed auth <passwords> hostname opensmtpd.$DOMAIN"
      echo "listen on 127.0.0.1 port $OPENSMTPD_SUBMISSION_PORT tls-require pki bed auth <passwords> hostname opensmtpd.$DOMAIN"
      echo "match auth from any for any action next_provider"
    else
      echo "listen on 127.0.0.1 port $OPENSMTPD_SUBMISSION_PORT hostname opensmtpd.$DOMAIN"
      echo "match from local for any action next_provider"
    fi
  } > "$root/etc/smtpd.conf"
  chmod 644 "$root/etc/smtpd.conf"
}

start_opensmtpd() {
  local root
  root=$(guest_root opensmtpd)
  (cd "$root" && TZ=UTC exec setsid chroot "$root" /usr/sbin/smtpd -d < /dev/null > "$root/start.log" 2>&1 9>&-) &
  await_greeting "$OPENSMTPD_SUBMISSION_PORT" 220 || { cat "$root/start.log" >&2; return 1; }
}

write_cyrus() {
  local root name
  root=$(guest_root cyrus)
  make_guest_root "$root"
  guest_certificate "$root" 5104
  mkdir -p "$root"/var/lib/cyrus "$root"/var/spool/cyrus/mail "$root"/run/cyrus/{lock,proc,socket}
  chown -R "5104:$MAIL_UID" "$root"/var/lib/cyrus "$root"/var/spool/cyrus "$root"/run/cyrus
  # It does not start without a time zone.
  mkdir -p "$root/usr/share/zoneinfo"
  cp -L /usr/share/zoneinfo/{zone.tab,UTC} "$root/usr/share/zoneinfo"
  rm -f "$root"/etc/{imapd.conf,cyrus.conf,sasldb2}
  cat > "$root/etc/imapd.conf" <<END
servername: cyrus.$DOMAIN
configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
lmtpsocket: /run/cyrus/socket/lmtp
idlesocket: /run/cyrus/socket/idle
notifysocket: /run/cyrus/socket/notify
defaultpartition: default
partition-default: /var/spool/cyrus/mail
unixhierarchysep: yes
altnamespace: yes
virtdomains: no
allowplaintext: no
allowstarttls: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /etc/sasldb2
sasl_mech_list: PLAIN LOGIN
tls_server_cert: /etc/server.pem
tls_server_key: /etc/server.key
tls_sessions_db_path: /run/cyrus/tls_sessions.db
popminpoll: 0
autocreate_quota: -1
autocreate_post: yes
autocreate_inbox_folders: Junk
autocreate_subscribe_folders: Junk
xlist-junk: Junk
END
  cat > "$root/etc/cyrus.conf" <<END
START {
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -r"
  idled cmd="/usr/lib/cyrus/bin/idled"
}
SERVICES {
  imap cmd="/usr/lib/cyrus/bin/imapd" listen="127.0.0.1:$CYRUS_IMAP_PORT" prefork=0
  imaps cmd="/usr/lib/cyrus/bin/imapd -s" listen="127.0.0.1:$CYRUS_IMAPS_PORT" prefork=0
  pop3 cmd="/usr/lib/cyrus/bin/pop3d" listen="127.0.0.1:$CYRUS_POP3_PORT" prefork=0
  pop3s cmd="/usr/lib/cyrus/bin/pop3d -s" listen="127.0.0.1:$CYRUS_POP3S_PORT" prefork=0
  lmtp cmd="/usr/lib/cyrus/bin/lmtpd -a" listen="127.0.0.1:$CYRUS_LMTP_PORT" prefork=0
}
EVENTS {
  checkpoint cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -c" period=30
}
END
  chmod 644 "$root"/etc/{imapd.conf,cyrus.conf}
  for name in "${accounts[@]}"; do
    printf %s "$name-$BED_KEY" | chroot "$root" /usr/sbin/saslpasswd2 -f /etc/sasldb2 -c -p -u "cyrus.$DOMAIN" "$name"
  done
  chown 5104 "$root/etc/sasldb2"
}

start_cyrus() {
  local root name password
  root=$(guest_root cyrus)
  (cd "$root" && TZ=UTC exec setsid chroot "$root" /usr/sbin/cyrmaster < /dev/null > "$root/start.log" 2>&1 9>&-) &
  await_greeting "$CYRUS_IMAP_PORT" "* OK" && await_greeting "$CYRUS_LMTP_PORT" 220 || { cat "$root/start.log" >&2; return 1; }
  # The first login over POP3 makes the mailbox; over IMAP it does not.
  for name in $ACCOUNTS; do
    password=PASSWORD_$name
    curl -sS --cacert "$CA" "pop3s://127.0.0.1:$CYRUS_POP3S_PORT/" --user "$name:${!password}" > /dev/null || return 1
  done
}

write_courier() {
  local root name
  root=$(guest_root courier)
  make_guest_root "$root"
  mkdir -p "$root"/mail "$root"/run/courier/authdaemon "$root"/var/lib/courier
  (umask 077 && cat "$dir/ca/server.key" "$dir/ca/server.pem" > "$root/etc/server.pem")
  chown 5105 "$root/etc/server.pem"  # STARTTLS is done by that user
  chmod 750 "$root/run/courier/authdaemon"
  chown -R 5105:5105 "$root/run/courier" "$root/var/lib/courier"
  for name in "${accounts[@]}"; do
    mkdir -p "$root/mail/$name"
    chroot "$root" /usr/bin/maildirmake.courier "/mail/$name/Maildir"
    chroot "$root" /usr/bin/maildirmake.courier -f Junk "/mail/$name/Maildir"
  done
  chown -R "$MAIL_UID:$MAIL_UID" "$root/mail"
  local database
  for database in userdb userdbshadow; do
    for name in "${accounts[@]}"; do
      case $database in
        userdb) printf '%s\tuid=%s|gid=%s|home=/mail/%s\n' "$name" "$MAIL_UID" "$MAIL_UID" "$name" ;;
        userdbshadow) printf '%s\tsystempw=%s\n' "$name" "$(openssl passwd -6 "$name-$BED_KEY")" ;;
      esac
    done | { cat; echo .; } |
      chroot "$root" /usr/lib/courier/courier-authlib/makedatprog - /tmp/userdb "/etc/courier/$database.dat"
    chown 5105 "$root/etc/courier/$database.dat"
    chmod 600 "$root/etc/courier/$database.dat"
  done
  rm -f "$root/etc/courier/authdaemonrc"
  cat > "$root/etc/courier/authdaemonrc" <<END
authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=5
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
END
  cat > "$root/start" <<'END'
# usage: start authdaemond | start imapd|pop3d PORT tls|starttls
set -a
if [ "$1" = authdaemond ]; then
  . /etc/courier/authdaemonrc
  exec /usr/lib/courier/courier-authlib/authdaemond
fi
. "/etc/courier/$1"
[ ! -e "/etc/courier/$1-ssl" ] || . "/etc/courier/$1-ssl"
TLS_CERTFILE=/etc/server.pem TLS_CACHEFILE= TLS_DHPARAMS= TLS_TRUSTCERTS=
IMAP_STARTTLS=YES POP3_STARTTLS=YES
case $1 in
  imapd) set -- "$@" /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir ;;
  pop3d) set -- "$@" /usr/lib/courier/courier/courierpop3login /usr/lib/courier/courier/courierpop3d Maildir ;;
esac
port=$2 way=$3
shift 3
[ "$way" = starttls ] || set -- /usr/bin/couriertls -server -tcpd "$@"
[ "$way" = starttls ] || { IMAP_TLS=1 POP3_TLS=1; }
# That of Debian 13 asks nobody who connects, and knows no option for it.
ask_nobody=
if grep -q noidentlookup /usr/sbin/couriertcpd; then ask_nobody=-noidentlookup; fi
exec /usr/sbin/couriertcpd -address=127.0.0.1 -maxprocs=400 -maxperip=400 -nodnslookup $ask_nobody "$port" "$@"
END
}

start_courier() {
  local root each
  root=$(guest_root courier)
  for each in authdaemond "imapd $COURIER_IMAP_PORT starttls" "imapd $COURIER_IMAPS_PORT tls" "pop3d $COURIER_POP3_PORT starttls" \
    "pop3d $COURIER_POP3S_PORT tls"; do
    # shellcheck disable=SC2086
    (cd "$root" && exec env -i TZ=UTC "PATH=$PATH" setsid chroot "$root" /bin/sh /start $each < /dev/null >> "$root/start.log" 2>&1 9>&-) &
  done
  await_greeting "$COURIER_IMAP_PORT" "* OK" && await_greeting "$COURIER_POP3_PORT" "+OK" || { cat "$root/start.log" >&2; return 1; }
}

write_guests() { local guest; for guest in $BED_GUESTS; do "write_$guest"; done; }
start_guests() { local guest; for guest in $BED_GUESTS; do "start_$guest" || return 1; done; }

# Domains of the bed's Postfix beside its own, and how it hands their mail on.
guest_domains() {
  case " $BED_GUESTS " in *" cyrus "*) echo "cyrus.$DOMAIN" ;; esac
  case " $BED_GUESTS " in *" courier "*) echo "courier.$DOMAIN" ;; esac
}
guest_transports() {
  case " $BED_GUESTS " in *" cyrus "*) echo "cyrus.$DOMAIN lmtp:inet:[127.0.0.1]:$CYRUS_LMTP_PORT" ;; esac
  case " $BED_GUESTS " in *" courier "*) echo "courier.$DOMAIN virtual:" ;; esac
}

stop_guests() {
  end_processes_in "$dir/guests"
  end_processes_in "$dir/opendkim"
}
