#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A kexec-reboot with registered trees fails at several points, is called off, or is withdrawn. All processes continue,
# and nothing is left over. If it fails before the verdict, no process was ended.
# group: pramctl
# kernels: everyday
# timeout: 900

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/treelib.sh"

kernel=/boot/vmlinuz-everyday

# ask COMMAND...: runs pramctl COMMAND... in the background. Sets $asker to its PID. bash lets background commands ignore
# SIGINT, so this is undone.
ask()
{
	env --default-signal=INT pramctl "$@" >"$CASE_DIR/asked.$1" 2>&1 &
	asker=$!
}

# answered STATUS COMMAND PID: checks that `pramctl COMMAND` of `ask` ends with STATUS. Its output is in $out.
answered()
{
	local status=0
	wait "$3" || status=$?
	out=$(cat "$CASE_DIR/asked.$2")
	[ $status = "$1" ] || fail "pramctl $2: exit status $status, expected $1: $out"
}

# logged PID TEXT: succeeds if the pramd with this PID has written TEXT to the journal.
logged()
{
	journalctl --sync
	journalctl -q -b -o cat "_PID=$1" | grep -qF "$2"
}

doing()
{
	pramctl status | grep -qF ", doing: $1"
}

start_tree a
start_tree b
exits 0 pramctl register a --pid "${pid[a]}"
exits 7 pramctl register a --pid "${pid[b]}"
exits 8 pramctl register again --pid "${pid[a]}"
says "process ${pid[a]} is registered already, as a (reason: process-registered; see "
journald=$(prop MainPID systemd-journald.service)
exits 8 pramctl register journald --pid "$journald"
says "process $journald is the main process of systemd-journald.service: use pramctl enable"

# A dry run rehearses the dump, and ends nothing.
note_starts
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run
say "$out"
says "a: can be kept; it paused for "
says "nothing prevents the reboot"
nothing_left
untouched a b

# Two trees have files open in the same directory whose names are gone. CRIU makes a link to each, under a name of its own.
links=/var/lib/links
mkdir -p $links
for name in one two; do
	python3 - $name <<-END &
		import os, sys, time
		os.setsid()
		os.chdir("$links")
		name = sys.argv[1]
		f = open(name, "w")
		os.link(name, name + ".other")
		os.unlink(name)
		open(name + ".ready", "w").close()
		time.sleep(1000)
	END
	pid[$name]=$!
	wait_for 60 test -e $links/$name.ready || fail "$name has not opened its file"
	exits 0 pramctl register $name --pid "${pid[$name]}"
done
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run
say "$out"
says "one: can be kept; it paused for "
says "two: can be kept; it paused for "
equal "the links of CRIU" "$(find $links -name 'link_remap.*')" ""
for name in one two; do
	exits 0 pramctl unregister $name
	kill "${pid[$name]}"
	unset "pid[$name]"
done

# A check fails: the reboot is refused and no process is touched.
head -c 100000 /dev/urandom >/tmp/noise
exits 8 pramctl kexec-reboot --kernel /tmp/noise
says "not a bzImage"
exits 8 pramctl kexec-reboot --kernel /nowhere
exits 8 pramctl kexec-reboot --kernel $kernel --initrd /tmp
says "NO   initrd"
exits 8 pramctl kexec-reboot --kernel $kernel --append 'a="b'
says "lacks a closing quote"
head -c 300000 $kernel >/tmp/short
exits 8 pramctl kexec-reboot --kernel /tmp/short
says "the file is truncated"
untouched a b

# One of three trees cannot be dumped: a dry run says so, and the reboot is called off. Nothing was ended.
python3 -c 'import socket, time
s = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
time.sleep(1000)' &
pid[bad]=$!
bad=${pid[bad]}
wait_for 60 sh -c 'ls -l /proc/$1/fd | grep -q socket:' - "$bad" || fail "the process has not opened its socket"
exits 0 pramctl register bad --pid "$bad"
exits 0 pramctl register b --pid "${pid[b]}"
note_starts
all_untouched()
{
	says "bad: process $bad (python3) has a socket of a family or protocol that CRIU does not know"
	says "(reason: socket-type; see "
	nothing_left
	untouched a b
	equal "the start time of bad" "$(started bad)" "${was[bad]}"
	kill -0 "$bad" || fail "the process that cannot be dumped has ended"
	registered 3
}
exits 8 pramctl kexec-reboot --kernel $kernel --dry-run
say "$out"
says "a: can be kept; it paused for "
says "b: can be kept; it paused for "
all_untouched
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run --no-rehearsal
says "nothing prevents the reboot"
case $out in *paused*) fail "the dumps were rehearsed: $out" ;; esac
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "; all processes continue to run"
all_untouched

# The only tree cannot be dumped: the reboot is called off, and does not wait for any other.
exits 0 pramctl unregister a
exits 0 pramctl unregister b
exits 1 timeout 120 pramctl kexec-reboot --kernel $kernel
say "$out"
says "bad: process $bad (python3) has a socket of a family or protocol that CRIU does not know"
says "; all processes continue to run"
nothing_left
registered 1
equal "the start time of bad" "$(started bad)" "${was[bad]}"
exits 0 pramctl register a --pid "${pid[a]}"
exits 0 pramctl register b --pid "${pid[b]}"
registered 3
exits 8 pramctl register x --pid 1
kill "$bad"
exited 143 "$bad"
unset 'pid[bad]'
exits 8 pramctl kexec-reboot --kernel $kernel --dry-run
says "NO   tree       bad: "
exits 0 pramctl unregister bad
exits 6 pramctl unregister bad

# pramd is asked to stop while all trees are frozen: the reboot is called off, and a runs on although the dump of b
# waits. pramd ends when that dump has ended.
hold_dump b
note_starts
pramd=$(prop MainPID pramd.service)
ask kexec-reboot --kernel $kernel
wait_held
wait_for 60 frozen "${pid[a]}" || fail "a is not frozen"
check "terminate pramd" kill -TERM "$pramd"
wait_for 30 logged "$pramd" "Waiting for the end of: kexec-reboot" || fail "pramd does not know that it has to stop"
run_on a
check "b is still frozen" frozen "${pid[b]}"
release_dump continue
answered 1 kexec-reboot "$asker"
say "$out"
says "pramd was asked to stop: try again when it runs; all processes continue to run"
wait_for 30 test ! -e "/proc/$pramd" || fail "pramd does not end"
nothing_left
untouched a b
registered 2

# CRIU of a is killed while it waits to freeze its tree, because that of b is not ready. Only CRIU: its script waits for
# pramd, and has the lock of the images. The reboot is called off, and a can be dumped at once.
cat >$hold/late-criu <<END
#!/bin/sh
case "\$*" in
"dump "*"/run/pram/work/b "*) until [ -e $hold/late ]; do sleep 0.1; done ;;
esac
exec /usr/sbin/criu "\$@"
END
chmod 755 $hold/late-criu
rm -f $hold/late
forget_hold
echo "Criu=$hold/late-criu" >>$conf
check "pramd reads its settings" systemctl reload-or-restart pramd.service
note_starts
ask kexec-reboot --kernel $kernel
wait_for 120 pgrep -x pram-criu-hook >/dev/null || fail "no script of CRIU waits"
check "one CRIU runs" test "$(pgrep -c -x criu)" = 1
check "kill it" pkill -KILL -x criu
wait_for 60 sh -c '! pgrep -x pram-criu-hook' >/dev/null || fail "the script of CRIU waits still"
touch $hold/late
answered 1 kexec-reboot "$asker"
say "$out"
says "a: "
says "; all processes continue to run"
nothing_left
untouched a b
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run
says "a: can be kept; it paused for "
forget_hold
check "pramd reads its settings" systemctl reload-or-restart pramd.service

# A kexec-reboot that waits for another request is withdrawn when its client is gone.
start_tree c
hold_dump c
note_starts
ask checkpoint c --pid "${pid[c]}"
first=$asker
wait_held
ask kexec-reboot --kernel $kernel
wait_for 30 doing "checkpoint c (1 more wait)" || fail "the kexec-reboot does not wait: $(pramctl status)"
check "interrupt pramctl" kill -INT "$asker"
answered 130 kexec-reboot "$asker"
wait_for 30 doing "checkpoint c (0 more wait)" || fail "the kexec-reboot was not withdrawn: $(pramctl status)"
release_dump continue
answered 0 checkpoint "$first"
exits 0 pramctl status
case $out in *", doing: "*) fail "pramd has another job: $out" ;; esac
says "kexec image:   not loaded"
untouched a b
exits 0 pramctl restore c
restored c
kill "${pid[c]}"
unset 'pid[c]'
forget_hold
check "pramd reads its settings" systemctl reload pramd.service
exits 0 pramctl status
case $out in *", doing: "*) fail "pramd has another job: $out" ;; esac
nothing_left
registered 2

# Somebody has taken a lock of logind that forbids a shutdown.
locked()
{
	systemd-inhibit --list --no-pager | grep -q a-test
}
unlocked()
{
	! locked
}
systemd-inhibit --what=shutdown --mode=block --who=a-test --why="it is busy" sleep 1000 &
locker=$!
wait_for 60 locked || fail "logind has no lock: $(systemd-inhibit --list --no-pager)"
note_starts
exits 8 pramctl kexec-reboot --kernel $kernel --dry-run
says "NO   inhibitors a-test (process $locker) has an inhibitor lock against a shutdown: it is busy"
exits 8 pramctl kexec-reboot --kernel $kernel
says "NO   inhibitors a-test (process $locker) has an inhibitor lock against a shutdown: it is busy"
case $out in *paused*) fail "a process was paused: $out" ;; esac
nothing_left
untouched a b
kill $locker
exited 143 $locker
wait_for 60 unlocked || fail "logind has the lock still: $(systemd-inhibit --list --no-pager)"
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run --no-rehearsal
says "no program has an inhibitor lock against a shutdown"

# A delay lock forbids nothing, but logind waits for it after all processes were ended: the report names its holder.
systemd-inhibit --what=sleep:shutdown --mode=delay --who=a-test --why="it has to save" sleep 1000 &
locker=$!
wait_for 60 locked || fail "logind has no lock: $(systemd-inhibit --list --no-pager)"
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run --no-rehearsal
says "no program has an inhibitor lock against a shutdown, but delay locks make the outage longer, by up to "
says "a-test (process $locker)"
kill $locker
exited 143 $locker
wait_for 60 unlocked || fail "logind has the lock still: $(systemd-inhibit --list --no-pager)"

# systemd refuses the kexec: both trees are dumped and restored.
note_starts
refused_jump "all processes were restored"
nothing_left
restored a b
registered 2

# pramd is asked to stop when it is about to give the verdict. The verdict was not prevented, so all trees are ended; then
# systemd refuses the kexec, and they are restored before pramd ends.
stopped()
{
	grep -q '^State:.*(stopped)' "/proc/$pramd/status"
}
note_starts
with_fault kexec-reboot:end-trees:before:hold
refuse_jump
ask kexec-reboot --kernel $kernel
wait_for 120 stopped || fail "pramd does not reach the step: $(cat "$CASE_DIR/asked.kexec-reboot")"
check "a is frozen" frozen "${pid[a]}"
check "terminate pramd" kill -TERM "$pramd"
check "continue pramd" kill -CONT "$pramd"
answered 1 kexec-reboot "$asker"
allow_jump
say "$out"
says "all processes were restored"
wait_for 60 test ! -e "/proc/$pramd" || fail "pramd does not end"
nothing_left
restored a b
registered 2

# The same, and systemd accepts the kexec, but does nothing: pramd has ended, and the next one restores the trees.
note_starts
no_jump 600
with_fault kexec-reboot:end-trees:before:hold
ask kexec-reboot --kernel $kernel
wait_for 120 stopped || fail "pramd does not reach the step: $(cat "$CASE_DIR/asked.kexec-reboot")"
check "terminate pramd" kill -TERM "$pramd"
check "continue pramd" kill -CONT "$pramd"
answered 0 kexec-reboot "$asker"
wait_for 60 test ! -e "/proc/$pramd" || fail "pramd does not end"
allow_jump
wait_for 60 pramd_is_back || fail "pramd does not start again"
wait_for 120 sh -c '[ -z "$(pramctl list)" ]' || fail "the trees are not restored: $(pramctl list)"
restored a b
wait_for 60 sh -c '[ "$(cat /sys/kernel/kexec_loaded)" = 0 ]' || fail "the kexec image is left"
nothing_left
registered 2

# systemd accepts the kexec, but does nothing.
note_starts
no_jump 3
check "pramd reads its settings" systemctl reload pramd.service
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "what systemd waits for; all processes were restored"
allow_jump
check "pramd reads its settings" systemctl reload pramd.service
nothing_left
restored a b
registered 2

# The kernel refuses to load the image: nothing is dumped.
note_starts
echo 0 >/proc/sys/kernel/kexec_load_limit_reboot
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "kexec-tools could not load the image: this kernel does not permit it"
nothing_left
echo 1 >/proc/sys/kernel/kexec_load_disabled
exits 8 pramctl kexec-reboot --kernel $kernel
says "kexec_load_disabled is set"
untouched a b
kill "${pid[a]}" "${pid[b]}"
