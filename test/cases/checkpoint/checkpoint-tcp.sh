#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A tree with TCP connections: refused without an option, connections kept with --tcp-established, closed with
# --tcp-close. Also: systemd's watchdog restarts a pramd that hangs, and the new pramd still has the checkpoint.
# group: pramctl
# kernels: everyday
# timeout: 120

. "${0%/*}/../lib/lib.sh"

# Writes a program that has both ends of a connection in one tree: the parent sends numbers, the child echoes them.
program()
{
	cat >"$CASE_DIR/tcp.py" <<-'END'
		import os, socket, time
		os.setsid()
		listener = socket.create_server(("127.0.0.1", 0))
		a = socket.create_connection(listener.getsockname())
		b, _ = listener.accept()
		if not os.fork():
		    a.close()
		    while data := b.recv(8):
		        b.sendall(data)
		    os._exit(0)
		b.close()
		n = 0
		while True:
		    try:
		        a.sendall(n.to_bytes(8, "little"))
		        back = a.recv(8)
		        text = str(n) if back == n.to_bytes(8, "little") else f"wrong {back!r}"
		    except OSError as e:
		        text = f"closed {e.errno}"
		    n += 1
		    with open("/run/tcp.new", "w") as f:
		        f.write(text + "\n")
		    os.rename("/run/tcp.new", "/run/tcp")
		    time.sleep(0.1)
	END
}

start()
{
	rm -f /run/tcp
	python3 "$CASE_DIR/tcp.py" </dev/null >/dev/null 2>&1 &
	pid=$!
	wait_for 30 test -s /run/tcp || fail "the echo does not start"
}

past()
{
	[ "$(cat /run/tcp)" -gt "$1" ] 2>/dev/null
}

goes_on()
{
	local was
	was=$(cat /run/tcp)
	wait_for 20 past "$was" || fail "the connection makes no progress after $was: $(cat /run/tcp; ss -tnp)"
}

closed()
{
	grep -q closed /run/tcp
}

program
start
exits 2 pramctl checkpoint tcp --pid $pid --tcp-established --tcp-close
exits 1 pramctl checkpoint tcp --pid $pid
say "$out"
says "process $pid "
says "has an established TCP connection"
says "(reason: tcp-established; see "
goes_on

exits 0 pramctl checkpoint tcp --pid $pid --tcp-established
was=$(cat /run/tcp)
exits 0 pramctl restore tcp
goes_on
past "$was" || fail "the program started again from zero"
equal "the list of nftables tables" "$(nft list tables)" ""

# pramd hangs while it has a checkpoint.
exits 0 pramctl checkpoint tcp --pid $pid --tcp-close
mkdir -p /run/systemd/system/pramd.service.d
printf '[Service]\nWatchdogSec=2\n' >/run/systemd/system/pramd.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart pramd.service
hung=$(systemctl show -p MainPID --value pramd)
kill -STOP "$hung"
# Only for this one: the next would die whenever it is busy for two seconds.
rm -r /run/systemd/system/pramd.service.d
systemctl daemon-reload
another()
{
	local now
	now=$(systemctl show -p MainPID --value pramd)
	[ "$now" != 0 ] && [ "$now" != "$hung" ]
}
# systemd sends SIGABRT and SIGCONT.
wait_for 40 another || fail "systemd has not restarted pramd: $(systemctl status pramd)"
journal_says "Watchdog timeout" UNIT=pramd.service _PID=1
equal "NRestarts of pramd" "$(systemctl show -p NRestarts --value pramd)" 1
exits 0 pramctl list
says "tcp"
exits 0 pramctl restore tcp
wait_for 20 closed || fail "the connection was not closed: $(cat /run/tcp)"
kill $pid
