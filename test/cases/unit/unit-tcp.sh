#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An established TCP connection to another host survives the kexec. The remote host keeps sending while the machine
# boots; it sees a pause, but no reset and no lost or repeated byte. Packets of the connection are dropped from before
# the interface is up until the restore is done. The restore waits for the local address that the service uses, also if
# the service only listens on it. Packets are accepted again if the restore fails, and if systemd cannot start the
# restore because a required unit has failed.
# group: unit-tcp
# long: everyday
# rare: debug
# timeout: 300
# leaves: yes
# qemu: -netdev user,id=net,guestfwd=tcp:10.0.2.100:7-cmd:cat -device virtio-net-pci,netdev=net

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"

unit='u-tcp.service'
listener='u-listen.service'
dir=/var/lib/u

prop()
{
	systemctl show -p "$1" --value "${2:-$unit}"
}

# Writes the program. It sends numbers without waiting for their echo, so that some are always in flight.
program()
{
	cat >$dir/echo.py <<-'END'
		import os, socket, threading, time
		s = socket.create_connection(("10.0.2.100", 7))
		state = {"sent": 0, "received": 0, "wrong": 0}

		def send():
		    while True:
		        s.sendall(state["sent"].to_bytes(8, "little") * 16)
		        state["sent"] += 1
		        time.sleep(0.01)

		threading.Thread(target=send, daemon=True).start()
		buf = b""
		while True:
		    data = s.recv(65536)
		    if not data:
		        raise SystemExit("the connection was closed")
		    buf += data
		    while len(buf) >= 128:
		        want = state["received"].to_bytes(8, "little") * 16
		        state["wrong"] += buf[:128] != want
		        state["received"] += 1
		        buf = buf[128:]
		    with open("/run/u-tcp/new", "w") as f:
		        values = *state.values(), s.getsockname()[1]
		        f.write(" ".join(str(v) for v in values) + "\n")
		    os.rename("/run/u-tcp/new", "/run/u-tcp/count")
	END
}

# Writes the units. u-net configures the interface as late as possible: when the address is added, the restore already
# waits for it.
make_units()
{
	cat >$dir/net-up <<-'END'
		#!/bin/sh
		nft list tables >/var/lib/u/tables-before-up
		ip link set eth0 up
		{ sleep "$1"; ip addr add 10.0.2.15/24 dev eth0; } &
	END
	chmod +x $dir/net-up
	cat >/etc/systemd/system/u-net.service <<-END
		[Unit]
		After=network-pre.target
		Before=network.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		KillMode=none
		ExecStart=$dir/net-up 5
		[Install]
		WantedBy=multi-user.target
	END
	cat >/etc/systemd/system/$unit <<-END
		[Unit]
		After=network.target u-need.service
		Requires=u-need.service
		[Service]
		ExecStart=/usr/bin/python3 $dir/echo.py
		RuntimeDirectory=u-tcp
		Restart=always
		ProtectSystem=strict
		PrivateTmp=yes
		[Install]
		WantedBy=multi-user.target
	END
	cat >/etc/systemd/system/u-need.service <<-END
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/bin/test ! -e $dir/broken
	END
	cat >/etc/systemd/system/$listener <<-END
		[Unit]
		After=network.target
		[Service]
		ExecStart=/usr/bin/python3 -c 'import socket, time; s = socket.create_server(("10.0.2.15", 99)); time.sleep(100000)'
	END
	systemctl daemon-reload
	check "enable" systemctl --quiet enable u-net.service
}

count()
{
	local v
	read -r -a v </run/u-tcp/count && echo "${v[$1]}"
}

has_address()
{
	[[ $(ip -4 -o addr show dev eth0) == *" 10.0.2.15/24 "* ]]
}

listens()
{
	[ "$(ss -Htln src 10.0.2.15:99 | wc -l)" = 1 ]
}

received()
{
	[ "$(count 1)" -gt "$1" ]
}

first()
{
	mkdir -p $dir /etc/pram
	program
	make_units
	check "u-net starts" systemctl start u-net
	wait_for 60 has_address || fail "eth0 has no address: $(ip addr)"
	check "the client starts" systemctl start $unit
	wait_for 60 test -s /run/u-tcp/count || fail "no echo arrives: $(journalctl -b -u $unit)"
	wait_for 60 received 200 || fail "the number of echoes does not increase"
	check "the listener starts" systemctl start $listener
	wait_for 60 listens || fail "$listener does not listen: $(journalctl -b -u $listener)"
	criu_dies
	exits 0 pramctl enable $unit $listener
	keep listener "$(prop MainPID $listener)"
	keep pid "$(prop MainPID)"
	keep port "$(count 3)"
	keep count "$(count 1)"
	kexec_reboot
}

# CRIU is killed after the dump, while it drops the packets of the connection. The reboot is called off, the service runs
# on, and its connection, which was idle at that moment, works again.
criu_dies()
{
	cat >/etc/systemd/system/u-idle.service <<-END
		[Service]
		ExecStart=/usr/bin/python3 $dir/idle.py
	END
	cat >$dir/idle.py <<-END
		import os, socket, time
		s = socket.create_connection(("10.0.2.100", 7))
		open("$dir/idle.connected", "w").close()
		while not os.path.exists("$dir/idle.go"):
		    time.sleep(0.2)
		s.sendall(b"there")
		if s.recv(5) == b"there":
		    open("$dir/idle.echo", "w").close()
		time.sleep(100000)
	END
	cat >$dir/criu <<-END
		#!/bin/sh
		exec /usr/sbin/criu "\$@" --action-script $dir/kill
	END
	cat >$dir/kill <<-END
		#!/bin/sh
		[ "\$CRTOOLS_SCRIPT_ACTION" != post-dump ] || {
			nft list tables >/proc/1/root$dir/tables 2>&1
			kill -9 \$PPID
		}
	END
	chmod 755 $dir/criu $dir/kill
	systemctl daemon-reload
	check "u-idle starts" systemctl start u-idle
	wait_for 30 test -e $dir/idle.connected || fail "u-idle is not connected"
	note_lives u-idle
	exits 0 pramctl enable u-idle
	says "u-idle.service: enabled; it paused for "
	echo "Criu=$dir/criu" >/etc/pram/pramd.conf
	systemctl reload pramd
	exits 1 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	says "u-idle.service: "
	says "all processes continue to run"
	grep -q CRIU $dir/tables || fail "CRIU had not loaded its nftables table: $(cat $dir/tables)"
	equal "the list of nftables tables" "$(nft list tables)" ""
	touch $dir/idle.go
	wait_for 30 test -e $dir/idle.echo || fail "the connection of u-idle does not work any more: $(ss -tinp)"
	units_untouched "after CRIU was killed" u-idle
	exits 0 pramctl disable u-idle
	systemctl stop u-idle
	rm /etc/pram/pramd.conf
	systemctl reload pramd
}

held_off()
{
	say "nftables tables before the interface was up: $(cat $dir/tables-before-up)"
	grep -q CRIU $dir/tables-before-up || fail "packets were not dropped before the interface was up"
}

second()
{
	local now
	wait_for 120 test -s /run/u-tcp/count ||
		fail "$unit was not restored: $(pramctl status; journalctl -b -u $unit)"
	held_off
	equal "the main pid" "$(prop MainPID)" "$(kept pid)"
	wait_for 60 listens || fail "$listener does not listen: $(pramctl status)"
	equal "the listener's main pid" "$(prop MainPID $listener)" "$(kept listener)"
	now=$(count 1)
	wait_for 100 received $((now + 200)) || fail "the number of echoes does not increase after $now: $(ss -tinp)"
	equal "wrong or lost messages" "$(count 2)" 0
	equal "the local port" "$(count 3)" "$(kept port)"
	[ "$now" -ge "$(kept count)" ] || fail "the program started again from zero"
	equal "restarts" "$(prop NRestarts)" 0
	equal "the list of nftables tables" "$(nft list tables)" ""
	equal "the number of connections" "$(ss -Htn state established dst 10.0.2.100 | wc -l)" 1
	say "$now messages before, $(count 1) now"
	touch $dir/broken
	kexec_reboot
}

restore_failed()
{
	[ "$(prop ActiveState)" = failed ]
}

no_tables()
{
	[ -z "$(nft list tables)" ]
}

not_started()
{
	[ "$(prop Result u-need.service)/$(prop ActiveState)/$(prop Job)" = exit-code/inactive/ ]
}

third()
{
	wait_for 150 not_started || fail "unexpected state of $unit: $(prop ActiveState)"
	held_off
	wait_for 60 no_tables || fail "packets are still dropped: $(nft list ruleset)"
	wait_for 60 listens || fail "$listener does not listen: $(pramctl status)"
	equal "the listener's main pid" "$(prop MainPID $listener)" "$(kept listener)"
	exits 0 pramctl status
	says "Checkpoints:   1"
	exits 0 pramctl remove $unit
	rm $dir/broken
	starts_afresh
	# Only the pramd of the next boot reads this setting; the running one is not reloaded.
	echo "Criu=/bin/false" >/etc/pram/pramd.conf
	kexec_reboot
}

starts_afresh()
{
	check "$unit starts from scratch" systemctl start $unit
	wait_for 60 test -s /run/u-tcp/count || fail "no echo arrives: $(journalctl -b -u $unit)"
	wait_for 60 received 20 || fail "the number of echoes does not increase"
}

fourth()
{
	wait_for 150 restore_failed || fail "unexpected state of $unit: $(prop ActiveState)"
	held_off
	wait_for 20 no_tables || fail "packets are still dropped: $(nft list ruleset)"
	exits 0 pramctl status
	says "Checkpoints:   2"
	rm /etc/pram/pramd.conf
	systemctl reload pramd
	exits 0 pramctl remove $unit
	starts_afresh
	# The listener had no connection, so it can still be restored from its checkpoint.
	check "the listener starts" systemctl start $listener
	wait_for 60 listens || fail "$listener does not listen: $(pramctl status)"
	equal "the listener's main pid" "$(prop MainPID $listener)" "$(kept listener)"
	check "the services stop" systemctl stop $unit $listener
	exits 0 pramctl status
	says "Checkpoints:   0"
}

case $STAGE in
1) first ;;
2) second ;;
3) third ;;
4) fourth ;;
esac
