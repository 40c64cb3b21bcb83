#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Services of several types over two kexecs: they are restored with their main PIDs, threads, timers, watchdog, children
# and files in /run. A service that cannot be restored waits or is started from scratch, as OnRestoreFailure= specifies.
# A service that cannot be dumped is started from scratch if --allow-fresh permits it.
# group: units
# long: everyday
# rare: debug
# timeout: 400
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/unitlib.sh"

vanishing=/etc/tmpfiles.d/pram-units.conf

# row PATTERN: checks that a line of the table in $out matches.
row()
{
	echo "$out" | grep -q -- "$1" || fail "no line matches '$1': $out"
}

# Enables the services, u-notify and u-fork by their slice.
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
	exits 0 pramctl enable u.slice u-exec@a.service u-wait.service u-fresh.service u-needs
	says "u.slice: enabled; 2 services run in it now; it paused for "
	equal "lines that pramctl has printed twice" "$(sort <<<"$out" | uniq -d)" ""
	says "u-needs.service: enabled; it paused for "
	exits 0 pramctl enable --no-rehearsal u-bad.service
	says "u-bad.service: enabled; its dump was not rehearsed"
	exits 6 pramctl disable u-fork.service
	says "it is enabled by u.slice: disable that"
	exits 0 pramctl list
	row '^NAME  *STATE '
	row '^u\.slice  *active .* 2 services run in it$'
	row '^u-fork\.service  *active .* u\.slice\( \|$\)'
}

# ready_early WANTED_BY: checks that pramd is started early and lets CRIU probe the kernel if there is something to
# restore. pram-restore.service is only started for trees.
ready_early()
{
	equal "WantedBy of pramd.service" "$(prop WantedBy pramd.service)" "$1"
	[ ! -e /run/pram-trees ] || fail "pram-generator reports a tree, but there is none"
	[ -z "$1" ] || [ -s /run/criu.kdat ] || fail "CRIU has not probed the kernel in advance"
}

first()
{
	equal "ConditionResult of pram-restore with nothing to restore" "$(prop ConditionResult pram-restore)" no
	ready_early ""
	start_units u-bad.service "${all[@]}" u-needs.service
	check "enable" systemctl --quiet enable u-bad.service
	mkdir -p /etc/pram/units.d
	echo "OnRestoreFailure=fresh" >/etc/pram/units.d/u-fresh.service.conf
	by_slice
	exits 0 pramctl list
	row '^u-fresh\.service .* fresh\( \|$\)'
	printf 'r! %s\nr! %s\n' $dir/wait.data $dir/fresh.data >$vanishing
	remember u-bad.service "${all[@]}" u-needs.service
	exits 8 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --dry-run --allow-fresh u-bat
	says "--allow-fresh u-bat.service: this service is not enabled"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --allow-fresh u-bad
	say "$out"
	exit 12
}

no_dropin()
{
	[ -z "$(prop DropInPaths "$1")" ]
}

# fresh NAME: checks that the service runs, but with another main PID than before the kexec.
fresh()
{
	wait_for 60 test -s "/run/$1/count" || fail "$1 does not count: $(systemctl status --no-pager "$1")"
	equal "$1's state" "$(prop ActiveState "$1")/$(prop SubState "$1")" active/running
	[ "$(prop MainPID "$1")" != "$(kept "$1.service.pid")" ] ||
		fail "$1 was restored instead of started from scratch"
}

second()
{
	local u
	settle u-bad.service "${all[@]}"
	ready_early sysinit.target
	say "$(pramctl status)"
	journal_has 0078467e71974279b19ffbcf9a7693f2 u-notify.service "runs again"
	# u-wait and u-needs keep their drop-ins, because they wait to be restored.
	for u in "${good[@]}" u-bad.service u-fresh.service; do
		wait_for 60 no_dropin "$u" || fail "$u has a drop-in"
	done
	good_went_on
	[ ! -e $dir/stop-post ] || fail "ExecStopPost= of u-fork was run"
	fresh u-bad
	equal "the watchdog" "$(prop WatchdogUSec u-notify)" 20s
	equal "the pid file" "$(cat /run/u-fork.pid)" "$(kept u-fork.service.pid)"
	journal_says "notify counts" -u u-notify "_PID=$(kept u-notify.service.pid)" SYSLOG_IDENTIFIER=python3

	equal "u-wait's state" "$(prop ActiveState u-wait)" failed
	equal "the state of u-needs, which requires u-wait" "$(prop ActiveState u-needs)" inactive
	exits 0 pramctl status
	says "Checkpoints:   2"
	out=$(echo "$out" | grep '^  u-wait.service .*failed')
	says "wait.data"
	journal_has 91a01973075442e49bbe3453a296c25f u-wait.service "wait.data"
	exits 8 pramctl restore u-wait.service
	says "systemctl start"
	echo data >$dir/wait.data
	check "u-wait starts after its file was replaced" systemctl start u-wait
	wait_for 60 no_dropins || fail "the drop-in of u-wait still exists"
	runs_on u-wait.service
	check "u-needs starts" systemctl start u-needs
	wait_for 60 no_dropin u-needs || fail "the drop-in of u-needs still exists"
	runs_on u-needs.service

	# u-fresh was started from scratch, but failed because its file was missing.
	echo data >$dir/fresh.data
	journal_has 6ec77cee98ed4f698d7404779a8ab95a u-fresh.service "starts afresh"
	systemctl reset-failed u-fresh
	check "u-fresh starts" systemctl start u-fresh
	fresh u-fresh
	exits 0 pramctl status
	says "Checkpoints:   0"
	rm $vanishing

	exits 0 pramctl disable u-bad.service u-needs.service
	systemctl stop u-needs
	remember "${all[@]}"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	exit 12
}

# Checks pramctl report: the parts of an outage add up to the total, most memory was kept in place, and the journal has
# the same numbers.
reports()
{
	local ms
	cat >$dir/report.py <<-'END'
		import json, sys
		r = next(r for r in json.load(sys.stdin)["reports"] if r["name"] == sys.argv[1])
		parts = [r[k + "_usec"] for k in ("dump", "shutdown", "kernel", "userspace", "restore")]
		print(r["outage_usec"] // 1000)
		sys.exit(sum(parts) != r["outage_usec"] or 0 in parts or r["pages"] < 1000 or
		         r["copied_pages"] > r["pages"] / 2)
	END
	exits 0 pramctl --json report
	ms=$(echo "$out" | python3 $dir/report.py u-fork.service) ||
		fail "pramctl report has wrong numbers: outage $ms ms: $out"
	journal_has a7fd2a1f4b814f84af4d14c0395f373b u-fork.service "u-fork.service: outage $ms ms"
}

was_restarted()
{
	[ "$(prop NRestarts u-notify)" -gt 0 ] && [ "$(prop ActiveState u-notify)" = active ]
}

# Checks that the watchdog and Restart= of a restored service work.
hangs()
{
	kill -STOP "$(kept u-notify.service.pid)"
	wait_for 90 was_restarted ||
		fail "systemd has not restarted the hanging u-notify: $(systemctl status --no-pager u-notify)"
	journal_says "Watchdog timeout" -u u-notify _PID=1
}

third()
{
	local u
	settle "${all[@]}"
	wait_for 60 no_dropins || fail "the drop-ins still exist"
	in_order
	for u in "${all[@]}"; do
		runs_on "$u"
	done
	reports
	hangs
	for u in "${all[@]}"; do
		check "$u stops" systemctl stop "$u"
		equal "$u's state" "$(prop ActiveState "$u")" inactive
		[ ! -d "/proc/$(kept "$u.pid")" ] || fail "the process of $u has not ended"
	done
	[ -e $dir/stop-post ] || fail "ExecStopPost= of u-fork was not run"
}

case $STAGE in
1) first ;;
2) second ;;
3) third ;;
esac
