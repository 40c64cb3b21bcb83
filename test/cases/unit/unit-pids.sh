#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every pid and thread id that is to be restored has been chosen by a process of the new boot. If these
# end, the services come back as if nothing had been; if they stay, each is treated as it is told, and
# what waits can be started once they have gone.
# group: unit-pids
# long: everyday
# rare: debug
# timeout: 300
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/unitlib.sh"

units=(u-notify.service u-fork.service u-wait.service u-fresh.service)
waiting="in use by another process (squatter), waiting for its end"

# The squatters are there before the first service; with $1=leave they go when all services wait.
make_squat()
{
	cat >$dir/squat <<-END
		#!/bin/bash
		rm -f $dir/ids.taken
		"$(command -v squat)" $dir/ids &
		until [ -s $dir/ids.taken ]; do sleep 0.1; done
		systemd-notify --ready
		until [ $1 = leave ] &&
			[ "\$(journalctl -b -o cat _COMM=pramd | grep -cF '$waiting')" -ge ${#units[@]} ]
		do
			sleep 0.5
		done
		kill %1
		wait
	END
	chmod +x $dir/squat
	cat >/etc/systemd/system/u-squat.service <<-END
		[Unit]
		DefaultDependencies=no
		Before=sysinit.target
		[Service]
		Type=notify
		NotifyAccess=all
		ExecStart=$dir/squat
		[Install]
		WantedBy=sysinit.target
	END
	systemctl daemon-reload
	systemctl enable u-squat.service 2>/dev/null
}

ids()
{
	local u pid
	for u in "${units[@]}"; do
		while read -r pid; do
			ls "/proc/$pid/task"
		done <"/sys/fs/cgroup$(prop ControlGroup "$u")/cgroup.procs"
	done
}

go()
{
	remember "${units[@]}"
	ids >$dir/ids
	keep ids "$(wc -l <$dir/ids)"
	[ "$(kept ids)" -gt 12 ] || fail "too few ids: $(cat $dir/ids)"
	kexec_reboot
}

first()
{
	start_units "${units[@]}"
	make_squat leave
	mkdir -p /etc/pram/units.d
	echo "OnRestoreFailure=fresh" >/etc/pram/units.d/u-fresh.service.conf
	exits 0 pramctl enable "${units[@]}"
	go
}

gone()
{
	! pgrep -x squatter >/dev/null
}

# Those that left: nobody has seen a thing.
second()
{
	local u
	equal "squatters" "$(cat $dir/ids.taken)" "$(kept ids)"
	settle "${units[@]}"
	wait_for 60 no_dropins || fail "the drop-ins are still there"
	check "the squatters have gone" gone
	for u in "${units[@]}"; do
		runs_on "$u"
	done
	exits 0 pramctl status
	says "Checkpoints:   0"
	make_squat stay
	go
}

# Those that stay.
third()
{
	local u
	equal "squatters" "$(cat $dir/ids.taken)" "$(kept ids)"
	settle "${units[@]}"
	for u in u-notify u-fork u-wait; do
		equal "$u's state" "$(prop ActiveState $u)" failed
		journal_has 91a01973075442e49bbe3453a296c25f $u.service "another process (squatter)"
	done
	journal_has 6ec77cee98ed4f698d7404779a8ab95a u-fresh.service "another process (squatter)"
	equal "u-fresh's state" "$(prop ActiveState u-fresh)" active
	[ "$(prop MainPID u-fresh)" != "$(kept u-fresh.service.pid)" ] || fail "u-fresh did not start afresh"
	exits 0 pramctl status
	says "Checkpoints:   3"
	systemctl disable --now u-squat.service 2>/dev/null
	wait_for 30 gone || fail "squatters stay"
	check "they start" systemctl start u-notify u-fork u-wait
	wait_for 60 no_dropins || fail "the drop-ins are still there"
	for u in u-notify.service u-fork.service u-wait.service; do
		runs_on "$u"
	done
	exits 0 pramctl status
	says "Checkpoints:   0"
}

case $STAGE in
1) first ;;
2) second ;;
3) third ;;
esac
