#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Restores hang after a kexec. The boot waits for them as long as BootTimeoutSec= says. Then OnRestoreFailure= applies to
# the services; the restore of a registered tree goes on in the background.
# group: boot-hang
# kernels: everyday
# long: everyday
# timeout: 300
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/unitlib.sh"

units=(u-wait.service u-fresh.service)

tree_past()
{
	[ "$(cat $dir/tree.count)" -gt "$1" ] 2>/dev/null
}

first()
{
	start_units "${units[@]}"
	check "enable" systemctl --quiet enable "${units[@]}"
	mkdir -p /etc/pram/units.d
	echo "OnRestoreFailure=fresh" >/etc/pram/units.d/u-fresh.service.conf
	cat >$dir/tree.py <<-END
		import os, time
		n = 0
		while True:
		    n += 1
		    with open("$dir/tree.new", "w") as f:
		        f.write(f"{n}\n")
		    os.rename("$dir/tree.new", "$dir/tree.count")
		    time.sleep(0.1)
	END
	systemd-run --quiet --scope --unit=hang-tree setsid python3 $dir/tree.py </dev/null >/dev/null 2>&1 &
	wait_for 60 test -s $dir/tree.count || fail "the tree does not count"
	pid=$(pgrep -f "python3 $dir/tree.py" | tail -n 1)
	keep tree "$pid"
	exits 0 pramctl register tree --pid "$pid"
	exits 0 pramctl enable "${units[@]}"
	remember "${units[@]}"
	cat >$dir/criu <<-END
		#!/bin/sh
		[ "\$1" != restore ] || until [ -e $dir/go ]; do sleep 0.2; done
		exec /usr/sbin/criu "\$@"
	END
	chmod 755 $dir/criu
	printf 'Criu=%s\nBootTimeoutSec=20\n' $dir/criu >$conf
	systemctl reload pramd
	kexec_reboot
}

fresh_runs()
{
	[ "$(prop ActiveState u-fresh.service)/$(prop SubState u-fresh.service)" = active/running ] &&
		[ "$(prop MainPID u-fresh.service)" != "$(kept u-fresh.service.pid)" ] && [ -s /run/u-fresh/count ]
}

second()
{
	local count usec
	# The agent waits for multi-user.target. Without the limit that is RestoreTimeoutSec= later, 600 s.
	usec=$(prop ActiveEnterTimestampMonotonic multi-user.target)
	((usec > 0 && usec < 300000000)) || fail "the boot has waited for the restores: $usec us"
	equal "u-wait's state" "$(prop ActiveState u-wait.service)" failed
	exits 0 pramctl status
	out=$(echo "$out" | grep '^  u-wait.service .*failed')
	says "took"
	wait_for 60 fresh_runs || fail "u-fresh does not run: $(systemctl status u-fresh)"
	journal_has 6ec77cee98ed4f698d7404779a8ab95a u-fresh.service "starts afresh"
	equal "pram-restore.service" "$(prop ActiveState pram-restore.service)" failed
	[ ! -e "/proc/$(kept tree)" ] || fail "the tree was restored, although CRIU hangs"
	exits 0 pramctl status
	says ", doing: restore"

	say "CRIU hangs no longer"
	count=$(cat $dir/tree.count)
	touch $dir/go
	wait_for 60 tree_past "$count" || fail "the tree was not restored: $(pramctl status)"
	check "the tree has its PID" test -e "/proc/$(kept tree)"
	check "u-wait starts" systemctl start u-wait.service
	wait_for 60 no_dropins || fail "the drop-in of u-wait still exists"
	runs_on u-wait.service
	exits 0 pramctl status
	says "Checkpoints:   0"
}

case $STAGE in
1) first ;;
2) second ;;
esac
