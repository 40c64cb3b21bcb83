#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pramctl without a kexec: a tree is checkpointed and restored. A tree that is refused is not touched.
# group: pramctl
# kernels: everyday debug
# long: debug
# timeout: 240

. "${0%/*}/../lib/lib.sh"

counter()
{
	local n=
	# The file is empty for a moment while it is rewritten.
	until [ -n "$n" ]; do n=$(cat /run/counter); done
	echo "$n"
}

# Starts a tree of two processes. The child counts.
start_tree()
{
	rm -f /run/tree
	systemd-run --quiet --scope --unit=tree-"$1" setsid bash -c '
		big=$(head -c 20000000 /dev/zero | tr "\0" x)
		(i=0; while :; do i=$((i + 1)); echo $i >/run/counter; sleep 0.1; done) &
		echo $$ >/run/tree
		wait; echo "${#big}" >/run/never' </dev/null >/dev/null 2>&1 &
	wait_for 60 test -s /run/tree || fail "the tree does not start"
	pid=$(cat /run/tree)
}

goes_on()
{
	local before
	before=$(counter)
	wait_for 20 sh -c '[ "$(cat /run/counter)" -gt '"$before"' ] 2>/dev/null' ||
		fail "the tree does not continue to count"
}

exits 0 pramctl status
say "$out"
says "PRAM:          on"

# These are refused before anything is touched.
sleep 1000 &
victim=$!
exits 8 pramctl checkpoint x --pid 2
says "kernel thread (reason: process-unsuitable; see "
exits 8 pramctl checkpoint x --pid 1
exits 8 pramctl checkpoint x --pid 4000000
says "no process"
exits 8 pramctl checkpoint x --pid $$
exits 2 pramctl checkpoint '' --pid $victim
exits 2 pramctl checkpoint a/b --pid $victim
exits 2 pramctl checkpoint "$(printf 'x%.0s' {1..65})" --pid $victim
exits 2 pramctl checkpoint x
exits 2 pramctl frobnicate
exits 6 pramctl restore nobody
exits 6 pramctl show nobody
exits 6 pramctl remove nobody
exits 4 setpriv --reuid=65534 pramctl list
exits 5 pramctl --socket /run/nothing list

# Checkpoint, list, show, restore.
start_tree 1
exits 0 pramctl checkpoint tree --pid "$pid"
say "$out"
! alive "$pid" || fail "the tree was not ended"
exits 7 pramctl checkpoint tree --pid $victim
exits 0 pramctl list
says "ready"
exits 0 pramctl show tree
says pages-1.img
exits 0 pramctl show tree --json
says '"root_pid": '
last=$(counter)
exits 0 pramctl restore tree
say "$out"
alive "$pid" || fail "process $pid was not restored"
goes_on
[ "$(counter)" -gt "$last" ] || fail "the tree started counting again from zero"
grep -q pram-tree.scope "/proc/$pid/cgroup" || fail "the tree is not in pram-tree.scope"
exits 0 pramctl list
equal "the list of checkpoints" "$out" ""

# The same with a name that systemd escapes, after a restart of pramd.
systemctl restart pramd.service
goes_on
exits 0 pramctl checkpoint 'ä b-c' --pid "$pid" --leave-running
goes_on
exits 1 pramctl restore 'ä b-c'
says "--leave-running, still runs"
child=$(pgrep -P "$pid")
check "kill the tree" kill -9 "$pid" "$child"
wait_for 10 sh -c '[ ! -e /proc/$1 ] && [ ! -e /proc/$2 ]' - "$pid" "$child" || fail "the tree still runs"
exits 0 pramctl restore 'ä b-c'
goes_on

# With --leave-running there would have to be room for a copy of the memory: refused, and not touched.
room=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
python3 -c 'import sys, time; m = b"x" * (int(sys.argv[1]) << 10); open("/run/hog", "w").write("x"); time.sleep(1000)' \
	$((room * 6 / 10)) &
hog=$!
# The debug kernel checks and fills each page.
wait_for 300 test -s /run/hog || fail "the process with much memory does not start"
exits 8 pramctl checkpoint hog --pid $hog --leave-running
says "(reason: copy-memory; see "
check "the process that was refused runs" kill $hog

# Another process has the PID: pramctl reports it, and the checkpoint is kept.
exits 0 pramctl checkpoint tree --pid "$pid"
echo "$pid" >/run/ids
squat /run/ids &
wait_for 20 test -s /run/ids.taken || fail "squat does not start"
equal "PIDs that squat has taken" "$(cat /run/ids.taken)" 1
exits 1 pramctl restore tree
says "in use by another process (squatter)"
exits 0 pramctl status
says "failed"
check "terminate squat" kill $!
check "squat ends" wait $!
exits 0 pramctl restore tree
goes_on

# CRIU cannot dump this process: pramctl reports the reason, and the process continues.
python3 - <<'END' &
import socket, time
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
t = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
a = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
time.sleep(1000)
END
bad=$!
wait_for 60 sh -c '[ "$(ls -l /proc/$1/fd | grep -c socket:)" -ge 3 ]' - $bad ||
	fail "the process has not opened its sockets"
exits 1 pramctl checkpoint bad --pid $bad
say "$out"
says "process $bad (python3) has a socket of a family or protocol that CRIU does not know"
says "(reason: socket-type; see "
exits 1 pramctl checkpoint bad --pid $bad --json
says '"reason": "socket-type"'
case $out in *"Unknown socket"* | *"Error ("*) fail "pramctl prints CRIU's own error text: $out" ;; esac
[ -s /var/log/pram/bad/dump.log ] || fail "CRIU's log was not kept"
kill -0 $bad || fail "the process that cannot be dumped has ended"
exits 0 pramctl list
equal "the list of checkpoints" "$out" ""
kill $bad $victim

# pramd is restarted while a checkpoint exists, and can still remove it.
exits 0 pramctl checkpoint tree --pid "$pid"
systemctl restart pramd.service
exits 0 pramctl list
says "ready"
exits 0 pramctl remove tree
exits 0 pramctl list
equal "the list of checkpoints" "$out" ""

# The tree has a file open whose name is gone. CRIU makes a link to it for the restore, or pramd removes that with the
# checkpoint.
mkdir -p "$CASE_DIR/links"
python3 - "$CASE_DIR/links" >/dev/null 2>&1 <<'END' &
import os, sys, time
os.setsid()
os.chdir(sys.argv[1])
f = open("file", "w")
os.link("file", "other")
os.unlink("file")
open("ready", "w").close()
time.sleep(1000)
END
linked=$!
links()
{
	find "$CASE_DIR/links" -name 'link_remap.*'
}
wait_for 60 test -e "$CASE_DIR/links/ready" || fail "the process has not opened its file"
exits 0 pramctl checkpoint linked --pid $linked
[ -n "$(links)" ] || fail "CRIU has made no link: $(ls -la "$CASE_DIR/links")"
exits 0 pramctl restore linked
equal "the links of CRIU after a restore" "$(links)" ""
exits 0 pramctl checkpoint linked --pid $linked
exits 0 pramctl remove linked
equal "the links of CRIU after the removal" "$(links)" ""
check "the file itself was not removed" test -e "$CASE_DIR/links/other"

# No space for the images, then no space for the log: the tree continues.
start_tree 2
mount -o remount,size=128k /run/pram/work
exits 1 pramctl checkpoint tree --pid "$pid"
say "$out"
goes_on
mount -o remount,size=100% /run/pram/work
mount -t tmpfs -o size=4k,ro none /var/log/pram
exits 0 pramctl checkpoint tree --pid "$pid"
[ -s /run/pram/log/tree/dump.log ] || fail "CRIU's log was not kept"
umount /var/log/pram
exits 0 pramctl restore tree
goes_on

# Invalid manifests, a node of another program, a dump that was never finished.
python3 - <<'END'
import fcntl, os, struct
def put(name, data):
    dev = os.open("/dev/pram", os.O_RDWR)
    arg = bytearray(struct.pack("IIII256s", 272, 1, 0, 0, name))
    node = fcntl.ioctl(dev, 1 << 30 | 272 << 16 | 0xd7 << 8 | 2, arg)
    os.write(node, data)
    fcntl.ioctl(node, 0xd7 << 8 | 0x10)
put(b"ckpt/evil/.manifest", os.urandom(5000))
put(b"ckpt/empty/.manifest", b"\x08\x01")
put(b"ckpt/half/pages-1.img", b"x" * 10000)
put(b"someone's", b"x")
put(b"ckpt/a\nb/core", b"x")
END
systemctl restart pramd.service
exits 0 pramctl status
say "$out"
says "Unknown node:  someone's"
exits 0 pramctl list --json
says '"name": "evil"'
says '"state": "corrupt"'
case $out in
*half*) fail "the unfinished dump is listed" ;;
esac
exits 8 pramctl restore evil
exits 0 pramctl show evil
exits 1 pramctl restore --all
exits 0 pramctl remove evil
exits 0 pramctl remove empty
exits 0 pramctl list
equal "the list of checkpoints" "$out" ""
goes_on
