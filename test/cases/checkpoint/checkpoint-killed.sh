#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CRIU, pramd or the client is killed at a defined point of a checkpoint. If this happens before pramd's verdict, the
# process continues to run and nothing is left over. After that point the checkpoint is completed. Also: pramd is killed
# after it has ended many trees.
# group: pramctl
# kernels: everyday
# long: everyday
# timeout: 900

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/treelib.sh"

preload=$(command -v memtest) || fail "the programs of test/cases/prog are not in PATH"
preload=${preload%/*}/killat.so
check "killat.so is there" test -r "$preload"

# CRIU is stopped or killed as /run/fault specifies: it contains SIGNAL POINT, or nothing. The points, in order:
#
#   pre-dump	CRIU has not touched the process yet
#   take	the plugin has taken the memory of the process
#   splice	the first pages are in an image
#   post-dump	all images are complete, pram-criu-hook has not run yet
#   verdict	pram-criu-hook has received pramd's answer
#   commit	the plugin has committed the memory
#
# CRIU runs action scripts in the reverse order of the command line. The points take, splice and commit are calls, see
# killat.c.
cat >/run/criu-wrap <<END
#!/bin/sh
[ "\$1" = dump ] || exec criu "\$@"
shift
read -r signal point </run/fault
case \$point in
'') exec criu dump "\$@" ;;
pre-dump | post-dump) exec criu dump "\$@" --action-script /run/criu-fault ;;
verdict) exec criu dump --action-script /run/criu-fault "\$@" ;;
*)
	[ \$signal = STOP ] && signal=19 || signal=9
	exec env KILLAT="\$point 1 0 \$signal" LD_PRELOAD=$preload criu dump "\$@"
	;;
esac
END
cat >/run/criu-fault <<'END'
#!/bin/sh
read -r signal point </run/fault
[ "$point" != verdict ] || point=post-dump
[ "$CRTOOLS_SCRIPT_ACTION" != "$point" ] || kill -"$signal" $PPID
END
chmod +x /run/criu-wrap /run/criu-fault
mkdir -p /etc/pram
echo 'Criu=/run/criu-wrap' >/etc/pram/pramd.conf
check "pramd starts" systemctl restart pramd.service

# begin SIGNAL POINT: starts a checkpoint with this fault. Sets $asker to the PID of pramctl.
begin()
{
	say "$*"
	echo "$*" >/run/fault
	note_starts
	pramctl checkpoint other --pid "${pid[a]}" >/run/asked 2>&1 &
	asker=$!
}

# asker_ends STATUS: checks that pramctl ends with STATUS.
asker_ends()
{
	local status=0
	wait $asker || status=$?
	[ $status = "$1" ] || fail "pramctl checkpoint: exit status $status, expected $1: $(cat /run/asked)"
}

no_criu()
{
	! pgrep -x criu >/dev/null
}

stopped()
{
	wait_for 60 pgrep -x -r T criu >/dev/null || fail "CRIU does not stop: $(ps -C criu) $(cat /run/asked)"
}

continues()
{
	echo >/run/fault
	check "continue CRIU" pkill -CONT -x criu
	wait_for 60 no_criu || fail "CRIU does not end: $(ps -C criu)"
}

pramd_pid()
{
	systemctl show -p MainPID --value pramd.service
}

replaced()
{
	[ "$(pramd_pid)" != "$1" ] && pramctl status >/dev/null
}

# Kills pramd. systemd restarts it, and the new pramd waits for the running CRIU.
kill_pramd()
{
	local old
	old=$(pramd_pid)
	# Reset systemd's start rate limit.
	systemctl reset-failed pramd.service
	check "kill pramd" systemctl kill --kill-whom=main --signal=KILL pramd.service
	asker_ends 5
	wait_for 60 replaced "$old" || fail "pramd is not started again: $(systemctl status pramd.service)"
	exits 9 pramctl restore other
}

nothing_listed()
{
	[ -z "$(pramctl list)" ]
}

ready()
{
	pramctl list | grep -q 'other *ready'
}

# Checks that the process was never ended, is still registered, and that the checkpoint is gone.
lives_on()
{
	wait_for 60 nothing_listed || fail "the checkpoint is still listed: $(pramctl list)"
	untouched a b
	nothing_left
	registered 2
}

# Checks that the process was ended and its registration removed, and that the checkpoint can be restored.
ended_and_ready()
{
	wait_for 60 ready || fail "the checkpoint is not ready: $(pramctl list)"
	! alive "${pid[a]}" || fail "the process was not ended"
	registered 1
	exits 0 pramctl restore other
	restored a
	untouched b
	nothing_left
	registered 2
}

start_tree a
start_tree b
exits 0 pramctl register a --pid "${pid[a]}"
exits 0 pramctl register b --pid "${pid[b]}"
nothing_left

# The client is killed: the checkpoint is completed.
begin STOP pre-dump
stopped
kill -9 $asker
asker_ends 137
continues
ended_and_ready

# CRIU is killed before the verdict: the process continues to run.
for point in take splice post-dump; do
	begin KILL $point
	asker_ends 1
	lives_on
done

# CRIU is killed after the verdict: pramd itself has ended the process, and the checkpoint is complete.
for point in verdict commit; do
	begin KILL $point
	asker_ends 0
	ended_and_ready
done

# pramd is killed before it has answered: CRIU gets no verdict and lets the process continue.
for point in pre-dump take post-dump; do
	begin STOP $point
	stopped
	kill_pramd
	continues
	lives_on
done

# pramd is killed after its answer: the process was ended, and the new pramd finds the checkpoint.
for point in verdict commit; do
	begin STOP $point
	stopped
	kill_pramd
	continues
	ended_and_ready
done

# pramd is killed after it has ended 20 other trees for a kexec-reboot, more than its queue holds. The next pramd
# restores all of them.
rm /etc/pram/pramd.conf
exits 0 pramctl unregister a
exits 0 pramctl unregister b
for i in {1..20}; do
	setsid sleep $((10000 + i)) </dev/null >/dev/null 2>&1 &
	pid[many-$i]=$!
done
for i in {1..20}; do
	wait_for 30 grep -qz "^$((10000 + i))$" "/proc/${pid[many-$i]}/cmdline" || fail "sleep does not start"
	exits 0 pramctl register "many-$i" --pid "${pid[many-$i]}"
done
note_starts
with_fault kexec-reboot:start-kexec:before:stop
pramctl kexec-reboot --kernel /boot/vmlinuz-everyday >/run/asked 2>&1 &
asker=$!
asker_ends 5
wait_for 60 pramd_is_back || fail "pramd is not started again"
wait_for 240 nothing_listed || fail "trees are not restored: $(pramctl list; journalctl -b -o cat -u pramd -n 50)"
for i in {1..20}; do
	grep -qz "^$((10000 + i))$" "/proc/${pid[many-$i]}/cmdline" || fail "many-$i does not run"
	[ "$(started "many-$i")" != "${was[many-$i]}" ] || fail "many-$i was not ended"
	kill "${pid[many-$i]}"
done
untouched a b
registered 20
for i in {1..20}; do
	exits 0 pramctl unregister "many-$i"
done
kill "${pid[a]}" "${pid[b]}"
