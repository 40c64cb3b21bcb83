#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Services with a .socket unit: started by a connection, restored in the same kernel and after a kexec. Service and socket
# unit are as before: the same process accepts connections on the socket that systemd has bound, nothing is bound twice,
# both can be stopped, and a connection activates the service again. Accept=yes and ListenFIFO= are refused. One of the
# services has only a part of /proc (ProcSubset=).
# Another service has made the directory of its unix socket in /run by itself.
# group: unit-socket
# kernels: everyday
# long: everyday
# timeout: 300
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"

units=(u-act.service u-box.service u-dir.service)

# The program answers with a mark in its memory, its PID, and how many it has answered. It makes its first socket
# non-blocking and sets options, as many servers do, and says so.
program()
{
	mkdir -p /opt
	cat >/opt/act.py <<-'END'
		import fcntl, os, select, socket, threading, time
		lock = open(__file__)
		fcntl.flock(lock, fcntl.LOCK_SH)
		threading.Thread(target=time.sleep, args=(1000000,), daemon=True).start()
		mark, n = os.urandom(4).hex(), 0
		socks = [socket.socket(fileno=3 + i) for i in range(int(os.environ["LISTEN_FDS"]))]
		first = socks[0]
		os.set_blocking(first.fileno(), False)
		options = {socket.SO_RCVBUF: 100000, socket.SO_KEEPALIVE: 1, socket.SO_PRIORITY: 3}
		for name, value in options.items():
		    first.setsockopt(socket.SOL_SOCKET, name, value)
		poll = select.epoll()
		for s in socks:
		    poll.register(s.fileno(), select.EPOLLIN)
		while True:
		    for fd, _ in poll.poll():
		        s = next(s for s in socks if s.fileno() == fd)
		        n += 1
		        values = ",".join(str(first.getsockopt(socket.SOL_SOCKET, name)) for name in options)
		        text = f"{mark} {os.getpid()} {n} {os.get_blocking(fd)} {values}\n".encode()
		        if s.type == socket.SOCK_DGRAM:
		            s.sendto(text, s.recvfrom(100)[1])
		        else:
		            c = s.accept()[0]
		            c.send(text)
		            c.close()
	END
	cat >/opt/dir.py <<-'END'
		import os, socket
		os.mkdir("/run/u-dir")
		os.chmod("/run/u-dir", 0o711)
		os.mkdir("/run/u-dir/own", 0o750)
		os.chown("/run/u-dir/own", 1, 1)
		s = socket.socket(socket.AF_UNIX)
		s.bind("/run/u-dir/own/sock")
		os.chmod("/run/u-dir/own/sock", 0o660)
		s.listen()
		mark = os.urandom(4).hex()
		while True:
		    c = s.accept()[0]
		    c.send(f"{mark} {os.getpid()}\n".encode())
		    c.close()
	END
	cat >/opt/ask.py <<-'END'
		import socket, sys
		kind, address = sys.argv[1:]
		path = address.replace("@", "\0") if kind == "unix" else ("127.0.0.1", int(address))
		s = socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET,
		                  socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
		s.settimeout(30)
		s.connect(path)
		if kind == "udp":
		    s.send(b"?")
		print(s.recv(100).decode().strip())
	END
}

units()
{
	cd /etc/systemd/system || fail "no /etc/systemd/system"
	cat >u-act.socket <<-END
		[Socket]
		ListenStream=127.0.0.1:7001
		ListenDatagram=127.0.0.1:7002
		ListenStream=/run/u-act.sock
		ListenStream=@u-act
		[Install]
		WantedBy=sockets.target
	END
	# This one is not enabled, but active.
	printf '[Socket]\nListenStream=7003\nListenStream=/run/u-box.sock\n' >u-box.socket
	printf '[Service]\nExecStart=/usr/bin/python3 /opt/act.py\n' | tee u-act.service >u-box.service
	printf 'DynamicUser=yes\nPrivateTmp=yes\nPrivateDevices=yes\nProtectSystem=strict\n' >>u-box.service
	printf 'ProtectProc=invisible\nProcSubset=pid\n' >>u-box.service
	printf '[Service]\nExecStart=/usr/bin/python3 /opt/dir.py\n' >u-dir.service
	printf '[Socket]\nListenStream=127.0.0.1:7004\nAccept=yes\n' >u-each.socket
	printf '[Service]\nExecStart=/bin/sleep 100000\n' | tee u-each@.service >u-fifo.service
	printf '[Socket]\nListenFIFO=/run/u-fifo\n' >u-fifo.socket
	systemctl daemon-reload
	cd / || fail "no /"
}

ask()
{
	python3 /opt/ask.py "$@" || echo "no answer"
}

# answers WHEN: asks all sockets. The answers have the marks and PIDs that were kept, and count on.
answers()
{
	local kind address unit blocks n
	while read -r kind address unit blocks; do
		n=$(($(cat "/run/n.$unit") + 1))
		echo $n >"/run/n.$unit"
		equal "$1: $kind $address" "$(ask "$kind" "$address")" "$(kept "$unit.mark") $(kept "$unit.pid") $n $blocks 200000,1,3"
	done <<-END
		tcp 7001 u-act False
		udp 7002 u-act True
		unix /run/u-act.sock u-act True
		unix @u-act u-act True
		tcp 7003 u-box False
		unix /run/u-box.sock u-box True
	END
}

# The sockets of PID 1 and of a process that are the same, by inode number.
common()
{
	comm -12 <(find /proc/1/fd -lname 'socket:*' -printf '%l\n' | sort -u) \
		<(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' | sort -u) | wc -l
}

as_before()
{
	local unit
	for unit in u-act u-box; do
		equal "$1: $unit" "$(prop ActiveState "$unit.service")/$(prop MainPID "$unit.service")" "active/$(kept "$unit.pid")"
		equal "$1: $unit.socket" "$(prop ActiveState "$unit.socket")/$(prop SubState "$unit.socket")" active/running
	done
	equal "$1: sockets that systemd and u-act share" "$(common "$(kept u-act.pid)")" 4
	equal "$1: sockets that systemd and u-box share" "$(common "$(kept u-box.pid)")" 2
	for port in 7001 7003; do
		equal "$1: sockets that listen on $port" "$(ss -HltnO "sport = :$port" | wc -l)" 1
	done
	equal "$1: sockets on 7002" "$(ss -HlunO "sport = :7002" | wc -l)" 1
	equal "$1: locks of the program's file" "$(grep -c ":$(stat -c %i /opt/act.py) " /proc/locks)" 2
	[ ! -e "/proc/$(kept u-box.pid)/root/proc/sys" ] || fail "$1: u-box sees /proc/sys"
	answers "$1"
	equal "$1: u-dir" "$(ask unix /run/u-dir/own/sock)" "$(kept u-dir.mark)"
	equal "$1: modes and owners" "$(stat -c '%A %u' /run/u-dir /run/u-dir/own /run/u-dir/own/sock | tr '\n' ' ')" \
		"drwx--x--x 0 drwxr-x--- 1 srw-rw---- 0 "
}

first()
{
	local unit port
	program
	units
	check "the sockets listen" systemctl start u-act.socket u-box.socket u-each.socket u-fifo.socket
	systemctl --quiet enable u-act.socket
	for port in 7001 7003; do
		unit=$([ $port = 7001 ] && echo u-act || echo u-box)
		read -r mark pid n _ <<<"$(ask tcp $port)"
		keep "$unit.mark" "$mark"
		keep "$unit.pid" "$pid"
		echo "$n" >"/run/n.$unit"
		equal "$unit's main pid" "$(prop MainPID "$unit.service")" "$pid"
	done
	check "u-dir starts" systemctl start u-dir.service
	wait_for 30 test -S /run/u-dir/own/sock || fail "u-dir has no socket"
	keep u-dir.mark "$(ask unix /run/u-dir/own/sock)"
	as_before "before"

	systemctl start u-fifo.service
	exits 8 pramctl enable u-fifo.service
	says "ListenFIFO="
	python3 -c 'import socket, time
s = socket.create_connection(("127.0.0.1", 7004))
time.sleep(1000)' &
	wait_for 30 sh -c 'systemctl --plain --no-legend list-units "u-each@*" | grep -q .' || fail "no instance of u-each"
	each=$(systemctl --plain --no-legend list-units "u-each@*.service" | awk '{ print $1 }')
	exits 8 pramctl enable "$each"
	say "$out"
	says "Accept=yes"
	exits 8 pramctl enable dbus.service
	says "a part of systemd"
	systemctl stop u-each.socket "$each" u-fifo.socket u-fifo.service

	exits 0 pramctl enable "${units[@]}"
	say "$out"
	as_before "after a rehearsal"
	refused_jump "all processes were restored"
	as_before "after a reboot that was called off"
	keep u-act.n "$(cat /run/n.u-act)"
	keep u-box.n "$(cat /run/n.u-box)"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	exit 12
}

second()
{
	local unit
	wait_for 90 up || fail "$(systemctl status "${units[@]}"; pramctl status)"
	for unit in u-act u-box; do
		kept "$unit.n" >"/run/n.$unit"
	done
	as_before "after the kexec"
	for unit in u-act u-box; do
		check "$unit stops" systemctl stop $unit.socket $unit.service
		check "$unit.socket listens" systemctl start $unit.socket
		equal "$unit's state" "$(prop ActiveState "$unit.service")" inactive
	done
	for port in 7001 7003; do
		unit=$([ $port = 7001 ] && echo u-act || echo u-box)
		read -r mark pid n _ <<<"$(ask tcp $port)"
		[ "$mark" != "$(kept "$unit.mark")" ] || fail "$unit was not started anew"
		equal "$unit's main pid" "$(prop MainPID "$unit.service")" "$pid"
		equal "$unit's count" "$n" 1
	done
	systemctl stop u-act.socket u-box.socket "${units[@]}"
}

case $STAGE in
1) first ;;
2) second ;;
esac
