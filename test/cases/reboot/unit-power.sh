#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The power fails after all services were dumped, just before the kexec. The next boot starts every service from
# scratch, as after any power failure, and pramd reports which services were lost. The next kexec-reboot works.
# group: unit-power
# long: everyday
# rare: debug
# timeout: 240
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/unitlib.sh"

redis="redis-server.service"
units=("${good[@]}" "$redis")
failure=/usr/lib/systemd/system-shutdown/power-failure

connected()
{
	[ "$(ss -Htn state established dport 6379 | wc -l)" -gt 0 ]
}

first()
{
	local u
	start_units "${good[@]}"
	check "Redis starts" systemctl start $redis
	check "enable" systemctl --quiet enable "${units[@]}"
	start_linked
	exits 0 pramctl enable "${units[@]}" u-linked.service
	equal "links after a rehearsal" "$(links)" ""
	for u in "${units[@]}"; do
		keep "$u.pid" "$(prop MainPID "$u")"
	done
	# Open a connection, so that Redis has a network lock. The next boot must not load it.
	sleep 1000 3<>/dev/tcp/127.0.0.1/6379 &
	wait_for 20 connected || fail "the connection to Redis was not established"
	mkdir -p "${failure%/*}"
	printf '#!/bin/sh\n[ "$1" != kexec ] || echo b >/proc/sysrq-trigger\n' >$failure
	chmod +x $failure
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	equal "units in /var/lib/pram/left" "$(grep -cxF "$(printf '%s\n' "${units[@]}")" /var/lib/pram/left)" \
		${#units[@]}
	[ -n "$(links)" ] || fail "CRIU has made no link to the deleted file of u-linked: $(ls -la $dir/links)"
	exit 12
}

# u-linked has a file open whose name is gone. CRIU makes a link to it for the restore.
start_linked()
{
	mkdir -p $dir/links
	cat >$dir/linked.py <<-'END'
		import os, sys, time
		os.chdir(sys.argv[1])
		f = open("file", "w")
		os.link("file", "other")
		os.unlink("file")
		open("ready", "w").close()
		time.sleep(100000)
	END
	printf '[Service]\nExecStart=/usr/bin/python3 %s/linked.py %s/links\n' $dir $dir >/etc/systemd/system/u-linked.service
	systemctl daemon-reload
	check "u-linked starts" systemctl start u-linked
	wait_for 60 test -e $dir/links/ready || fail "u-linked: $(systemctl status u-linked)"
}

# Prints the links of CRIU in the directory of u-linked.
links()
{
	find $dir/links -name 'link_remap.*'
}

all_active()
{
	local u
	for u in "${units[@]}"; do
		[ "$(prop ActiveState "$u")/$(prop SubState "$u")" = active/running ] || return 1
	done
}

second()
{
	local u
	rm $failure
	case $(cat /proc/cmdline) in
	*pram=*) fail "the machine was started by kexec: $(cat /proc/cmdline)" ;;
	esac
	wait_for 60 all_active || fail "not all services are active: $(systemctl status --no-pager "${units[@]}")"
	for u in "${units[@]}"; do
		[ "$(prop MainPID "$u")" != "$(kept "$u.pid")" ] ||
			fail "$u still has the PID that it had before the power failure"
		equal "$u's drop-ins" "$(prop DropInPaths "$u")" ""
		equal "$u's restarts" "$(prop NRestarts "$u")" 0
		journal_has 253ddc2d692f42d9aceea49b4d506fdd "$u" "$u was kept for a kexec, and is not"
	done
	equal "Restart= of u-notify" "$(prop Restart u-notify)" always
	journal_has 253ddc2d692f42d9aceea49b4d506fdd u-linked.service "u-linked.service was kept for a kexec, and is not"
	equal "links of CRIU" "$(links)" ""
	[ -e $dir/links/other ] || fail "the file itself was removed"
	exits 0 pramctl disable u-linked.service
	equal "the list of nftables tables" "$(nft list tables)" ""
	equal "files in /run/pram/units" "$(find /run/pram/units -type f 2>/dev/null)" ""
	[ ! -e /var/lib/pram/left ] ||
		fail "/var/lib/pram/left still exists, so the next boot would report the loss again"
	exits 0 pramctl status
	says "started clean at boot"
	says "Checkpoints:   0"
	says " in 0 nodes, "
	exits 0 pramctl report
	says "Nothing was restored"
	wait_for 60 test -s /run/u-notify/count || fail "u-notify does not count"
	wait_for 60 test -s /run/u-fork/count || fail "u-fork does not count"
	wait_for 60 test -s /run/u-exec-a/count || fail "u-exec does not count"
	remember "${good[@]}"
	keep "$redis.pid" "$(prop MainPID $redis)"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	exit 12
}

third()
{
	local u
	settle "${units[@]}"
	wait_for 60 no_dropins || fail "the drop-ins still exist"
	for u in "${good[@]}"; do
		runs_on "$u"
	done
	equal "Redis's main pid" "$(prop MainPID $redis)" "$(kept "$redis.pid")"
	equal "Redis's answer" "$(redis-cli ping)" PONG
	journalctl --sync
	equal "messages about lost services" "$(journalctl -b -o cat MESSAGE_ID=253ddc2d692f42d9aceea49b4d506fdd)" ""
}

case $STAGE in
1) first ;;
2) second ;;
3) third ;;
esac
