# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the cases that walk through the tables of steps. Source this file after lib.sh, pramlib.sh and rebootlib.sh.
# PRAM_TEST_STEP makes one step fail, or kills pramd in it. Afterwards each process must run with its memory intact, and
# PRAM must be empty.
# shellcheck disable=SC2034,SC2154

kernel=/boot/vmlinuz-everyday
dir=/var/lib/walk
fault_file=/run/walk-fault

# The test program. It verifies its memory in a loop: private memory, shared memory and tmpfs files. It increments a
# counter after each pass in which nothing has changed.
program()
{
	mkdir -p $dir
	cat >$dir/walk.py <<-'END'
		import mmap, os, sys, time, zlib
		run = sys.argv[1]
		os.makedirs(run, exist_ok=True)
		os.chdir(run)
		data = bytearray(os.urandom(1 << 20)) * 4
		shared = mmap.mmap(-1, 1 << 18)
		shared.write(os.urandom(1 << 18))
		for name, size in ("small", 4096), ("large", 1 << 17):
		    with open(name, "wb") as f:
		        f.write(os.urandom(size))

		def sums():
		    s = [zlib.crc32(data), zlib.crc32(shared[:])]
		    for name in "small", "large":
		        with open(name, "rb") as f:
		            s.append(zlib.crc32(f.read()))
		    return s

		first = sums()
		n = 0
		while True:
		    now = sums()
		    if now != first:
		        with open("broken", "w") as f:
		            f.write(f"{first} {now}\n")
		        sys.exit(1)
		    n += 1
		    with open("new", "w") as f:
		        f.write(f"{n} {os.getpid()}\n")
		    os.rename("new", "count")
		    time.sleep(0.1)
	END
}

# pramd reads the fault once, when it starts. ExecStartPost= removes the file, so the fault is not set again when
# systemd restarts pramd.
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
	END
	systemctl daemon-reload
	# an instance that its socket starts may remove the first fault, too
	systemctl restart pramd.service || fail "pramd does not start"
}

start_tree()
{
	rm -rf /run/walk-tree
	systemd-run --quiet --scope --unit=walk-tree setsid python3 $dir/walk.py /run/walk-tree \
		</dev/null >/dev/null 2>&1 &
	wait_for 60 test -s /run/walk-tree/count || fail "the tree does not start"
	tree=$(cut -d' ' -f2 /run/walk-tree/count)
}

start_unit()
{
	cat >/etc/systemd/system/walk.service <<-END
		[Service]
		ExecStart=/usr/bin/python3 $dir/walk.py /run/walk
		RuntimeDirectory=walk
		Restart=no
	END
	systemctl daemon-reload
	check "walk.service starts" systemctl start walk.service
	wait_for 60 test -s /run/walk/count || fail "walk.service does not count"
	unit=$(prop MainPID walk.service)
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
		fail "$fault: the counter of $1 does not increase after $n: $(cat "$2"/*)"
}

tree_runs()
{
	runs "the tree" /run/walk-tree "$tree"
}

unit_is_up()
{
	[ "$(prop ActiveState walk.service)/$(prop MainPID walk.service)" = "active/$unit" ]
}

# Waits, because pramd may still have to notify systemd. A service that could not be restored is in the failed state
# and is restored by systemctl start.
unit_runs()
{
	local end=$((SECONDS + 120))
	until unit_is_up; do
		[ $SECONDS -lt $end ] ||
			fail "$fault: walk.service does not become active: $(systemctl status walk.service)"
		[ "$(prop ActiveState walk.service)" != failed ] || bring_unit_back
		sleep 0.2
	done
	runs walk.service /run/walk "$unit"
}

bring_unit_back()
{
	exits 0 pramctl show walk.service
	systemctl start walk.service || fail "$fault: walk.service does not start: $(systemctl status walk.service)"
	restarted="$restarted $fault"
}

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
	[ -z "$(prop DropInPaths walk.service)" ]
}

no_image()
{
	[ "$(cat /sys/kernel/kexec_loaded)" = 0 ] && [ ! -e /run/pram/kexec-image ]
}

nothing_left()
{
	wait_for 60 nothing_in_pram || fail "$fault: left in PRAM: $(pramctl list; pramctl status)"
	wait_for 60 no_marks || fail "$fault: left in /run/pram: $(find /run/pram)"
	wait_for 60 no_dropins || fail "$fault: drop-ins are left: $(prop DropInPaths walk.service)"
	wait_for 60 no_image || fail "$fault: the kexec image is left"
}

# with_fault STEP WHEN KIND: restarts pramd with this fault.
with_fault()
{
	fault=$1:$2:$3
	echo "PRAM_TEST_STEP=$fault" >$fault_file
	systemctl restart pramd.service || fail "$fault: pramd does not start"
	pramd=$(prop MainPID pramd.service)
	grep -qz "^PRAM_TEST_STEP=$fault$" "/proc/$pramd/environ" || fail "$fault: pramd has no fault"
	[ ! -e $fault_file ] || fail "$fault: the fault is still set"
}

pramd_is_back()
{
	[ "$(prop ActiveState pramd.service)" = active ] && [ "$(prop MainPID pramd.service)" != "$pramd" ] &&
		pramctl status >/dev/null 2>&1
}

nobody_works()
{
	! pramctl list | grep -q busy && ! pgrep -x criu >/dev/null
}

# struck KIND STATUS: checks that the fault was triggered, and waits until pramd has finished handling it.
struck()
{
	case $1 in
	fail)
		# After the point of no return, the fault is only reported in the log.
		[[ $out == *"a test makes it fail"* ]] || in_log "a test makes it fail" ||
			fail "$fault: the fault was not triggered: exit status $2: $out"
		;;
	stop)
		wait_for 60 pramd_is_back || fail "$fault: pramd was not killed: exit status $2: $out"
		wait_for 120 nobody_works || fail "$fault: a checkpoint stays busy: $(pramctl list)"
		;;
	esac
}

in_log()
{
	journalctl --sync
	journalctl -q -b -o cat "_PID=$pramd" | grep -qF "$1"
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

# Waits until the tree runs. pramd must restore it by itself, also if it was killed meanwhile.
tree_comes_back()
{
	wait_for 120 tree_is_up ||
		fail "$fault: pramd does not restore the tree by itself: $(pramctl list; systemctl status pramd.service)"
}

# Checks that the next kexec-reboot would keep the tree.
registered()
{
	exits 0 pramctl status
	says "Registered:    1"
}

# If the tree is still kept in a checkpoint, restores it.
bring_tree_back()
{
	if tree_is_kept; then
		! alive "$tree" || fail "$fault: the tree runs although its checkpoint still exists"
		exits 0 pramctl restore tree
		restarted="$restarted $fault"
	fi
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

# unit_reboot KIND: a reboot that always fails, either because of the fault in the dump, or because systemd refuses
# the kexec. In the latter case the fault is in the restore that follows.
unit_reboot()
{
	local status=0
	out=$(pramctl kexec-reboot --kernel $kernel 2>&1) || status=$?
	[ $status != 0 ] || fail "$fault: pramctl reports no error: $out"
	struck "$1" $status
	unit_runs
	nothing_left
}

# steps_of TABLE: prints one line for each step, with the name and the flags.
steps_of()
{
	pramd --list-steps | sed -n "s/^$1 //p"
}

# walk TABLE OPERATION: sets each fault in each step of TABLE in turn and calls OPERATION KIND. OPERATION checks
# the result itself.
walk()
{
	local table=$1 operation=$2 step flags when kind
	walked=0 restarted=
	# The list is read from descriptor 9 because commands in the loop read standard input.
	while read -r step flags <&9; do
		for when in before after; do
			if [[ $when/$flags = after/*final* ]]; then
				say "$table:$step:$when: not tested, because the machine reboots in this step"
				continue
			fi
			for kind in fail stop; do
				with_fault "$table:$step" $when $kind
				$operation $kind
				walked=$((walked + 1))
			done
		done
		say "$operation: $table:$step"
	done 9< <(steps_of "$table")
	[ $walked -gt 0 ] || fail "pramd --list-steps has no table $table"
	say "$operation: $walked faults; restored by hand after:${restarted:- none}"
}
