# Waiting for servers and ending them, so that nothing is left behind. Part of mailbed.

# await_greeting PORT TEXT: true once the server at PORT greets with TEXT.
await_greeting() {
  local tries line
  for tries in {1..100}; do
    line=""
    if { exec 8<> "/dev/tcp/127.0.0.1/$1"; } 2> /dev/null; then
      read -r -t 5 -u 8 line || true
      exec 8>&-
      case $line in "$2"*) return 0 ;; esac
    fi
    sleep 0.05
  done
  echo "mailbed: port $1 does not greet with '$2' (last: '$line')" >&2
  return 1
}

# The processes whose working directory is a directory or lies below it. Every daemon of both servers has one there.
# -ef, because a process outside our chroot can have a directory of the same name.
processes_in() {
  local process path
  { find /proc/[0-9]*/cwd -maxdepth 0 \( -lname "$1" -o -lname "$1/*" \) -printf '%h %l\n' 2> /dev/null || true; } |
    while read -r process path; do
      if [ "$process/cwd" -ef "$path" ]; then echo "${process#/proc/}"; fi
    done
}

# Not 'kill -0': a process that ended but that nobody has waited for yet still has a number, and no directory.
lives() { [ -n "$(readlink "/proc/$1/cwd" 2> /dev/null)" ]; }

# runs FILE DIRECTORY: the server whose master process has its pid in FILE and works below DIRECTORY.
runs() {
  local pid=""
  [ ! -s "$1" ] || pid=$(tr -dc 0-9 < "$1")
  [ -n "$pid" ] && [ "/proc/$pid/cwd" -ef "$2" ]
}

# Ends the server whose master process has its pid in FILE, then whatever still works below DIRECTORY.
end_server() {
  local pid="" tries
  [ ! -s "$1" ] || pid=$(tr -dc 0-9 < "$1")
  # A pid file can outlive its process: only a master that works for this bed is ours to end.
  if [ -n "$pid" ] && [ "/proc/$pid/cwd" -ef "$2" ]; then
    kill -TERM "$pid" 2> /dev/null || true
    for tries in {1..100}; do
      lives "$pid" || break
      sleep 0.02
    done
  fi
  end_processes_in "$2"
}

end_processes_in() {
  local tries pids signal
  for tries in {1..100}; do
    pids=$(processes_in "$1")
    [ -n "$pids" ] || return 0
    # Most end by themselves when their master has gone.
    case $tries in
      20) signal=TERM ;;
      60) signal=KILL ;;
      *) signal=0 ;;
    esac
    # shellcheck disable=SC2086
    kill -$signal $pids 2> /dev/null || true
    sleep 0.03
  done
  # shellcheck disable=SC2086
  die "cannot end the processes" $pids "in $1"
}

end_all_processes() {
  end_processes_in "$dir/queue"
  end_processes_in "$dir/run"
  end_processes_in "$dir/mail"
  end_processes_in "$dir/guests"
  end_processes_in "$dir/opendkim"
}

# Removes the bed when the process it was made for has ended, however it ended.
start_guardian() {
  setsid bash -c 'tail --pid="$1" -f /dev/null; exec "$2" remove "$3"' guardian "$1" "$here/mailbed" "$dir" \
    < /dev/null > /dev/null 2>&1 9>&- &
  echo $! > "$dir/guardian.pid"
}

stop_guardian() {
  local pid
  [ -s "$dir/guardian.pid" ] || return 0
  pid=$(< "$dir/guardian.pid")
  rm -f "$dir/guardian.pid"
  # This may be the guardian itself at its last duty.
  [ "$pid" = $$ ] || kill -- "-$pid" 2> /dev/null || true
}

releaser_runs() { [ -s "$dir/releaser.pid" ] && lives "$(< "$dir/releaser.pid")"; }

stop_releaser() {
  rm -f "$dir/delay"
  if releaser_runs; then
    kill "$(< "$dir/releaser.pid")" 2> /dev/null || true
  fi
  rm -f "$dir/releaser.pid"
}
