#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# After the kexec, other processes ("squatters") occupy every PID and thread ID that must be restored. If they end in
# time, all services are restored. If they stay, each service follows its OnRestoreFailure= setting, and a service that
# waits can be started after the squatters have ended.
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

# make_squat leave|stay: installs the squatters, which start before the first service. With "leave" they end as soon as
# all services wait for them.
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
	check "enable" systemctl --quiet enable u-squat.service
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
	[ "$(kept ids)" -gt 12 ] || fail "the services have too few IDs for this test: $(cat $dir/ids)"
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

# The squatters have left: all services must be restored.
second()
{
	local u
	equal "the number of squatters" "$(cat $dir/ids.taken)" "$(kept ids)"
	settle "${units[@]}"
	wait_for 60 no_dropins || fail "the drop-ins still exist"
	check "all squatters have ended" gone
	for u in "${units[@]}"; do
		runs_on "$u"
	done
	exits 0 pramctl status
	says "Checkpoints:   0"
	make_squat stay
	go
}

# The squatters stay: no service can be restored.
third()
{
	local u
	equal "the number of squatters" "$(cat $dir/ids.taken)" "$(kept ids)"
	settle "${units[@]}"
	for u in u-notify u-fork u-wait; do
		equal "$u's state" "$(prop ActiveState $u)" failed
		journal_has 91a01973075442e49bbe3453a296c25f $u.service "another process (squatter)"
	done
	journal_has 6ec77cee98ed4f698d7404779a8ab95a u-fresh.service "another process (squatter)"
	equal "u-fresh's state" "$(prop ActiveState u-fresh)" active
	[ "$(prop MainPID u-fresh)" != "$(kept u-fresh.service.pid)" ] ||
		fail "u-fresh was restored instead of started from scratch"
	exits 0 pramctl status
	says "Checkpoints:   3"
	check "disable" systemctl --quiet disable --now u-squat.service
	wait_for 30 gone || fail "the squatters do not end"
	check "the services start" systemctl start u-notify u-fork u-wait
	wait_for 60 no_dropins || fail "the drop-ins still exist"
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
