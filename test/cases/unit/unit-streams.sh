#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ExternalStreams=: a service has streams to another service, and a client of its own outside. It is refused; with
# ExternalStreams=close it is restored after a kexec, sees that all of them have hung up, and connects anew. A rehearsal, and
# a reboot that is called off, leave the streams alone.
# group: unit-streams
# kernels: everyday
# long: everyday
# timeout: 300
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"

units=(u-streams.service)
log=/var/tmp/streams
sock=/run/u-streams/sock

# The peer is not enabled: it starts afresh in the next kernel. It sends back what it gets.
peer()
{
	cat >/var/tmp/peer.py <<-'END'
		import os, select, socket
		poll, open_ = select.poll(), {}
		for name, kind in ("stream", socket.SOCK_STREAM), ("seqpacket", socket.SOCK_SEQPACKET):
		    s = socket.socket(socket.AF_UNIX, kind)
		    s.bind(f"/run/u-peer/{name}")
		    s.listen()
		    open_[s.fileno()] = s
		    poll.register(s, select.POLLIN)
		listening = set(open_)
		while True:
		    for fd, _ in poll.poll():
		        if fd in listening:
		            s = open_[fd].accept()[0]
		            open_[s.fileno()] = s
		            poll.register(s, select.POLLIN)
		            continue
		        data = open_[fd].recv(100)
		        if data:
		            open_[fd].send(data)
		        else:
		            poll.unregister(fd)
		            open_.pop(fd).close()
	END
	printf '[Service]\nExecStart=/usr/bin/python3 /var/tmp/peer.py\nRuntimeDirectory=u-peer\n%s\n' \
		'[Install]
WantedBy=multi-user.target' >/etc/systemd/system/u-peer.service
}

service()
{
	cat >/var/tmp/streams.py <<-'END'
		import os, select, socket, time
		log = open("/var/tmp/streams", "a", buffering=1)
		kinds = {"stream": socket.SOCK_STREAM, "seqpacket": socket.SOCK_SEQPACKET}
		mark = os.urandom(8).hex()	# its memory

		def connect(name):
		    while True:
		        s = socket.socket(socket.AF_UNIX, kinds[name])
		        try:
		            s.connect(f"/run/u-peer/{name}")
		            s.send(b"hello")
		            assert s.recv(100) == b"hello"
		            return s
		        except OSError:
		            s.close()
		            time.sleep(0.2)

		server = socket.socket(socket.AF_UNIX)
		server.bind("/run/u-streams/sock")
		server.listen()
		streams = {name: connect(name) for name in kinds}
		log.write(f"ready {mark}\n")
		while True:
		    ready = select.select([server, *streams.values()], [], [])[0]
		    for s in ready:
		        if s is server:
		            streams["client"] = server.accept()[0]
		            log.write(f"client {mark}\n")
		            continue
		        name = next(n for n in streams if streams[n] is s)
		        if s.recv(100):
		            continue
		        s.close()
		        del streams[name]
		        log.write(f"{name} has hung up {mark}\n")
		        if name in kinds:
		            streams[name] = connect(name)
		            log.write(f"{name} again {mark}\n")
	END
	printf '[Unit]\nAfter=u-peer.service\n[Service]\nExecStart=/usr/bin/python3 /var/tmp/streams.py\n%s\n' \
		'RuntimeDirectory=u-streams
[Install]
WantedBy=multi-user.target' >/etc/systemd/system/u-streams.service
}

# said N TEXT...: waits until the service has written N lines with TEXT.
said()
{
	local n=$1
	shift
	wait_for 60 sh -c '[ "$(grep -c "$1" $2)" = $3 ]' - "$*" $log "$n" ||
		fail "not $n times '$*': $(cat $log; systemctl status u-streams)"
}

first()
{
	local mark
	: >$log
	peer
	service
	systemctl daemon-reload
	check "the services start" systemctl start u-peer u-streams
	said 1 ready
	exits 8 pramctl enable u-streams.service
	say "$out"
	says "is connected to /run/u-peer/"
	says "(reason: unix-peer; see "

	mkdir -p /etc/pram/units.d
	echo ExternalStreams=close >/etc/pram/units.d/u-streams.service.conf
	exits 0 pramctl enable u-streams.service
	say "$out"
	python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX)
s.connect("'$sock'")
time.sleep(1000)' &
	said 1 client
	refused_jump "all processes were restored"
	# these were ended by then, so their peers have hung up
	said 3 "has hung up"
	said 2 again
	python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX)
s.connect("'$sock'")
time.sleep(1000)' &
	said 2 client
	exits 0 pramctl check u-streams.service
	sleep 1
	said 3 "has hung up"
	mark=$(awk '/^ready/ { print $2 }' $log)
	keep mark "$mark"
	keep pid "$(prop MainPID u-streams)"
	systemctl --quiet enable u-peer u-streams
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	exit 12
}

second()
{
	wait_for 90 up || fail "$(systemctl status u-streams; pramctl status)"
	equal "the main pid" "$(prop MainPID u-streams)" "$(kept pid)"
	said 6 "has hung up $(kept mark)"
	said 4 "again $(kept mark)"
	said 1 ready
	systemctl stop u-streams u-peer
}

case $STAGE in
1) first ;;
2) second ;;
esac
