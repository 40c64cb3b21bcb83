#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A service that cannot be dumped is refused when it is enabled, and calls the reboot off: all services run on, untouched.
# units-refused has the reboots that fail when all services were ended.
# group: units-fail
# long: everyday
# rare: debug
# timeout: 700

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/unitlib.sh"

start_units u-bad.service "${all[@]}"
exits 8 pramctl enable u-exec@.service
says "it is a template"
check "u-fleeting starts" systemd-run --quiet --unit=u-fleeting sleep 1000
exits 8 pramctl enable u-fleeting
says "it is a transient unit"
says "(reason: unit-transient; see "
systemctl stop u-fleeting

# bad_is_named: checks that $out says why u-bad cannot be dumped.
bad_is_named()
{
	says "u-bad.service: process $(kept u-bad.service.pid) (python3) has a block device open: /dev/"
	says "(reason: block-device; see "
}

# paused UNIT TEXT: checks that $out says that the unit paused for some time.
paused()
{
	[[ $out =~ "$1: $2; it paused for "([0-9]+\.[0-9]+)" s" ]] || fail "no pause of $1: $out"
	[ "${BASH_REMATCH[1]}" != 0.00 ] || fail "$1 was not paused: $out"
}

# all_untouched WHEN: checks that all services run on without any change.
all_untouched()
{
	units_untouched "$1" u-bad.service "${all[@]}"
	pram_is_empty
}

# What CRIU refuses, pramctl check and pramctl enable refuse. The others can be kept and are enabled.
remember u-bad.service "${all[@]}"
note_lives u-bad.service "${all[@]}"
exits 8 pramctl check u-wait.service u-bad.service
say "$out"
bad_is_named
says "u-bad.service: failed: "
paused u-wait.service "can be kept"
all_untouched "after pramctl check"
exits 0 pramctl list
equal "what is enabled after pramctl check" "$out" ""
exits 0 pramctl check u-wait.service
paused u-wait.service "can be kept"
exits 8 pramctl enable "${all[@]}" u-bad.service
say "$out"
bad_is_named
for u in "${all[@]}"; do
	paused "$u" enabled
done
all_untouched "after pramctl enable"
exits 6 pramctl disable u-bad.service

# u-bad was enabled nevertheless: it calls the reboot off, before anything was ended.
exits 0 pramctl enable --no-rehearsal u-bad.service
says "u-bad.service: enabled; its dump was not rehearsed"
exits 1 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
say "$out"
bad_is_named
says "; all processes continue to run"
case $out in *"ending the tree"*) fail "a service was ended: $out" ;; esac
wait_for 60 no_dropins || fail "the drop-ins still exist"
for u in u-bad.service "${all[@]}"; do
	runs_on "$u"
done
all_untouched "after the reboot was called off"
[ ! -e $dir/stop-post ] || fail "ExecStopPost= of u-fork was run"
exits 0 pramctl disable u-bad.service
systemctl stop u-bad

# holds FIRST THEN: starts a process that opens a unix socket s and runs the Python statements s.FIRST and THEN.
holds()
{
	python3 -c "import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.$1
open('$CASE_DIR/held', 'w').close()
$2
time.sleep(1000)" &
	wait_for 60 test -e "$CASE_DIR/held" || fail "the process has not opened its socket"
	rm "$CASE_DIR/held"
}

# `pramctl enable` refuses a service that is connected to another process; the user need not wait for the reboot.
holds "bind('/run/other.sock'); s.listen()" "c = s.accept()"
server=$!
unit u-bus simple /run/u-bus "ExecStart=/usr/bin/python3 -c 'import socket, time; \
	s = socket.socket(socket.AF_UNIX); s.connect(\"/run/other.sock\"); time.sleep(1000)'"
systemctl daemon-reload
systemctl start u-bus || fail "u-bus does not start"
# Succeeds once pramctl refuses u-bus, which means that it is connected. Before that, pramctl accepts it, and it is
# disabled again. CRIU could refuse it for other reasons, so there is no rehearsal.
refused()
{
	local status=0
	pramctl enable --no-rehearsal u-bus.service >/dev/null 2>&1 || status=$?
	[ $status != 8 ] || return 0
	equal "the exit status of pramctl enable" $status 0
	exits 0 pramctl disable u-bus.service
	return 1
}
wait_for 30 refused || fail "pramctl enable never refused u-bus"
exits 8 pramctl enable u-bus.service
says "is connected to /run/other.sock of another process"
kill $server
exited 143 $server
check "u-bus stops" systemctl stop u-bus

# A child of the main process belongs to another unit, as a session below sshd. It would be dumped with the service.
unit u-host simple /run/u-host "ExecStart=/bin/sh -c 'systemd-run --scope --unit=u-guest sleep 1000 & wait'"
systemctl daemon-reload
check "u-host starts" systemctl start u-host
guest()
{
	[ "$(prop ActiveState u-guest.scope)" = active ] && pgrep -x sleep -P "$(prop MainPID u-host)" >/dev/null
}
wait_for 60 guest || fail "no process of u-host is in u-guest.scope: $(systemctl status u-host u-guest.scope)"
keep guest "$(pgrep -x sleep -P "$(prop MainPID u-host)")"
exits 8 pramctl enable u-host.service
says "process $(kept guest) (sleep) descends from its main process $(prop MainPID u-host), but belongs to u-guest.scope"
check "u-guest stops" systemctl stop u-guest.scope
check "u-host stops" systemctl stop u-host

# A service that is still starting prevents the reboot.
unit u-slow notify /run/u-slow "ExecStart=/bin/sleep 1000" Type=notify
systemctl daemon-reload
systemctl start --no-block u-slow
starts()
{
	[ "$(prop ActiveState u-slow)" = activating ] && [ "$(prop MainPID u-slow)" != 0 ]
}
wait_for 30 starts || fail "u-slow does not start: $(systemctl status u-slow)"
exits 0 pramctl enable u-slow.service
says "u-slow.service: enabled; its dump was not rehearsed, since it does not run"
exits 8 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --dry-run
says "u-slow.service: it is still starting"
exits 0 pramctl disable u-slow.service
systemctl stop u-slow

# A process of this service leaves the tree during the reboot, by losing its parent. It would not be dumped.
unit u-leaves simple /run/u-leaves "ExecStart=/bin/sh -c 'until test -e $dir/leave; do sleep 0.2; done; \
	(sleep 1000 &) ; touch $dir/left; exec sleep 1000'"
# This service has a file open on a detached tmpfs. The path of the file is also that of a file of root.
unit u-passwd simple /run/u-passwd "ExecStart=/usr/bin/python3 $dir/passwd.py"
cat >$dir/passwd.py <<-'END'
	import ctypes, os, time
	libc = ctypes.CDLL(None)
	fs = libc.syscall(430, b"tmpfs", 0)			# fsopen
	assert libc.syscall(431, fs, 6, None, None, 0) == 0	# fsconfig, FSCONFIG_CMD_CREATE
	top = libc.syscall(432, fs, 0, 0)			# fsmount, attached nowhere
	os.mkdir("etc", dir_fd=top)
	f = os.open("etc/passwd", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644, dir_fd=top)
	os.close(top)
	os.close(fs)
	assert os.readlink(f"/proc/self/fd/{f}") == "/etc/passwd"
	open("/run/u-passwd/holds", "w").close()
	time.sleep(100000)
END
systemctl daemon-reload
exits 0 pramctl disable "${all[@]}"
say "an open file on a detached mount, with the path of another file"
check "u-passwd starts" systemctl start u-passwd
wait_for 60 test -e /run/u-passwd/holds || fail "u-passwd: $(systemctl status u-passwd)"
keep passwd "$(prop MainPID u-passwd)"
exits 8 pramctl enable u-passwd
says "u-passwd.service: process $(kept passwd) (python3) has a file open on a mount that it does not see: /etc/passwd"
exits 0 pramctl enable --no-rehearsal u-passwd
exits 1 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
says "u-passwd.service: process $(kept passwd) (python3) has a file open on a mount that it does not see: /etc/passwd"
says "all processes continue to run"
equal "u-passwd's main pid" "$(prop MainPID u-passwd)" "$(kept passwd)"
exits 0 pramctl disable u-passwd
systemctl stop u-passwd

say "a process that leaves the tree"
check "u-leaves starts" systemctl start u-leaves
keep leaves "$(prop MainPID u-leaves)"
exits 0 pramctl enable u-leaves u-wait
leave()
{
	until [ -e /run/pram/units/leaving/u-leaves.service ]; do sleep 0.05; done
	touch $dir/leave
}
# Each dump begins when the process has left.
cat >$dir/late-criu <<-END
	#!/bin/sh
	[ "\$1" != dump ] || until [ -e $dir/left ]; do sleep 0.1; done
	exec /usr/sbin/criu "\$@"
END
chmod 755 $dir/late-criu
mkdir -p /etc/pram
echo "Criu=$dir/late-criu" >/etc/pram/pramd.conf
systemctl reload pramd
note_lives u-wait.service
leave &
leaver=$!
exits 1 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
check "u-leaves was triggered" wait $leaver
rm /etc/pram/pramd.conf
systemctl reload pramd
units_untouched "after a process has left u-leaves" u-wait.service
says "of it does not descend from its main process $(kept leaves)"
says "(reason: unit-processes; see "
says "all processes continue to run"
equal "u-leaves's main pid" "$(prop MainPID u-leaves)" "$(kept leaves)"
equal "processes of u-leaves" "$(wc -l <"/sys/fs/cgroup$(prop ControlGroup u-leaves)/cgroup.procs")" 2
exits 0 pramctl disable u-leaves u-wait
systemctl stop u-leaves

exits 0 pramctl enable "${all[@]}"

# A client of u-notify's socket whose connection was not accepted yet prevents the reboot.
holds "connect('\0/run/u-notify')" ""
client=$!
exits 8 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --dry-run
says "u-notify.service: process "
says "has a client on @/run/u-notify"
check "kill the client" kill $client
exited 143 $client
