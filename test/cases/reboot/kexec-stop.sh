#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# During a kexec-reboot with registered trees pramd is asked to stop, CRIU is killed, the client is gone, or the kexec does
# not come. All processes continue, and nothing is left over.
# group: kexec-stop
# kernels: everyday
# long: everyday
# timeout: 700

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
exits 0 pramctl register b --pid "${pid[b]}"

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
kill "${pid[a]}" "${pid[b]}"
