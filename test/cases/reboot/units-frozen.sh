#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# To systemd a service stays active while it is frozen for a kexec-reboot, after it was ended, and while it is restored
# in the same kernel. So no second instance is started, although a .path unit, a .timer, Upholds=, Requires= and Wants=
# of units that restart, Restart= and systemctl start would do that; a unit with BindsTo= is not stopped; OnSuccess= and
# OnFailure= do not fire; and the watchdog does not fire.
# group: units-frozen
# kernels: everyday
# long: everyday
# timeout: 700

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/unitlib.sh"

# The program of u-kept. It notes that it was started, and counts with each ping for the watchdog.
kept_program()
{
	mkdir -p $dir
	cat >$dir/kept.py <<-'END'
		import os, socket, sys, time
		dir = sys.argv[1]
		with open(f"{dir}/starts", "a") as f:
		    f.write(f"{os.getpid()} {time.time()}\n")
		manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		manager.connect(os.environ["NOTIFY_SOCKET"])
		manager.send(b"READY=1")
		n = 0
		while True:
		    manager.send(b"WATCHDOG=1")
		    n += 1
		    with open(f"{dir}/new", "w") as f:
		        f.write(f"{n}\n")
		    os.rename(f"{dir}/new", f"{dir}/count")
		    time.sleep(0.1)
	END
}

# restarting DEPENDENCY: u-requires or u-wants, which ends and restarts all the time. Each start starts u-kept as well.
restarting()
{
	cat >"u-${1,,}.service" <<-END
		[Unit]
		$1=u-kept.service
		After=u-kept.service
		StartLimitIntervalSec=0
		[Service]
		ExecStart=/bin/sleep 1
		Restart=always
		RestartSec=2
	END
}

# u-kept and u-slow are kept, the others are not. The watchdog has some time, because CRIU runs with nice -20 while the
# program still runs.
kept_units()
{
	cd /etc/systemd/system || fail "no /etc/systemd/system"
	cat >u-kept.service <<-END
		[Unit]
		OnFailure=u-note@failure.service
		OnSuccess=u-note@success.service
		[Service]
		Type=notify
		ExecStart=/usr/bin/python3 $dir/kept.py $dir
		WatchdogSec=4
		Restart=always
	END
	printf '[Service]\nExecStart=/bin/sleep 100000\n' | tee u-slow.service u-bound.service >u-upholds.service
	printf '[Unit]\nBindsTo=u-kept.service\nAfter=u-kept.service\n' >>u-bound.service
	printf '[Unit]\nUpholds=u-kept.service\n' >>u-upholds.service
	restarting Requires
	restarting Wants
	printf '[Path]\nPathExists=%s\n' $dir >u-kept.path
	printf '[Timer]\nOnActiveSec=1\nOnUnitInactiveSec=1\nAccuracySec=100ms\n' >u-kept.timer
	printf '[Service]\nType=oneshot\nExecStart=/bin/touch %s/note.%%i\n' $dir >u-note@.service
	systemctl daemon-reload
	cd / || fail "no /"
}

# Starts u-kept again and again. Each try must succeed, and do nothing.
starter()
{
	until [ -e $dir/stop ]; do
		if systemctl start u-kept.service; then
			echo >>$dir/tried
		else
			echo >>$dir/refused
		fi
		sleep 0.2
	done
}

starts()
{
	wc -l <$dir/starts
}

# counts_past N: succeeds if the count of u-kept is greater than N.
counts_past()
{
	[ "$(cat $dir/count)" -gt "$1" ] 2>/dev/null
}

counts_on_from()
{
	wait_for 30 counts_past "$1" || fail "u-kept does not continue to count after $1: $(cat $dir/count)"
}

# undisturbed WHEN: checks that nobody has noticed that u-kept does not run.
undisturbed()
{
	equal "$1: number of times that the program of u-kept was started" "$(starts)" 1
	equal "$1: u-kept's restarts" "$(prop NRestarts u-kept.service)" 0
	units_untouched "$1" u-bound.service u-upholds.service
	[ ! -e $dir/refused ] || fail "$1: systemctl start u-kept has failed"
	[ ! -e $dir/note.failure ] || fail "$1: OnFailure= of u-kept has fired"
	[ ! -e $dir/note.success ] || fail "$1: OnSuccess= of u-kept has fired"
}

# Begins a kexec-reboot. u-kept is then frozen for at least twelve seconds, three times its WatchdogSec=, because the dump
# of u-slow waits.
freeze()
{
	local i tried restarts
	hold_dump u-slow.service
	pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" >$dir/asked 2>&1 &
	asker=$!
	wait_held
	wait_for 60 frozen "$main" || fail "u-kept is not frozen: $(grep State "/proc/$main/status")"
	tried=$(wc -l <$dir/tried)
	restarts="$(prop NRestarts u-requires.service) $(prop NRestarts u-wants.service)"
	for ((i = 1; i <= 12; i++)); do
		sleep 1
		frozen "$main" || fail "u-kept was frozen for less than $i s: $(cat $dir/asked)"
		undisturbed "frozen for $i s"
		units_untouched "frozen for $i s" u-kept.service u-slow.service
	done
	[ "$(wc -l <$dir/tried)" -gt "$tried" ] || fail "nobody has tried to start u-kept while it was frozen"
	[ "$(prop NRestarts u-requires.service)" -gt "${restarts% *}" ] || fail "u-requires did not restart"
	[ "$(prop NRestarts u-wants.service)" -gt "${restarts#* }" ] || fail "u-wants did not restart"
}

# answered TEXT: checks that the kexec-reboot has failed with TEXT.
answered()
{
	local status=0
	wait $asker || status=$?
	out=$(cat $dir/asked)
	say "$out"
	equal "the exit status of pramctl kexec-reboot" $status 1
	says "$1"
}

ended()
{
	[ "$(prop ActiveState u-kept.service)/$(prop SubState u-kept.service)" = active/exited ]
}

no_dropin()
{
	[ -z "$(prop DropInPaths u-kept.service)" ]
}

started_again()
{
	[ "$(starts)" -gt "$1" ] && [ "$(prop ActiveState u-kept.service)" = active ]
}

# works STARTER: checks that this unit starts u-kept if it has really ended.
works()
{
	local before
	before=$(starts)
	check "$1 starts" systemctl start "$1"
	check "u-kept stops" systemctl stop u-kept.service
	wait_for 60 started_again "$before" || fail "$1 does not start u-kept: $(systemctl status "$1")"
	check "$1 stops" systemctl stop "$1"
}

kept_program
kept_units
check "services start" systemctl start u-kept.service u-slow.service
check "other units start" systemctl start u-bound.service u-upholds.service u-requires.service u-wants.service \
	u-kept.path u-kept.timer
counts_on_from 0
main=$(prop MainPID u-kept.service)
units=(u-kept.service u-slow.service u-bound.service u-upholds.service)
note_lives "${units[@]}"
starter &
start_tries=$!

say "a rehearsal"
exits 0 pramctl enable u-kept.service u-slow.service
says "u-kept.service: enabled; it paused for "
count=$(cat $dir/count)
units_untouched "after the rehearsal" "${units[@]}"
undisturbed "after the rehearsal"
counts_on_from "$count"

say "a reboot that is called off, because CRIU is killed while it waits in the dump of u-slow"
no_jump 3
freeze
count=$(cat $dir/count)
release_dump kill
answered "u-slow.service: "
says "; all processes continue to run"
counts_on_from "$count"
units_untouched "after the reboot was called off" "${units[@]}"
undisturbed "after the reboot was called off"
pram_is_empty

say "a reboot in which the machine does not go down"
freeze
count=$(cat $dir/count)
release_dump continue
wait_for 60 ended || fail "u-kept is not active without processes after the verdict: $(systemctl status u-kept)"
undisturbed "after the verdict"
answered "what systemd waits for; all processes were restored"
wait_for 60 no_dropin || fail "the drop-in still exists"
equal "u-kept's state" "$(prop ActiveState u-kept.service)/$(prop SubState u-kept.service)" active/running
equal "u-kept's main pid" "$(prop MainPID u-kept.service)" "$main"
[ "$(starttime "$main")" != "$(sed -n "s/^process $main has started at //p" "$CASE_DIR/u-kept.service.life")" ] ||
	fail "u-kept was not ended and restored"
counts_on_from "$count"
pram_is_empty
undisturbed "after the restore"

say "if u-kept really ends, all of them notice it"
touch $dir/stop
check "systemctl start was repeated" wait $start_tries
undisturbed "at last"

say "the frozen service is killed: the reboot is called off, and only then systemd starts the service again"
hold_dump u-slow.service
note_lives u-slow.service u-bound.service u-upholds.service
pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" >$dir/asked 2>&1 &
asker=$!
wait_held
wait_for 60 frozen "$main" || fail "u-kept is not frozen: $(grep State "/proc/$main/status")"
# Its dump waits for the other one.
wait_for 60 grep -qx "u-kept.service: keeping images" $dir/asked || fail "u-kept's dump is not complete: $(cat $dir/asked)"
check "kill u-kept" kill -KILL "$main"
# systemd does not notice before CRIU has ended, which traces the process.
wait_for 60 grep -q '^State:.*(zombie)' "/proc/$main/status" || fail "u-kept was not killed"
for i in 1 2 3; do
	sleep 1
	undisturbed "$i s after it was killed"
done
release_dump continue
answered "u-kept.service: one of its processes was killed while it was frozen"
says "; all processes continue to run"
wait_for 60 started_again 1 || fail "u-kept is not started again: $(systemctl status u-kept)"
wait_for 60 no_dropin || fail "the drop-in still exists"
equal "number of times that the program of u-kept was started" "$(starts)" 2
equal "u-kept's state" "$(prop ActiveState u-kept.service)/$(prop SubState u-kept.service)" active/running
units_untouched "after u-kept was killed" u-slow.service u-bound.service u-upholds.service
pram_is_empty

check "the other units stop" systemctl stop u-upholds.service u-requires.service u-wants.service \
	u-kept.path u-kept.timer
works u-kept.path
equal "the state of u-bound" "$(prop ActiveState u-bound.service)" inactive
wait_for 60 test -e $dir/note.success || fail "OnSuccess= has not fired"
works u-kept.timer
works u-upholds.service
works u-wants.service
