#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pramctl in one kernel: a tree is kept and restored; a tree that is refused is not touched.
# group: pramctl
# kernels: everyday debug
# long: debug
# timeout: 240

. "${0%/*}/../lib/lib.sh"

counter()
{
	local n=
	# the file is empty for a moment when it is written
	until [ -n "$n" ]; do n=$(cat /run/counter); done
	echo "$n"
}

# A tree of two processes. The child counts.
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
		fail "the tree does not go on"
}

exits 0 pramctl status
say "$out"
says "PRAM:          on"

# refused, before anything is touched
sleep 1000 &
victim=$!
exits 8 pramctl checkpoint x --pid 2
says "kernel thread"
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

# kept, shown, restored
start_tree 1
exits 0 pramctl checkpoint tree --pid "$pid"
say "$out"
[ ! -e "/proc/$pid" ] || fail "the tree was not ended"
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
[ -e "/proc/$pid" ] || fail "process $pid is not back"
goes_on
[ "$(counter)" -gt "$last" ] || fail "it began anew"
grep -q pram-tree.scope "/proc/$pid/cgroup" || fail "not in a scope of its own"
exits 0 pramctl list
equal "the list" "$out" ""

# again, under a name that systemd escapes; pramd is restarted meanwhile
systemctl restart pramd.service
goes_on
exits 0 pramctl checkpoint 'ä b-c' --pid "$pid" --leave-running
goes_on
exits 1 pramctl restore 'ä b-c'
says "left running"
child=$(pgrep -P "$pid")
check "it is killed" kill -9 "$pid" "$child"
wait_for 10 sh -c '[ ! -e /proc/$1 ] && [ ! -e /proc/$2 ]' - "$pid" "$child" || fail "it still runs"
exits 0 pramctl restore 'ä b-c'
goes_on

# another process has the pid: pramctl says so, and the checkpoint is kept
exits 0 pramctl checkpoint tree --pid "$pid"
echo "$pid" >/run/ids
squat /run/ids &
wait_for 20 test -s /run/ids.taken || fail "squat does not start"
equal "pids that are taken" "$(cat /run/ids.taken)" 1
exits 1 pramctl restore tree
says "in use by another process (squatter)"
exits 0 pramctl status
says "failed"
check "the squatter is told to end" kill $!
check "it ends" wait $!
exits 0 pramctl restore tree
goes_on

# what CRIU cannot dump: its reason, and the process goes on
python3 - <<'END' &
import socket, time
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
t = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
a = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
time.sleep(1000)
END
bad=$!
wait_for 60 sh -c '[ "$(ls -l /proc/$1/fd | grep -c socket:)" -ge 3 ]' - $bad || fail "no sockets"
exits 1 pramctl checkpoint bad --pid $bad
say "$out"
says "process $bad (python3) has a socket of a family or protocol that CRIU does not know"
says "(reason: socket-type; see "
exits 1 pramctl checkpoint bad --pid $bad --json
says '"reason": "socket-type"'
case $out in *"Unknown socket"* | *"Error ("*) fail "CRIU's own words: $out" ;; esac
[ -s /var/log/pram/bad/dump.log ] || fail "no log was kept"
kill -0 $bad || fail "it was touched"
exits 0 pramctl list
equal "the list" "$out" ""
kill $bad $victim

# pramd is restarted with a checkpoint there, and removes it
exits 0 pramctl checkpoint tree --pid "$pid"
systemctl restart pramd.service
exits 0 pramctl list
says "ready"
exits 0 pramctl remove tree
exits 0 pramctl list
equal "the list" "$out" ""

# no room for the images, then none for the log: the tree goes on
start_tree 2
mount -o remount,size=128k /run/pram/work
exits 1 pramctl checkpoint tree --pid "$pid"
say "$out"
goes_on
mount -o remount,size=100% /run/pram/work
mount -t tmpfs -o size=4k,ro none /var/log/pram
exits 0 pramctl checkpoint tree --pid "$pid"
[ -s /run/pram/log/tree/dump.log ] || fail "no log was kept"
umount /var/log/pram
exits 0 pramctl restore tree
goes_on

# manifests that are garbage, a node of another program, a dump that was never finished
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
says "Strange node:  someone's"
exits 0 pramctl list --json
says '"name": "evil"'
says '"state": "corrupt"'
case $out in
*half*) fail "the unfinished dump is still there" ;;
esac
exits 8 pramctl restore evil
exits 0 pramctl show evil
exits 1 pramctl restore --all
exits 0 pramctl remove evil
exits 0 pramctl remove empty
exits 0 pramctl list
equal "the list" "$out" ""
goes_on
