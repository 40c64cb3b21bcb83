#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Nothing is lost: whatever fails on the way to a kexec, every process runs on as before.
# group: pramctl
# kernels: everyday
# timeout: 300

. "${0%/*}/../lib/lib.sh"

# A process with 64 MiB that counts.
start()
{
	python3 - "$1" >/dev/null 2>&1 <<'END' &
import os, sys, time
os.setsid()
data = bytearray(os.urandom(1 << 20)) * 64
n = 0
while True:
    n += 1
    with open(f"/run/new.{sys.argv[1]}", "w") as f:
        f.write(f"{n}\n")
    os.rename(f"/run/new.{sys.argv[1]}", f"/run/count.{sys.argv[1]}")
    time.sleep(0.1)
END
	eval "$1=$!"
	wait_for 30 test -s "/run/count.$1" || fail "$1 does not start"
}

# runs NAME PID: it is there and counts.
runs()
{
	local before
	[ -e "/proc/$2" ] || fail "$1 ($2) is gone"
	before=$(cat "/run/count.$1")
	sleep 2
	[ "$(cat "/run/count.$1")" -gt "$before" ] || fail "$1 ($2) does not go on"
}

nothing_left()
{
	exits 0 pramctl list
	equal "the list" "$out" ""
	equal "the kexec image" "$(cat /sys/kernel/kexec_loaded)" 0
}

command -v pramctl >/dev/null || skip "pramctl is not installed"
kernel=/boot/vmlinuz-everyday
a='' b=''
start a
start b
exits 0 pramctl register a --pid "$a"
exits 7 pramctl register a --pid "$a"
exits 0 pramctl kexec-reboot --kernel $kernel --dry-run
say "$out"
says "nothing stands in the way"
nothing_left

# checks that fail: refused, nothing touched
head -c 100000 /dev/urandom >/tmp/noise
exits 8 pramctl kexec-reboot --kernel /tmp/noise
says "not a bzImage"
exits 8 pramctl kexec-reboot --kernel /nowhere
exits 8 pramctl kexec-reboot --kernel $kernel --initrd /tmp
says "NO   initrd"
exits 8 pramctl kexec-reboot --kernel $kernel --append 'a="b'
says "open quote"
head -c 300000 $kernel >/tmp/short
exits 8 pramctl kexec-reboot --kernel /tmp/short
says "cut short"
runs a "$a"

# the second tree cannot be dumped: the first comes back
python3 -c 'import socket, time
s = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
time.sleep(1000)' &
bad=$!
wait_for 60 sh -c 'ls -l /proc/$1/fd | grep -q socket:' - $bad || fail "no socket"
exits 0 pramctl register bad --pid $bad
exits 0 pramctl register b --pid "$b"
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "bad: process $bad (python3) has a socket of a family or protocol that CRIU does not know"
nothing_left
runs a "$a"
runs b "$b"
kill -0 $bad || fail "the tree that cannot be dumped is gone"
exits 8 pramctl register x --pid 1
kill $bad
wait $bad
exits 8 pramctl kexec-reboot --kernel $kernel --dry-run
says "NO   tree       bad: "
exits 0 pramctl unregister bad
exits 6 pramctl unregister bad

# systemd does not go down
systemctl mask --runtime --quiet kexec.target
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
nothing_left
runs a "$a"
runs b "$b"
systemctl unmask --runtime --quiet kexec.target
exits 0 pramctl status
says "Registered:    2"

# it says that it will, and does nothing
mkdir -p /run/systemd/system /etc/pram
printf '[Unit]\nDescription=nothing\n' >/run/systemd/system/kexec.target
echo 'JumpTimeoutSec=3' >/etc/pram/pramd.conf
systemctl daemon-reload
systemctl restart pramd.service
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "the machine did not go down for the kexec; all processes run again"
rm /run/systemd/system/kexec.target /etc/pram/pramd.conf
systemctl daemon-reload
systemctl restart pramd.service
nothing_left
runs a "$a"
runs b "$b"

# who asks goes away: the job ends well
pramctl checkpoint other --pid "$a" &
asker=$!
wait_for 20 pgrep -x criu >/dev/null
kill -9 $asker
wait_for 60 sh -c 'pramctl list | grep -q ready' || fail "the checkpoint was not finished"
exits 0 pramctl restore other
runs a "$a"

# CRIU is killed: the process lives, the checkpoint is gone
log=/var/log/pram/other/dump.log
rm $log
pramctl checkpoint other --pid "$a" &
asker=$!
wait_for 20 grep -qs 'Dumping pages' $log
if pkill -9 -x criu; then
	wait $asker
else
	# it was quicker than we: then the checkpoint is whole
	wait $asker || fail "no CRIU to kill, and no checkpoint"
fi
if [ ! -e "/proc/$a" ]; then
	say "CRIU was done before it was killed"
	exits 0 pramctl restore other
fi
nothing_left
runs a "$a"

# CRIU can be made to stop: before it begins, and when pramd's own hook has had its answer (the script
# named last goes first)
cat >/run/criu-wrap <<'END'
#!/bin/sh
if [ "$1" = dump ]; then
	shift
	set -- dump --action-script /run/criu-stop "$@"
fi
exec criu "$@"
END
cat >/run/criu-stop <<'END'
#!/bin/sh
[ "$CRTOOLS_SCRIPT_ACTION" != "$(cat /run/stop-at)" ] || kill -STOP $PPID
END
chmod +x /run/criu-wrap /run/criu-stop
echo pre-dump >/run/stop-at
mkdir -p /etc/pram
echo 'Criu=/run/criu-wrap' >/etc/pram/pramd.conf
systemctl restart pramd.service

stopped()
{
	wait_for 60 sh -c 'ps -o stat= -C criu | grep -q T' || fail "CRIU does not stop"
}

# pramd is killed while CRIU works: CRIU finds nobody who knows of it, the tree goes on
pramctl checkpoint other --pid "$a" >/dev/null 2>&1 &
asker=$!
stopped
systemctl kill --kill-whom=main --signal=KILL pramd.service
wait $asker
wait_for 20 pramctl status >/dev/null
exits 9 pramctl restore other
pkill -CONT -x criu
echo nowhere >/run/stop-at
wait_for 60 sh -c '! pramctl list | grep -q other' || fail "it stays: $(pramctl list)"
nothing_left
runs a "$a"

# pramd is killed at some moment later: either way nothing is lost
for at in 'Dumping GLOBAL' 'Running post-dump'; do
	rm $log
	pramctl checkpoint other --pid "$a" >/dev/null 2>&1 &
	asker=$!
	wait_for 20 sh -c "grep -qs '$at' $log"
	systemctl kill --kill-whom=main --signal=KILL pramd.service
	wait $asker
	wait_for 30 sh -c 'pramctl status >/dev/null && ! pgrep -x criu >/dev/null'
	wait_for 20 sh -c '! pramctl list | grep -q busy' || fail "it stays busy: $(pramctl list)"
	say "killed at $at: $(pramctl list)"
	if [ ! -e "/proc/$a" ]; then
		exits 0 pramctl restore other
	fi
	nothing_left
	runs a "$a"
done

# pramd is killed when the hook has its answer, and CRIU ends the tree only then: nobody has struck the
# tree off the registry
echo post-dump >/run/stop-at
pramctl checkpoint other --pid "$a" >/dev/null 2>&1 &
asker=$!
stopped
systemctl kill --kill-whom=main --signal=KILL pramd.service
wait $asker
pkill -CONT -x criu
wait_for 20 sh -c 'pramctl list | grep -q "other *ready"' || fail "not ready: $(pramctl list)"
exits 0 pramctl status
says "Registered:    1"
exits 0 pramctl restore other
exits 0 pramctl status
says "Registered:    2"
nothing_left
runs a "$a"
rm /etc/pram/pramd.conf
systemctl restart pramd.service

# an image that the kernel does not load
echo 0 >/proc/sys/kernel/kexec_load_limit_reboot
exits 1 pramctl kexec-reboot --kernel $kernel
say "$out"
says "kexec-tools could not load the image: this kernel does not permit it"
nothing_left
echo 1 >/proc/sys/kernel/kexec_load_disabled
exits 8 pramctl kexec-reboot --kernel $kernel
says "kexec_load_disabled is set"
runs a "$a"
runs b "$b"
kill "$a" "$b"
