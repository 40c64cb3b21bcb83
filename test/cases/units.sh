#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Services of several types go over two kexecs: they come back with their old main pids, threads, timers,
# watchdog, children and files of /run. What cannot be restored waits, or starts afresh, as it is told;
# what cannot be dumped, and may, starts afresh.
# group: units
# long: everyday
# rare: debug
# timeout: 400
# leaves: yes

. "${0%/*}/lib.sh"
. "${0%/*}/pramlib.sh"
. "${0%/*}/unitlib.sh"

vanishing=/etc/tmpfiles.d/pram-units.conf

# u-notify and u-fork are of one slice.
by_slice()
{
	local dropin=/run/systemd/system/u-fork.service.d
	mkdir -p $dropin
	printf '[Service]\nPrivateNetwork=yes\n' >$dropin/network.conf
	systemctl daemon-reload
	exits 8 pramctl enable u.slice
	says "u.slice: failed: u-fork.service: it has a network of its own"
	rm -r $dropin
	systemctl daemon-reload
	exits 8 pramctl enable -- -.slice
	says "the slice that all others are in"
	exits 0 pramctl enable u.slice u-exec@a.service u-wait.service u-fresh.service u-bad.service
	says "u.slice: enabled; 2 services run in it now"
	exits 6 pramctl disable u-fork.service
	says "it is enabled by u.slice: disable that"
	exits 0 pramctl list
	says "u.slice              active   2 services run in it"
	says "; by u.slice"
}

first()
{
	start_units u-bad.service "${all[@]}"
	systemctl enable u-bad.service 2>/dev/null
	mkdir -p /etc/pram/units.d
	echo "OnRestoreFailure=fresh" >/etc/pram/units.d/u-fresh.service.conf
	by_slice
	exits 0 pramctl list
	says "if it cannot be restored: fresh"
	printf 'r! %s\nr! %s\n' $dir/wait.data $dir/fresh.data >$vanishing
	remember u-bad.service "${all[@]}"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --allow-fresh u-bad.service
	say "$out"
	exit 12
}

no_dropin()
{
	[ -z "$(prop DropInPaths "$1")" ]
}

second()
{
	local u
	settle u-bad.service "${all[@]}"
	say "$(pramctl status)"
	wait_for 60 journal_has 0078467e71974279b19ffbcf9a7693f2 u-notify.service "runs again"
	# what waits keeps its drop-in
	for u in "${good[@]}" u-bad.service u-fresh.service; do
		wait_for 60 no_dropin "$u" || fail "$u has a drop-in"
	done
	for u in "${good[@]}"; do
		runs_on "$u"
	done
	[ ! -e $dir/stop-post ] || fail "ExecStopPost= of u-fork was run"
	[ "$(prop MainPID u-bad)" != "$(kept u-bad.service.pid)" ] || fail "u-bad did not start afresh"
	equal "the watchdog" "$(prop WatchdogUSec u-notify)" 20s
	equal "the pid file" "$(cat /run/u-fork.pid)" "$(kept u-fork.service.pid)"
	journalctl --sync
	journalctl -b -o cat -u u-notify "_PID=$(kept u-notify.service.pid)" SYSLOG_IDENTIFIER=python3 |
		grep -q "notify counts" || fail "u-notify's lines are not in the journal"

	equal "u-wait's state" "$(prop ActiveState u-wait)" failed
	exits 0 pramctl status
	says "Checkpoints:   1"
	out=$(echo "$out" | grep '^  u-wait.service .*failed')
	says "wait.data"
	journal_has 91a01973075442e49bbe3453a296c25f u-wait.service "wait.data"
	exits 8 pramctl restore u-wait.service
	says "systemctl start"
	echo data >$dir/wait.data
	check "the mended unit starts" systemctl start u-wait
	wait_for 60 no_dropins || fail "u-wait's drop-in is still there"
	runs_on u-wait.service

	# its file is not there for a fresh start either: that fails over and over, as it would anyway
	echo data >$dir/fresh.data
	journal_has 6ec77cee98ed4f698d7404779a8ab95a u-fresh.service "starts afresh"
	systemctl reset-failed u-fresh
	check "the fresh unit starts" systemctl start u-fresh
	[ "$(prop MainPID u-fresh)" != "$(kept u-fresh.service.pid)" ] || fail "u-fresh did not start afresh"
	exits 0 pramctl status
	says "Checkpoints:   0"
	rm $vanishing

	exits 0 pramctl disable u-bad.service
	remember "${all[@]}"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	exit 12
}

third()
{
	local u
	settle "${all[@]}"
	wait_for 60 no_dropins || fail "the drop-ins are still there"
	for u in "${all[@]}"; do
		runs_on "$u"
	done
	for u in "${all[@]}"; do
		check "$u stops" systemctl stop "$u"
		equal "$u's state" "$(prop ActiveState "$u")" inactive
		[ ! -d "/proc/$(kept "$u.pid")" ] || fail "$u has not ended"
	done
	[ -e $dir/stop-post ] || fail "ExecStopPost= of u-fork was not run"
}

case $STAGE in
1) first ;;
2) second ;;
3) third ;;
esac
