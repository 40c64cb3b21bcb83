# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the cases that walk through the tables of steps. Source this file after lib.sh, pramlib.sh and rebootlib.sh.
# PRAM_TEST_STEP makes one step fail, or kills pramd in it. Only one outcome is right after each fault. It is derived
# from the flags that `pramd --list-steps` prints; no case knows the name of a step. Afterwards each process runs with
# its memory intact, and PRAM is empty.
# shellcheck disable=SC2034,SC2154

kernel=/boot/vmlinuz-everyday
dir=/var/lib/walk
fault_file=/run/walk-fault
pramd_ends=/run/walk-ends
faults=0

# The test program. It verifies in a loop its memory (private, shared, tmpfs files, a file in /tmp), a TCP connection to
# itself and a periodic timer, which has expired in most dumps. So nearly all steps of a dump have something to do. It
# increments a counter after each pass in which nothing has changed. walk.py DIRECTORY TMP.
program()
{
	mkdir -p $dir
	cat >$dir/walk.py <<-'END'
		import mmap, os, socket, sys, time, zlib
		run, tmp = sys.argv[1:]
		os.makedirs(run, exist_ok=True)
		os.makedirs(tmp, exist_ok=True)
		os.chdir(run)
		data = bytearray(os.urandom(1 << 20)) * 4
		shared = mmap.mmap(-1, 1 << 18)
		shared.write(os.urandom(1 << 18))
		files = {"small": 4096, "large": 1 << 17, f"{tmp}/disk": 1 << 15}
		for name, size in files.items():
		    with open(name, "wb") as f:
		        f.write(os.urandom(size))
		opened = open(f"{tmp}/disk", "rb")
		timer = os.timerfd_create(time.CLOCK_MONOTONIC)
		os.timerfd_settime(timer, initial=0.01, interval=0.01)
		listener = socket.create_server(("127.0.0.1", 0))
		client = socket.create_connection(listener.getsockname())
		server = listener.accept()[0]

		def sums():
		    s = [zlib.crc32(data), zlib.crc32(shared[:]), zlib.crc32(os.pread(opened.fileno(), 1 << 15, 0))]
		    for name in files:
		        with open(name, "rb") as f:
		            s.append(zlib.crc32(f.read()))
		    return s

		# They block if packets are lost, or if the timer has stopped.
		def talk(n):
		    client.sendall(n.to_bytes(8, "little"))
		    os.read(timer, 8)
		    return int.from_bytes(server.recv(8, socket.MSG_WAITALL), "little")

		first = sums()
		n = 0
		while True:
		    now = sums()
		    got = talk(n)
		    if now != first or got != n:
		        with open("broken", "w") as f:
		            f.write(f"{first} {now}, received {got} instead of {n}\n")
		        sys.exit(1)
		    n += 1
		    with open("new", "w") as f:
		        f.write(f"{n} {os.getpid()}\n")
		    os.rename("new", "count")
		    time.sleep(0.1)
	END
}

# pramd reads the fault once, when it starts. ExecStartPost= removes the file, so the fault is not set again when
# systemd restarts pramd. ExecStopPost= records how each instance has ended.
setup_faults()
{
	mkdir -p /run/systemd/system/pramd.service.d
	cat >/run/systemd/system/pramd.service.d/walk.conf <<-END
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Environment=PRAM_TEST=1
		EnvironmentFile=-$fault_file
		ExecStartPost=/bin/rm -f $fault_file
		ExecStopPost=/bin/sh -c 'echo "\$\$INVOCATION_ID \$\$EXIT_CODE \$\$EXIT_STATUS" >>$pramd_ends'
	END
	systemctl daemon-reload
	# an instance that its socket starts may remove the first fault, too
	systemctl restart pramd.service || fail "pramd does not start"
	check_tables
}

# A table that no case walks through would be missed.
check_tables()
{
	equal "the tables of pramd --list-steps" "$(pramd --list-steps | cut -d' ' -f1 | sort -u | tr '\n' ' ')" \
		"checkpoint kexec-reboot restore "
}

start_tree()
{
	rm -rf /run/walk-tree
	systemd-run --quiet --scope --unit=walk-tree setsid python3 $dir/walk.py /run/walk-tree /run/walk-tree/tmp \
		</dev/null >/dev/null 2>&1 &
	wait_for 60 test -s /run/walk-tree/count || fail "the tree does not start"
	tree=$(cut -d' ' -f2 /run/walk-tree/count)
}

# The standard output is a file that is open on a mount outside of the sandbox.
start_unit()
{
	cat >/etc/systemd/system/walk.service <<-END
		[Service]
		ExecStart=/usr/bin/python3 $dir/walk.py /run/walk /tmp/walk
		RuntimeDirectory=walk
		PrivateTmp=yes
		StandardOutput=append:$dir/output
		StandardError=journal
		Restart=no
	END
	systemctl daemon-reload
	check "walk.service starts" systemctl start walk.service
	wait_for 60 test -s /run/walk/count || fail "walk.service does not count"
	unit=$(prop MainPID walk.service)
}

# A service that CRIU cannot dump. With --allow-fresh it runs until the machine goes down.
start_fresh()
{
	cat >/etc/systemd/system/walk-fresh.service <<-END
		[Service]
		ExecStart=/usr/bin/python3 -c 'import socket, time; \
			s = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET); time.sleep(100000)'
	END
	systemctl daemon-reload
	check "walk-fresh.service starts" systemctl start walk-fresh.service
	wait_for 60 has_socket "$(prop MainPID walk-fresh.service)" || fail "walk-fresh.service has no socket"
	exits 0 pramctl enable --no-rehearsal walk-fresh.service
	note_lives walk-fresh.service
}

has_socket()
{
	find "/proc/$1/fd" -lname 'socket:*' | grep -q .
}

# --- what becomes of the processes ---

# Notes which processes run before the operation.
note_processes()
{
	[ -z "${tree:-}" ] || tree_was=$(starttime "$tree")
	[ -z "${unit:-}" ] || note_lives walk.service
	[ -z "${unit:-}" ] || unit_was=$(starttime "$unit")
}

# counts_on FILE FROM: succeeds if the count in FILE is greater than FROM.
counts_on()
{
	local n
	read -r n _ <"$1" && [ "$n" -gt "$2" ]
} 2>/dev/null

# runs WHAT DIR PID: checks that the process still exists under this PID and that its counter increases, which means
# that its memory is intact.
runs()
{
	local n pid
	[ ! -e "$2/broken" ] || fail "$fault: the memory of $1 has changed: $(cat "$2/broken")"
	alive "$3" || fail "$fault: $1 (PID $3) does not exist"
	read -r n pid <"$2/count"
	equal "$fault: the PID that $1 reports" "$pid" "$3"
	wait_for 60 counts_on "$2/count" "$n" ||
		fail "$fault: the counter of $1 does not increase after $n: $(grep . "$2/count" "$2/broken"; ss -tnp)"
}

tree_is_kept()
{
	pramctl list | grep -qE '(^| )tree +(ready|failed)'
}

tree_is_up()
{
	local text
	text=$(pramctl list) && ! grep -qE '(^| )tree +(ready|failed|busy|corrupt)' <<<"$text" && alive "$tree"
}

# tree_is untouched|restored|kept: checks that the tree has not noticed the fault; that pramd has ended and restored it;
# or that it is still in a checkpoint, from which it can be restored. pramd may have been killed, so this waits.
tree_is()
{
	if [ "$1" = kept ]; then
		wait_for 60 tree_is_kept || fail "$fault: the tree is not kept: $(pramctl list)"
		! alive "$tree" || fail "$fault: the tree runs although its checkpoint still exists"
		exits 0 pramctl restore tree
	fi
	wait_for 120 tree_is_up ||
		fail "$fault: the tree does not run: $(pramctl list; systemctl status pramd.service)"
	new_start "the tree" "$1" "$(starttime "$tree")" "$tree_was"
	runs "the tree" /run/walk-tree "$tree"
	exits 0 pramctl status
	says "Registered:    1"
}

# new_start WHAT untouched|restored|kept NOW BEFORE: compares start times.
new_start()
{
	if [ "$2" = untouched ]; then
		equal "$fault: the start time of $1, which was not to be ended," "$3" "$4"
	else
		[ "$3" != "$4" ] || fail "$fault: $1 was not ended, but must be $2"
	fi
}

unit_is_up()
{
	[ "$(prop ActiveState walk.service)/$(prop MainPID walk.service)" = "active/$unit" ]
}

unit_has_failed()
{
	[ "$(prop ActiveState walk.service)" = failed ]
}

# unit_is untouched|restored|kept: the same for walk.service. If its restore has failed, the unit is in the failed
# state, and systemctl start restores it.
unit_is()
{
	if [ "$1" = kept ]; then
		wait_for 120 unit_has_failed ||
			fail "$fault: walk.service has not failed: $(systemctl status walk.service)"
		! alive "$unit" || fail "$fault: walk.service runs although its restore has failed"
		exits 0 pramctl show walk.service
		systemctl start walk.service ||
			fail "$fault: walk.service does not start: $(systemctl status walk.service)"
	fi
	wait_for 180 unit_is_up ||
		fail "$fault: walk.service does not become active by itself: $(systemctl status walk.service)"
	[ "$1" != untouched ] || units_untouched "$fault" walk.service
	new_start walk.service "$1" "$(starttime "$unit")" "$unit_was"
	runs walk.service /run/walk "$unit"
	exits 0 pramctl list
	says walk.service
}

# --- what is left ---

nothing_in_pram()
{
	local text
	text=$(pramctl status 2>&1) && [[ $text == *" in 0 nodes, "*"Checkpoints:   0"* ]]
}

no_marks()
{
	[ -z "$(find /run/pram/units /run/pram/work -mindepth 1 -type f 2>/dev/null)" ]
}

no_dropins()
{
	[ -z "$(prop DropInPaths walk.service)$(prop DropInPaths walk-fresh.service)" ]
}

no_image()
{
	[ "$(cat /sys/kernel/kexec_loaded)" = 0 ] && [ ! -e /run/pram/kexec-image ]
}

no_tables()
{
	[ -z "$(nft list tables)" ]
}

nothing_aside()
{
	[ -z "$(find /var/lib/pram/tmp -mindepth 1 2>/dev/null)" ]
}

nothing_left()
{
	wait_for 60 nothing_in_pram || fail "$fault: left in PRAM: $(pramctl list; pramctl status)"
	wait_for 60 no_marks || fail "$fault: left in /run/pram: $(find /run/pram)"
	wait_for 60 no_dropins || fail "$fault: drop-ins are left: $(find /run/systemd -name '*walk*')"
	wait_for 60 no_image || fail "$fault: the kexec image is left"
	wait_for 60 no_tables || fail "$fault: packets are still dropped: $(nft list ruleset)"
	wait_for 60 nothing_aside || fail "$fault: files are left aside: $(find /var/lib/pram/tmp)"
}

# --- faults ---

# with_fault STEP WHEN KIND: restarts pramd with this fault.
with_fault()
{
	fault=$1:$2:$3 failure="a test makes it fail $2 step ${1#*:}"
	echo "$fault"
	echo "PRAM_TEST_STEP=$fault" >$fault_file
	systemctl restart pramd.service || fail "$fault: pramd does not start"
	pramd=$(prop MainPID pramd.service)
	invocation=$(prop InvocationID pramd.service)
	grep -qz "^PRAM_TEST_STEP=$fault$" "/proc/$pramd/environ" || fail "$fault: pramd has no fault"
	[ ! -e $fault_file ] || fail "$fault: the fault is still set"
	note_processes
}

pramd_is_back()
{
	[ "$(prop ActiveState pramd.service)" = active ] && [ "$(prop MainPID pramd.service)" != "$pramd" ] &&
		pramctl status >/dev/null 2>&1
}

no_job_runs()
{
	! pramctl list | grep -q busy && ! pgrep -x criu >/dev/null
}

pramd_was_killed()
{
	grep -qx "$invocation killed KILL" $pramd_ends
}

# run_with_fault KIND STATUS COMMAND...: runs COMMAND. Its exit status must be STATUS, or that of a lost pramd if pramd is
# killed. Checks that the fault was triggered, and waits until pramd has finished handling it. The output is in $out.
run_with_fault()
{
	local kind=$1 status=$2
	shift 2
	case $kind in
	fail)
		exits "$status" "$@"
		wait_for 20 in_log "$failure" || fail "$fault: the fault was not triggered: $out"
		equal "$fault: the PID of pramd" "$(prop MainPID pramd.service)" "$pramd"
		;;
	stop)
		exits 5 "$@"
		wait_for 60 pramd_was_killed || fail "$fault: pramd was not killed by SIGKILL: $(cat $pramd_ends)"
		wait_for 60 pramd_is_back || fail "$fault: pramd does not come back: $out"
		wait_for 120 no_job_runs || fail "$fault: a checkpoint stays busy: $(pramctl list)"
		;;
	esac
}

in_log()
{
	journalctl --sync
	journalctl -q -b -o cat "_PID=$pramd" | grep -qF "$1"
}

# setup_unit_walk: a service that each kexec-reboot keeps, and that is cancelled each time.
setup_unit_walk()
{
	program
	setup_faults
	start_unit
	refuse_jump
	exits 0 pramctl enable walk.service
}

# --- the walk ---

# past FLAG: succeeds if the fault comes after the step with this flag.
past()
{
	[[ " $passed " == *" $1 "* ]]
}

# Succeeds if the fault comes after a step with the flag $1, where all is $2; otherwise all is $3.
outcome()
{
	if past "$1"; then echo "$2"; else echo "$3"; fi
}

# steps_of TABLE: prints one line for each step, with the name and the flags.
steps_of()
{
	pramd --list-steps | sed -n "s/^$1 //p"
}

# The operation reaches all steps. A case for which this is not true has a function of its own.
reaches()
{
	true
}

# walk TABLE OPERATION: sets each fault in each step of TABLE in turn and calls OPERATION KIND, which checks the result.
# Prints the steps at the end. $beyond is the first step that `reaches` says the operation does not reach. With
# `test/vm/run --set WALK=REGEX` only faults TABLE:STEP:WHEN:KIND that match are set.
walk()
{
	local table=$1 operation=$2 step flags when kind
	local -a list
	walked=0 passed='' beyond=''
	# The list is read from descriptor 9 because commands in the loop read standard input.
	while read -r step flags <&9; do
		list+=("$table $step${flags:+ ($flags)}")
		for when in before after; do
			[ $when = before ] || passed="$passed $flags"
			if ! reaches; then
				beyond=${beyond:-$step}
				list[-1]+="; $when: not reached by $operation"
				continue
			fi
			if [[ $when/$flags = after/*final* ]]; then
				list[-1]+="; $when: not tested, because the machine reboots in this step"
				continue
			fi
			for kind in fail stop; do
				[[ $table:$step:$when:$kind =~ ${WALK:-} ]] || continue
				with_fault "$table:$step" $when $kind
				$operation $kind
				walked=$((walked + 1)) faults=$((faults + 1))
			done
		done
		say "$operation: ${list[-1]}"
	done 9< <(steps_of "$table")
	[ $walked -gt 0 ] || [ -n "${WALK:-}" ] || fail "pramd --list-steps has no table $table"
	say "$operation: $walked faults${WALK:+, of all only those that match $WALK}, in the steps"
	printf '%s\n' "${list[@]}"
}

# Ends a case: a WALK that matches none of its faults has tested nothing.
walk_ends()
{
	[ "$faults" -gt 0 ] || fail "no fault of this case matches WALK=${WALK:-}"
}
