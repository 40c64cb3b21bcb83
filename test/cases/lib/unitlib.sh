# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases with services of several types. Source this file after lib.sh and pramlib.sh. Each service counts in two
# threads and with a timer, and writes the counts to /run/NAME/count.

good=(u-notify.service u-fork.service u-exec@a.service)
all=("${good[@]}" u-wait.service u-fresh.service)
dir=/var/lib/u

# Writes the program that all services run.
program()
{
	cat >$dir/service.py <<-'END'
		import ctypes, mmap, os, select, signal, socket, sys, threading, time
		kind, run = sys.argv[1], sys.argv[2]
		held = open(sys.argv[3]) if len(sys.argv) > 3 else None
		counts = {"thread": 0, "event": 0, "timer": 0, "child": 0, "back": 0, "silent": 0, "mdwe": 0}

		# Datagram sockets to systemd and the journal. They are connected once and then reused.
		def connected(path):
		    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		    s.connect(path)
		    return s

		if kind == "notify":
		    manager = connected(os.environ["NOTIFY_SOCKET"])
		    syslog = connected("/dev/log")

		def notify(text):
		    manager.send(text.encode())

		def sleeper():
		    while True:
		        time.sleep(0.1)
		        counts["thread"] += 1

		def waiter():
		    e = threading.Event()
		    while True:
		        e.wait(0.1)
		        counts["event"] += 1

		if kind == "fork":
		    if os.fork():
		        time.sleep(0.2)
		        os._exit(0)
		    os.setsid()
		    with open(f"{run}.pid", "w") as f:
		        f.write(f"{os.getpid()}\n")
		if kind == "bad":
		    # CRIU does not support block devices
		    disk = open(next(d for d in ("/dev/vda", "/dev/nvme0n1") if os.path.exists(d)), "rb")

		# A child at the other end of a socket pair counts in shared memory.
		shared = mmap.mmap(-1, 4096)
		ours, theirs = socket.socketpair()
		if kind in ("fork", "exec") and not os.fork():
		    ours.close()
		    while theirs.recv(1):
		        n = int.from_bytes(shared[:8], "little") + 1
		        shared[:8] = n.to_bytes(8, "little")
		        theirs.send(b"y")
		    os._exit(0)
		theirs.close()

		# Descriptors of many kinds. Each is used in every pass and must report its event. No client
		# connects, because CRIU refuses connections that are not accepted yet.
		class Fds:
		    def __init__(self):
		        libc = ctypes.CDLL(None)
		        mask = ctypes.create_string_buffer(128)
		        mask[(signal.SIGUSR1 - 1) // 8] = 1 << (signal.SIGUSR1 - 1) % 8
		        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
		        signals = libc.signalfd(-1, mask, os.O_NONBLOCK)
		        renames = libc.inotify_init1(os.O_NONBLOCK)
		        libc.inotify_add_watch(renames, run.encode(), 0x80)	# IN_MOVED_TO
		        self.event = os.eventfd(0, os.EFD_NONBLOCK)
		        self.pipe = os.pipe()
		        self.fds = [signals, renames, self.event, self.pipe[0]]
		        self.poll = select.epoll()
		        for fd in self.fds:
		            self.poll.register(fd, select.EPOLLIN)
		        self.tcp = socket.create_server(("127.0.0.1", 0))
		        self.unix = socket.socket(socket.AF_UNIX)
		        self.unix.bind(f"\0{run}")
		        self.unix.listen()

		    # Returns False if a descriptor reports no event. The main loop does the rename.
		    def use(self):
		        os.kill(os.getpid(), signal.SIGUSR1)
		        os.eventfd_write(self.event, 1)
		        os.write(self.pipe[1], b"x")
		        ready = {fd for fd, _ in self.poll.poll(5)}
		        try:
		            for fd in ready:
		                os.read(fd, 4096)
		        except BlockingIOError:	# dumped between poll and read: CRIU drops pending inotify events
		            return False
		        return len(ready) == len(self.fds)

		# Measures, in ms, how far timers with a distant expiry have drifted from CLOCK_MONOTONIC, and
		# the largest step of each clock between two calls of look().
		class Clocks:
		    FAR = 100000
		    clocks = time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME, time.CLOCK_REALTIME
		    def __init__(self):
		        self.libc = ctypes.CDLL(None)
		        self.timerfd = os.timerfd_create(time.CLOCK_MONOTONIC)
		        os.timerfd_settime(self.timerfd, initial=self.FAR)
		        self.day = os.timerfd_create(time.CLOCK_REALTIME)
		        os.timerfd_settime(self.day, flags=os.TFD_TIMER_ABSTIME, initial=time.time() + self.FAR)
		        signal.setitimer(signal.ITIMER_REAL, self.FAR)
		        self.posix = ctypes.c_void_p()
		        self.libc.timer_create(time.CLOCK_MONOTONIC, (ctypes.c_int * 16)(0, 0, 0, 1),
		                               ctypes.byref(self.posix))	# SIGEV_NONE
		        self.libc.timer_settime(self.posix, 0, (ctypes.c_long * 4)(0, 0, self.FAR, 0), None)
		        self.end = time.monotonic() + self.FAR
		        self.last = [time.clock_gettime(c) for c in self.clocks]
		        self.steps = [0, 0, 0]

		    def look(self):
		        now = [time.clock_gettime(c) for c in self.clocks]
		        self.steps = [max(s, b - a) for s, a, b in zip(self.steps, self.last, now)]
		        self.last = now
		        spec = (ctypes.c_long * 4)()
		        self.libc.timer_gettime(self.posix, spec)
		        left = (os.timerfd_gettime(self.timerfd)[0], os.timerfd_gettime(self.day)[0],
		                signal.getitimer(signal.ITIMER_REAL)[0], spec[2] + spec[3] / 1e9)
		        drifts = [abs(now[0] + l - self.end) for l in left]
		        return " ".join(str(int(x * 1000)) for x in self.steps + drifts)

		fds = Fds()
		clocks = Clocks()
		for f in sleeper, waiter:
		    threading.Thread(target=f, daemon=True).start()
		timer = os.timerfd_create(time.CLOCK_MONOTONIC)
		os.timerfd_settime(timer, initial=0.2, interval=0.2)
		poll = select.epoll()
		poll.register(timer, select.EPOLLIN)
		if kind == "notify":
		    notify("READY=1")
		data = bytearray(os.urandom(1 << 20)) * 4
		if kind == "exec":	# executable memory, with PrivateDevices=: mov $7, %eax; ret
		    text = mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
		    text.write(b"\xb8\x07\0\0\0\xc3" * (1 << 17))
		    code = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(text)))
		last = time.monotonic()
		while True:
		    poll.poll()
		    counts["timer"] += int.from_bytes(os.read(timer, 8), "little")
		    now = time.monotonic()
		    counts["back"] += now < last
		    last = now
		    if kind == "exec":
		        assert code() == 7
		    if kind in ("fork", "exec"):
		        ours.send(b"x")
		        ours.recv(1)
		        counts["child"] = int.from_bytes(shared[:8], "little")
		    if kind == "notify":
		        notify(f"WATCHDOG=1\nSTATUS=has counted {counts['timer']}")
		        syslog.send(f"<14>u-syslog: has counted {counts['timer']}".encode())
		    with open(f"{run}/new", "w") as f:
		        f.write(clocks.look() + "\n")
		    os.rename(f"{run}/new", f"{run}/clocks")
		    with open(f"{run}/new", "w") as f:
		        f.write(" ".join(str(v) for v in counts.values()) + "\n")
		    os.rename(f"{run}/new", f"{run}/count")
		    counts["silent"] += not fds.use()
		    counts["mdwe"] = ctypes.CDLL(None).prctl(66, 0, 0, 0, 0)	# PR_GET_MDWE
		    print(f"{kind} counts {counts['timer']}", flush=True)
	END
}

# unit NAME KIND RUN LINES...: writes a unit file with LINES in [Service]. RUN is the runtime directory.
unit()
{
	local name=$1 kind=$2 run=$3
	shift 3
	{
		echo "[Unit]"
		case $kind in
		exec) printf 'Requires=u-notify.service\nAfter=u-notify.service\n' ;;
		fork) echo "After=u-exec@a.service" ;;
		needs) printf 'Requires=u-wait.service\nAfter=u-wait.service\n' ;;
		esac
		echo "[Service]"
		echo "RuntimeDirectory=${run#/run/}"
		printf '%s\n' "$@"
		echo "[Install]"
		echo "WantedBy=multi-user.target"
	} >"/etc/systemd/system/$name.service"
}

make_units()
{
	local py="ExecStart=/usr/bin/python3 $dir/service.py"
	unit u-notify notify /run/u-notify "$py notify /run/u-notify" Type=notify WatchdogSec=20 \
		Restart=always PrivateTmp=yes ProtectSystem=strict PrivateDevices=yes \
		MemoryDenyWriteExecute=yes Slice=u-web.slice MemoryMax=300M TasksMax=40
	unit u-fork fork /run/u-fork "$py fork /run/u-fork" Type=forking PIDFile=/run/u-fork.pid \
		Restart=on-failure Nice=7 "ExecStopPost=/bin/touch $dir/stop-post" ProtectHome=yes Slice=u-web.slice
	unit u-exec@ exec /run/u-exec-%i "$py exec /run/u-exec-%i" Type=exec DynamicUser=yes PrivateDevices=yes \
		Restart=always RuntimeDirectory=u-exec-%i ProtectProc=invisible
	unit u-wait simple /run/u-wait "$py simple /run/u-wait $dir/wait.data" Restart=always
	unit u-needs needs /run/u-needs "$py simple /run/u-needs" Type=simple
	unit u-fresh simple /run/u-fresh "$py simple /run/u-fresh $dir/fresh.data" Restart=always
	unit u-bad bad /run/u-bad "$py bad /run/u-bad" Restart=always
	systemctl daemon-reload
}

run_of()
{
	local run=/run/${1%.service}
	echo "${run/@/-}"
}

counter()
{
	local n
	read -r -a n <"$(run_of "$1")/count" && echo "${n[$2]}"
}

# nice_of PID: prints the nice values of the threads of the process, each value once.
nice_of()
{
	awk '{ print $19 }' "/proc/$1"/task/*/stat | sort -u
}

# runs_on UNIT: checks that the unit has its old main PID, that systemd treats it as an ordinary service, and that all
# counters continue from the values that `remember` has stored.
runs_on()
{
	local u=$1 pid i was now
	pid=$(kept "$u.pid")
	equal "$u's state" "$(prop ActiveState "$u")/$(prop SubState "$u")" active/running
	equal "$u's main pid" "$(prop MainPID "$u")" "$pid"
	equal "$u's control group" "$(cut -d: -f3 "/proc/$pid/cgroup")" "$(prop ControlGroup "$u")"
	equal "$u's drop-ins" "$(prop DropInPaths "$u")" ""
	equal "$u's restarts" "$(prop NRestarts "$u")" 0
	equal "$u's nice value" "$(nice_of "$pid")" "$([ "$u" = u-fork.service ] && echo 7 || echo 0)"
	wait_for 60 test -s "$(run_of "$u")/count" || fail "$u does not count"
	read -r -a was <"$CASE_DIR/$u.count"
	now=("${was[@]}")
	wait_for 30 counts_on "$u" ||
		fail "$u: the counters do not increase: $(cat "$(run_of "$u")/count"), stored were ${was[*]}"
	for i in 0 1 2; do
		[ "$(counter "$u" $i)" -gt "${now[$i]}" ] || fail "$u: counter $i started again from zero"
	done
	equal "number of times that $u saw CLOCK_MONOTONIC go back" "$(counter "$u" 4)" 0
	[ -n "${now[5]:-}" ] || return 0
	# CRIU loses an inotify event that was not read yet: one silent pass is allowed.
	[ "$(counter "$u" 5)" -le $((was[5] + 1)) ] ||
		fail "$u: a descriptor reports no events: $(cat "$(run_of "$u")/count"), stored were ${was[*]}"
	[ "$u" != u-notify.service ] || equal "$u's MDWE" "$(counter "$u" 6)" 1
	ss -Hlt "src 127.0.0.1" -p | grep -q "pid=$pid," || fail "$u does not listen: $(ss -Hltp)"
	ss -Hlx | grep -qF "@$(run_of "$u") " || fail "$u's unix socket does not listen: $(ss -Hlx)"
}

# in_order: checks that each service was started after the services that it is ordered after.
in_order()
{
	local a b
	while read -r a b; do
		[ "$(prop ActiveEnterTimestampMonotonic "$a")" -le "$(prop InactiveExitTimestampMonotonic "$b")" ] ||
			fail "$b was started before $a was active"
	done <<-'END'
		u-notify.service u-exec@a.service
		u-exec@a.service u-fork.service
	END
}

# Checks that the sockets of u-notify to systemd and the journal still work, and that its resource limits apply.
notify_is_heard()
{
	local seen group
	seen=$(prop WatchdogTimestampMonotonic u-notify)
	wait_for 20 newer "$seen" ||
		fail "systemd receives no watchdog message: $(prop WatchdogTimestampMonotonic u-notify)"
	prop StatusText u-notify | grep -q "has counted" ||
		fail "systemd receives no status text: $(prop StatusText u-notify)"
	journal_says counted -u u-notify "_PID=$(prop MainPID u-notify)" SYSLOG_IDENTIFIER=u-syslog
	group=/sys/fs/cgroup$(prop ControlGroup u-notify)
	equal "MemoryMax=" "$(cat "$group/memory.max")" $((300 << 20))
	equal "TasksMax=" "$(cat "$group/pids.max")" 40
	[ "$(awk '/^anon / { print $2 }' "$group/memory.stat")" -gt $((6 << 20)) ] ||
		fail "the memory of u-notify is not charged to its control group: $(grep '^anon ' "$group/memory.stat")"
}

newer()
{
	[ "$(prop WatchdogTimestampMonotonic u-notify)" -gt "$1" ]
}

# clocks_went_on UNIT: checks that only CLOCK_REALTIME shows the whole outage. The other clocks and all timers,
# including those set to a time of day, may show only the time of the dump and of the restore.
clocks_went_on()
{
	local v name i
	read -r -a v <"$(run_of "$1")/clocks"
	name=(CLOCK_MONOTONIC CLOCK_BOOTTIME CLOCK_REALTIME timerfd "timerfd of CLOCK_REALTIME" setitimer timer_create)
	say "$1: ${v[*]} ms"
	[ "${v[2]}" -gt 5000 ] || fail "$1: CLOCK_REALTIME does not show the outage: ${v[*]}"
	for i in 0 1 3 4 5 6; do
		[ "${v[$i]}" -lt $((v[2] / 2)) ] || fail "$1: ${name[$i]} is wrong by ${v[$i]} ms: ${v[*]}"
	done
}

# Use this after a kexec. Checks that the services in the array good continue, were started in order, and have correct
# clocks.
good_went_on()
{
	local u
	in_order
	for u in "${good[@]}"; do
		runs_on "$u"
		clocks_went_on "$u"
	done
	notify_is_heard
}

# counts_on UNIT: succeeds if its two threads and its timer count within 1.5 s.
counts_on()
{
	local a b i
	read -r -a a <"$(run_of "$1")/count"
	sleep 1.5
	read -r -a b <"$(run_of "$1")/count"
	for i in 0 1 2; do
		[ "${b[$i]}" -gt "${a[$i]}" ] || return 1
	done
}

remember()
{
	local u
	for u in "$@"; do
		keep "$u.pid" "$(prop MainPID "$u")"
		cat "$(run_of "$u")/count" >"$CASE_DIR/$u.count"
	done
}

no_dropins()
{
	local u
	for u in "${all[@]}"; do
		[ -z "$(prop DropInPaths "$u")" ] || return 1
	done
}

# settle UNIT...: waits until each unit is active or failed. The case checks which of the two it is.
settle()
{
	local u end=$((SECONDS + 200))
	for u in "$@"; do
		until prop ActiveState "$u" | grep -qxE 'active|failed'; do
			[ $SECONDS -lt $end ] || fail "$u becomes neither active nor failed: $(systemctl status "$u")"
			sleep 0.5
		done
	done
}

in_journal()
{
	journalctl --sync
	out=$(journalctl -b -o cat "MESSAGE_ID=$1" "PRAM_CHECKPOINT=$2")
	[[ $out == *"$3"* ]]
}

# journal_has ID NAME TEXT: checks that the journal has this message. It retries, because readers skip a journal file
# while journald extends it.
journal_has()
{
	wait_for 20 in_journal "$@" || says "$3"
}

# start_units UNIT...: writes all unit files and starts the given units.
start_units()
{
	local u
	mkdir -p $dir
	chmod 755 $dir
	echo data | tee $dir/wait.data >$dir/fresh.data
	program
	make_units
	for u in "$@"; do
		systemctl start "$u" || fail "$u does not start: $(systemctl status "$u")"
	done
	for u in "$@"; do
		wait_for 60 test -s "$(run_of "$u")/count" || fail "$u does not count"
	done
}

# Prints the journal of pramd and systemd if the case fails.
explain()
{
	local status=$?
	case $status in
	0 | 12) ;;
	*) journalctl -b --no-pager -o cat -n 60 _PID=1 + _COMM=pramd + _COMM=pram-unit-resto ;;
	esac
}

trap explain EXIT
