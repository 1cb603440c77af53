# Dovecot: configuration in the dialects of 2.3 and 2.4, start and stop. Part of mailbed.

write_dovecot() {
  local version name
  version=$(dovecot --version)
  mkdir -p "$dir/run" "$dir/state" "$dir/mail" "$dir/queue/private"
  chown "$MAIL_UID:$MAIL_UID" "$dir/mail"
  chown postfix "$dir/queue/private"
  chmod 700 "$dir/queue/private"

  # Plain passwords, so that every mechanism (CRAM-MD5 and SCRAM too) can be tried.
  for name in "${accounts[@]}"; do
    echo "$name@$DOMAIN:{PLAIN}$name-$BED_KEY:$MAIL_UID:$MAIL_UID::$dir/mail/$name::"
  done > "$dir/users"
  chown dovecot "$dir/users"
  chmod 600 "$dir/users"

  case $version in
    2.3.*) { dovecot_common; dovecot_2_3; } > "$dir/dovecot.conf" ;;
    2.4.*) { printf 'dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n'; dovecot_common; dovecot_2_4; } > "$dir/dovecot.conf" ;;
    *) die "Dovecot $version is neither 2.3 nor 2.4; teach tests/servers/bed/dovecot.sh its dialect" ;;
  esac
}

# What both dialects share.
dovecot_common() {
  cat <<EOF
base_dir = $dir/run
state_dir = $dir/state
instance_name = $(basename "$dir")
hostname = mail.$DOMAIN
log_path = $dir/dovecot.log
log_timestamp = "%Y-%m-%d %H:%M:%S.%{usecs} "
listen = 127.0.0.1
first_valid_uid = $MAIL_UID
first_valid_gid = $MAIL_UID
recipient_delimiter = +
mail_max_userip_connections = 10000
default_process_limit = 2000
default_client_limit = 8000
auth_verbose = yes
auth_failure_delay = 0
ssl = yes
# No session tickets: a resumed session would hide an expired certificate.
ssl_options = no_ticket

namespace inbox {
  inbox = yes
  separator = /
  mailbox Junk {
    auto = subscribe
    special_use = \\Junk
  }
  mailbox Trash {
    auto = no
    special_use = \\Trash
  }
  mailbox Sent {
    auto = no
    special_use = \\Sent
  }
}

service imap-login {
  inet_listener imap {
    port = $IMAP_PORT
  }
  inet_listener imaps {
    port = $IMAPS_PORT
    ssl = yes
  }
  process_min_avail = 1
}
service pop3-login {
  inet_listener pop3 {
    port = $POP3_PORT
  }
  inet_listener pop3s {
    port = $POP3S_PORT
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = $LMTP_PORT
  }
  unix_listener $dir/queue/private/dovecot-lmtp {
    mode = 0600
    user = postfix
  }
  process_min_avail = 2
}
service auth {
  unix_listener $dir/queue/private/auth {
    mode = 0600
    user = postfix
  }
  client_limit = 20000
}
service anvil {
  # Wrong passwords are part of the tests: no growing penalty for this address.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
  client_limit = 20000
}
service imap {
  process_limit = 2000
}
EOF
}

dovecot_2_3() {
  cat <<EOF
protocols = imap pop3 lmtp
mail_location = maildir:~/Maildir
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
ssl_cert = <$dir/ca/server.pem
ssl_key = <$dir/ca/server.key
passdb {
  driver = passwd-file
  args = username_format=%u $dir/users
}
userdb {
  driver = passwd-file
  args = username_format=%u $dir/users
}
service imap-login {
  service_count = 0
}
protocol lmtp {
  mail_plugins = sieve notify mail_log
}
protocol imap {
  mail_plugins = notify mail_log
}
protocol pop3 {
  mail_plugins = notify mail_log
}
plugin {
  sieve = file:~/sieve;active=~/.dovecot.sieve
  mail_log_events = delete undelete expunge copy save
  mail_log_fields = uid box msgid size
}
EOF
}

dovecot_2_4() {
  cat <<EOF
protocols = imap pop3 lmtp
mail_driver = maildir
mail_path = ~/Maildir
auth_allow_cleartext = yes
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
ssl_server_cert_file = $dir/ca/server.pem
ssl_server_key_file = $dir/ca/server.key
passdb passwd-file {
  passwd_file_path = $dir/users
}
userdb passwd-file {
  passwd_file_path = $dir/users
}
service imap-login {
  restart_request_count = unlimited
}
mail_log_events = delete undelete expunge copy save
mail_log_fields = uid box msgid size
protocol lmtp {
  mail_plugins = sieve notify mail_log
}
protocol imap {
  mail_plugins = notify mail_log
}
protocol pop3 {
  mail_plugins = notify mail_log
}
sieve_script personal {
  type = personal
  path = ~/sieve
  active_path = ~/.dovecot.sieve
}
EOF
}

start_dovecot() {
  if runs "$dir/run/master.pid" "$dir/run"; then return; fi
  # Both servers are made for thousands of connections; the usual soft limit is 1024 files.
  ulimit -n "$(ulimit -Hn)"
  TZ=UTC dovecot -c "$dir/dovecot.conf" > "$dir/dovecot.start" 2>&1 9>&- || { cat "$dir/dovecot.start" >&2; return 1; }
  await_greeting "$IMAP_PORT" "* OK" && await_greeting "$LMTP_PORT" 220 || return 1
  deliver_waiting
}

stop_dovecot() {
  end_server "$dir/run/master.pid" "$dir/run"
  end_processes_in "$dir/mail"
}
