# Postfix: configuration, start and stop. Part of mailbed.

write_postfix() {
  local etc=$dir/postfix name domain
  mkdir -p "$etc" "$dir/queue" "$dir/data"
  chown postfix "$dir/data"
  cat > "$etc/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
maillog_file = $dir/postfix.log
maillog_file_prefixes = $dir
myhostname = mail.$DOMAIN
mydomain = $DOMAIN
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8

# Nothing leaves this machine and nothing asks a name server.
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
local_transport = error:5.1.1 there are no local users here
relay_transport = error:5.1.2 there is no world outside this test bed
default_transport = error:5.1.2 there is no world outside this test bed
relay_domains =
notify_classes =

virtual_mailbox_domains = $DOMAIN $(guest_domains | tr '\n' ' ')
virtual_mailbox_maps = texthash:$etc/mailboxes
virtual_transport = lmtp:unix:private/dovecot-lmtp
virtual_mailbox_base = $dir/guests/courier/mail
virtual_uid_maps = static:$MAIL_UID
virtual_gid_maps = static:$MAIL_UID
transport_maps = lmdb:$etc/transport
recipient_delimiter = +
bed_filter = $(filter_at_first)
milter_default_action = tempfail

alter_destination_recipient_limit = 1

# Faults. lmdb, because an open session must see a change at once: other tables are read when a process starts.
smtpd_recipient_restrictions = check_recipient_access lmdb:$etc/recipients, check_client_access lmdb:$etc/clients
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject

smtpd_tls_security_level = may
smtpd_tls_cert_file = $dir/ca/server.pem
smtpd_tls_key_file = $dir/ca/server.key
smtpd_tls_received_header = yes
# No session tickets: a resumed session would hide an expired certificate.
tls_ssl_options = NO_TICKET
smtpd_tls_session_cache_database =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_security_options = noanonymous

# No limit of ours may shape a measurement.
default_process_limit = 400
smtpd_client_connection_count_limit = 0
smtpd_client_event_limit_exceptions = static:all
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 100000
smtpd_hard_error_limit = 100000
smtpd_junk_command_limit = 100000
in_flow_delay = 0
initial_destination_concurrency = 20
lmtp_destination_concurrency_limit = 50
default_destination_concurrency_failed_cohort_limit = 1000
lmtp_connect_timeout = 5s
message_size_limit = 209715200
mailbox_size_limit = 0
virtual_mailbox_limit = 0

# A test cannot wait five minutes for the next attempt.
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 3s
EOF

  local submission="-o smtpd_relay_restrictions=permit_sasl_authenticated,reject -o smtpd_client_restrictions= -o content_filter=\$bed_filter $(milter sign)"
  cat > "$etc/master.cf" <<EOF
# Without logins, so that it takes mail while Dovecot, which checks passwords, is stopped.
127.0.0.1:$SMTP_PORT inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=no
127.0.0.1:$SUBMISSION_PORT inet n - n - - smtpd
  -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes
  $submission
127.0.0.1:$SMTPS_PORT inet n - n - - smtpd
  -o syslog_name=postfix/smtps -o smtpd_tls_wrappermode=yes
  $submission
# Where accepted mail goes to bounce: "another provider" that refuses it, so that the bounce looks as it does outside.
127.0.0.1:$REFUSING_PORT inet n - n - - smtpd
  -o syslog_name=postfix/refusing -o myhostname=mx.$DOMAIN
  -o smtpd_recipient_restrictions=check_recipient_access,lmdb:$etc/bounced,reject
# Where mail comes in from another provider, or from the filter that alters it.
127.0.0.1:$INBOUND_PORT inet n - n - - smtpd
  -o syslog_name=postfix/inbound -o myhostname=mx.$DOMAIN $(milter verify)
alter     unix  - n n -  - pipe
  flags=q user=nobody argv=$etc/alter \${sender} \${recipient}
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n -  0 cleanup
# Every 2 s: a message that was still locked when its next attempt came waits for this.
qmgr      unix  n - n 2 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -  - trivial-rewrite
bounce    unix  - - n -  0 bounce
defer     unix  - - n -  0 bounce
trace     unix  - - n -  0 bounce
verify    unix  - - n -  1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -  - proxymap
proxywrite unix - - n -  1 proxymap
smtp      unix  - - n -  - smtp
showq     unix  n - n -  - showq
error     unix  - - n -  - error
retry     unix  - - n -  - error
discard   unix  - - n -  - discard
lmtp      unix  - - n -  - lmtp
virtual   unix  - n n -  - virtual
anvil     unix  - - n -  1 anvil
scache    unix  - - n -  1 scache
postlog   unix-dgram n - n - 1 postlogd
EOF

  write_alteration
  cool_down_postfix
  postconf -c "$etc" -m | grep -qx lmdb || die "Postfix lacks lmdb tables; install postfix-lmdb"
  {
    echo "postmaster@$DOMAIN x"
    for name in "${accounts[@]}"; do
      echo "$name@$DOMAIN x"
      for domain in $(guest_domains); do echo "$name@$domain $name/Maildir/"; done
    done
  } > "$etc/mailboxes"
  { echo "postmaster@$DOMAIN discard:"; guest_transports; } > "$etc/transport"
  : > "$etc/recipients"
  : > "$etc/bounced"
  : > "$etc/clients"
  for name in transport recipients clients bounced; do postmap -c "$etc" "lmdb:$etc/$name"; done
}

# Postfix waits for about two seconds before it trusts a file that changed just now.
cool_down_postfix() { touch -d "10 seconds ago" "$dir"/postfix/*.cf; }

start_postfix() {
  if runs "$dir/queue/pid/master.pid" "$dir/queue"; then return; fi
  TZ=UTC postfix -c "$dir/postfix" start > "$dir/postfix.start" 2>&1 9>&- || { cat "$dir/postfix.start" >&2; return 1; }
  local port
  for port in $SMTP_PORT $SUBMISSION_PORT; do await_greeting "$port" 220 || return 1; done
}

stop_postfix() { end_server "$dir/queue/pid/master.pid" "$dir/queue"; }

reload_postfix() { TZ=UTC postfix -c "$dir/postfix" reload > "$dir/postfix.start" 2>&1 || { cat "$dir/postfix.start" >&2; return 1; }; }

# Mail that waited for Dovecot goes now. One flush is not enough: a message that is being put off at that very moment is
# passed over, and would wait for the next run of the queue.
deliver_waiting() {
  runs "$dir/queue/pid/master.pid" "$dir/queue" || return 0
  local tries
  for tries in {1..30}; do
    postqueue -c "$dir/postfix" -j 2> /dev/null | grep -qv '"queue_name": "hold"' || return 0
    postqueue -c "$dir/postfix" -f
    sleep 0.2
  done
}
