# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases with a kexec-reboot that ends in the same kernel. Source this file after lib.sh and pramlib.sh.

conf=/etc/pram/pramd.conf
hold=/var/lib/hold

# --- no kexec ---

# Makes systemd refuse the kexec. pramd has ended all processes by then, so it restores them.
refuse_jump()
{
	check "mask kexec.target" systemctl mask --runtime --quiet kexec.target
}

# no_jump SECONDS: makes systemd accept the kexec and then do nothing, for which pramd waits SECONDS. pramd must read
# its settings afterwards.
no_jump()
{
	mkdir -p "${conf%/*}"
	printf '[Unit]\nDescription=nothing\n' >/run/systemd/system/kexec.target
	echo "JumpTimeoutSec=$1" >>$conf
	check "systemd reads kexec.target" systemctl daemon-reload
}

# Undoes refuse_jump and no_jump.
allow_jump()
{
	rm -f /run/systemd/system/kexec.target
	[ ! -e $conf ] || sed -i '/^JumpTimeoutSec=/d' $conf
	check "systemd reads kexec.target" systemctl daemon-reload
}

# refused_jump TEXT: a kexec-reboot that systemd refuses. Checks that pramctl says so, and TEXT, which is what became of
# the processes. The output of pramctl is in $out.
refused_jump()
{
	refuse_jump
	exits 1 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	allow_jump
	# shellcheck disable=SC2154
	say "$out"
	says "systemctl kexec failed"
	says "$1"
}

# --- a fault in a step ---

# with_fault TABLE:STEP:WHEN:KIND: restarts pramd with this fault, see daemon/core/step_fault.h. Only this pramd has it,
# not the next one. Sets $pramd to its PID and $invocation.
with_fault()
{
	local dropin=/run/systemd/system/pramd.service.d/fault.conf
	mkdir -p "${dropin%/*}"
	printf '[Service]\nEnvironment=PRAM_TEST=1 PRAM_TEST_STEP=%s\n' "$1" >$dropin
	check "systemd reads the drop-in of pramd" systemctl daemon-reload
	systemctl reset-failed pramd.service 2>/dev/null
	check "pramd starts" systemctl restart pramd.service
	pramd=$(prop MainPID pramd.service)
	invocation=$(prop InvocationID pramd.service)
	grep -qz "^PRAM_TEST_STEP=$1$" "/proc/$pramd/environ" || fail "pramd has no fault"
	rm $dropin
	check "systemd forgets the drop-in of pramd" systemctl daemon-reload
}

# Checks that the fault has killed the pramd of with_fault.
pramd_has_died()
{
	wait_for 60 killed_says_systemd || fail "pramd was not killed: $(systemctl status pramd.service)"
}

killed_says_systemd()
{
	journalctl --sync
	journalctl -q -b -o cat UNIT=pramd.service "INVOCATION_ID=$invocation" |
		grep -qF "Main process exited, code=killed, status=9/KILL"
}

# pramd_is_back: succeeds if another pramd than $pramd runs.
pramd_is_back()
{
	pramctl status >/dev/null 2>&1 && [ "$(prop MainPID pramd.service)" != "$pramd" ]
}

# --- a dump that waits ---

# hold_dump NAME: from now on the dump of NAME waits when all its images are written and the tree is frozen, before
# pram-criu-hook asks pramd for the verdict. Another dump can be at work at the same time.
hold_dump()
{
	mkdir -p $hold "${conf%/*}"
	rm -f $hold/held $hold/release
	cat >$hold/criu <<-END
		#!/bin/sh
		case "\$*" in
		"dump "*"/run/pram/work/$1 "*) set -- "\$@" --action-script $hold/script ;;
		esac
		exec /usr/sbin/criu "\$@"
	END
	# CRIU runs action scripts in the reverse order of the command line.
	cat >$hold/script <<-END
		#!/bin/sh
		[ "\$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0
		touch $hold/held
		until [ -s $hold/release ]; do sleep 0.1; done
		[ "\$(cat $hold/release)" = continue ] || kill -9 \$PPID
	END
	chmod 755 $hold/criu $hold/script
	forget_hold
	printf 'Criu=%s\nParallelDumps=2\n' $hold/criu >>$conf
	check "pramd reads its settings" systemctl reload-or-restart pramd.service
}

# Waits until the dump of hold_dump waits.
wait_held()
{
	wait_for 120 test -e $hold/held || fail "CRIU has not reached the end of the dump: $(pramctl status)"
}

# release_dump continue|kill: CRIU continues, or is killed.
release_dump()
{
	echo "$1" >$hold/release
}

# From the next start of CRIU on, nothing waits. pramd must read its settings afterwards.
forget_hold()
{
	[ ! -e $conf ] || sed -i '/^Criu=/d; /^ParallelDumps=/d' $conf
}

# frozen PID: succeeds if CRIU has stopped the process.
frozen()
{
	grep -q '^State:.*tracing stop' "/proc/$1/status"
}

# --- what a service and its processes went through ---

# starttime PID: prints the start time of the process. A restore changes it.
starttime()
{
	sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20
}

# life UNIT: prints what changes if the unit, or one of its processes, is started or restored.
life()
{
	local pid
	systemctl show -p MainPID -p NRestarts -p InvocationID -p ActiveEnterTimestampMonotonic "$1"
	while read -r pid; do
		echo "process $pid has started at $(starttime "$pid")"
	done < <(sort -n "/sys/fs/cgroup$(prop ControlGroup "$1")/cgroup.procs")
}

note_lives()
{
	local u
	for u; do
		equal "$u's state" "$(prop ActiveState "$u")/$(prop SubState "$u")" active/running
		life "$u" >"$CASE_DIR/$u.life"
	done
}

# units_untouched WHEN UNIT...: checks that the units run, and that nothing was restarted or restored since note_lives.
units_untouched()
{
	local when=$1 u
	shift
	for u; do
		equal "$when: $u's state" "$(prop ActiveState "$u")/$(prop SubState "$u")" active/running
		equal "$when: $u's restarts" "$(prop NRestarts "$u")" 0
		life "$u" | diff "$CASE_DIR/$u.life" - || fail "$when: $u was restarted or restored"
	done
}

# Checks that PRAM is empty, and that neither marks of units nor a kexec image are left.
pram_is_empty()
{
	exits 0 pramctl status
	says "Checkpoints:   0"
	says " in 0 nodes, "
	says "kexec image:   not loaded"
	equal "the nodes" "$(filetest list)" ""
	equal "files in /run/pram" "$(find /run/pram/work /run/pram/units -mindepth 1 -type f 2>/dev/null)" ""
}

# waiting: prints where systemd, and what pramd and systemd have started, wait in the kernel.
waiting()
{
	local p
	for p in 1 $(pgrep '^(pramd|systemctl|criu|kexec|pram-.*|\(sd-.*)$'); do
		echo "$p $(tr '\0' ' ' <"/proc/$p/cmdline" | cut -c1-100): $(grep State "/proc/$p/status")"
		cat "/proc/$p/stack"
	done
}

# Prints the journal of pramd and systemd, and what they wait for, if the case fails.
explain()
{
	local status=$?
	[ $status = 0 ] && return
	waiting 2>&1
	journalctl -b --no-pager -o short-monotonic -n 80 _PID=1 + _COMM=pramd + _COMM=pram-unit-resto
}

trap explain EXIT
