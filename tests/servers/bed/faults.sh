# Faults that can be switched while the servers run. Part of mailbed.

need() { [ -n "${2:-}" ] || die "$1"; }

# put_entry TABLE KEY VALUE, drop_entry TABLE KEY: one line of an lmdb table; open sessions see the change at once.
put_entry() { printf '%s %s\n' "$2" "$3" | postmap -c "$dir/postfix" -i -r "lmdb:$dir/postfix/$1"; }
drop_entry() { postmap -c "$dir/postfix" -d "$2" "lmdb:$dir/postfix/$1" || true; }

fault_refuse() {
  need "refuse wants an ADDRESS" "${1:-}"
  put_entry recipients "$1" "${2:-550 5.1.1 The email account that you tried to reach does not exist}"
}

fault_defer() {
  need "defer wants an ADDRESS" "${1:-}"
  put_entry recipients "$1" "${2:-452 4.2.2 The email account that you tried to reach is over quota}"
}

# The queue manager remembers where the last address went for up to 30 s: reload makes it ask again.
fault_bounce() {
  need "bounce wants an ADDRESS" "${1:-}"
  put_entry bounced "$1" "${2:-550 5.1.1 The email account that you tried to reach does not exist}"
  put_entry transport "$1" "smtp:[127.0.0.1]:$REFUSING_PORT"
  reload_postfix
}

fault_lose() {
  need "lose wants an ADDRESS" "${1:-}"
  put_entry transport "$1" "discard:"
  reload_postfix
}

fault_junk() {
  need "junk wants an ADDRESS" "${1:-}"
  local home=$dir/mail/${1%%@*}
  grep -q "^$1:" "$dir/users" || die "no account has the address '$1'"
  mkdir -p "$home"
  printf 'require "fileinto";\nfileinto "Junk";\n' > "$home/.dovecot.sieve"
  chown "$MAIL_UID:$MAIL_UID" "$home" "$home/.dovecot.sieve"
}

fault_accept() {
  need "accept wants an ADDRESS" "${1:-}"
  drop_entry recipients "$1"
  rm -f "$dir/mail/${1%%@*}"/.dovecot.sieve "$dir/mail/${1%%@*}"/.dovecot.svbin
  if postmap -c "$dir/postfix" -q "$1" "lmdb:$dir/postfix/transport" > /dev/null; then
    drop_entry transport "$1"
    reload_postfix
  fi
}

fault_hold() { put_entry clients 127.0.0.1 HOLD; }

fault_release() {
  stop_releaser
  drop_entry clients 127.0.0.1
  postsuper -c "$dir/postfix" -H ALL 2> /dev/null
  postqueue -c "$dir/postfix" -f
}

# Delay is hold with a background process that releases each message when its time has come.
fault_delay() {
  need "delay wants SECONDS" "${1:-}"
  case $1 in *[!0-9]*) die "delay wants whole seconds, not '$1'" ;; esac
  if [ "$1" = 0 ]; then
    rm -f "$dir/delay"
    fault_release
    return
  fi
  echo "$1" > "$dir/delay"
  fault_hold
  if ! releaser_runs; then
    setsid "$here/mailbed" releaser "$dir" < /dev/null >> "$dir/releaser.log" 2>&1 9>&- &
    echo $! > "$dir/releaser.pid"
  fi
}

run_releaser() {
  local seconds now file due
  while [ -s "$dir/queue/pid/master.pid" ] && [ -s "$dir/delay" ]; do
    seconds=$(< "$dir/delay")
    due=$(find "$dir/queue/hold" -type f -not -newermt "-$seconds seconds" -printf '%f\n')
    if [ -n "$due" ]; then
      postsuper -c "$dir/postfix" -H - <<< "$due"
      postqueue -c "$dir/postfix" -f
    fi
    sleep 0.1
  done
}

fault_expire_cert() {
  [ -e "$dir/ca/expired.pem" ] || make_certificate expired
  show_certificate expired
}

fault_renew_cert() { show_certificate good; }

# A reload only asks: processes that hold the certificate of before may still take connections. So both start anew.
show_certificate() {
  use_certificate "$1"
  stop_postfix
  stop_dovecot
  start_dovecot && start_postfix
}

fault_passwd() {
  need "passwd wants an ACCOUNT" "${1:-}"
  need "passwd wants a PASSWORD" "${2:-}"
  grep -q "^$1@" "$dir/users" || die "there is no account '$1'"
  case $2 in *[:\\\&/\ ]*) die "the password may not contain : \\ & / or blanks" ;; esac
  local stamp
  stamp=$(stat -c %Y "$dir/users")
  sed "s/^\($1@[^:]*\):{PLAIN}[^:]*:/\1:{PLAIN}$2:/" "$dir/users" > "$dir/users.new"
  chown dovecot "$dir/users.new"
  chmod 600 "$dir/users.new"
  # Dovecot looks at the whole second of the change and at the size: make sure that it sees one.
  touch -d "@$((stamp + 1))" "$dir/users.new"
  mv "$dir/users.new" "$dir/users"
  # And it looks once a second.
  sleep 1
}

# Started anew for the same reason.
fault_set() {
  [ $# -ge 1 ] || die "set wants NAME=VALUE"
  postconf -c "$dir/postfix" -e "$@"
  cool_down_postfix
  stop_postfix
  start_postfix
}
