#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# systemd refuses the kexec when all services were ended: they are restored immediately, each in its unit, with its main
# PID, threads, timers, children and files in /run, and systemd manages them as before. One that cannot be restored fails,
# and systemctl start restores it.
# group: units-refused
# long: everyday
# rare: debug
# timeout: 600

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/unitlib.sh"

start_units "${all[@]}"
exits 0 pramctl enable --no-rehearsal "${all[@]}"

stopped()
{
	grep -q '^State:.*(stopped)' "/proc/$1/status"
}

announced()
{
	[ "$(pramctl show u-notify.service >/dev/null 2>&1; echo $?)" = 6 ]
}

# Stops the pram-unit-restore of u-notify before it tells systemd the main PID: it waits for pramd then, and pramd for
# CRIU. Continues it after pramd has removed the checkpoint, and thereby the reason for the drop-in, and after systemd
# has reloaded its units.
late()
{
	local holder
	wait_for 300 test -e $dir/restoring || fail "CRIU does not restore u-notify"
	holder=$(pgrep -f 'pram-unit-restore u-notify') || fail "no pram-unit-restore of u-notify runs"
	check "stop pram-unit-restore" kill -STOP "$holder"
	wait_for 60 stopped "$holder" || fail "pram-unit-restore does not stop"
	touch $dir/go
	wait_for 120 announced || fail "pramd has not removed the checkpoint: $(pramctl list)"
	check "systemd reloads its units" systemctl daemon-reload
	echo "$(prop ActiveState u-notify) $(prop NotifyAccess u-notify)" >"$CASE_DIR/late"
	check "continue pram-unit-restore" kill -CONT "$holder"
}

# systemd refuses the kexec when all services were ended.
remember "${all[@]}"
# The restore of u-notify waits for late().
cat >$dir/slow-criu <<-END
	#!/bin/sh
	case "\$*" in
	"restore "*"/run/pram/work/u-notify.service "*)
		touch /proc/1/root$dir/restoring
		until [ -e $dir/go ]; do sleep 0.1; done
		;;
	esac
	exec /usr/sbin/criu "\$@"
END
chmod 755 $dir/slow-criu
mkdir -p /etc/pram
echo "Criu=$dir/slow-criu" >/etc/pram/pramd.conf
systemctl reload pramd
late &
stopper=$!
refused_jump "all processes were restored"
rm /etc/pram/pramd.conf
systemctl reload pramd
check "pram-unit-restore of u-notify was stopped and continued" wait $stopper
equal "u-notify before systemd knows its main PID" "$(cat "$CASE_DIR/late")" "activating all"
wait_for 60 no_dropins || fail "the drop-ins still exist"
for u in "${all[@]}"; do
	runs_on "$u"
done
[ ! -e $dir/stop-post ] || fail "ExecStopPost= of u-fork was run"
pram_is_empty
exits 0 pramctl disable "${all[@]}"

# A service that cannot be restored after a cancelled reboot fails, and `systemctl start` restores it, as after a boot.
cat >$dir/criu <<-END
	#!/bin/sh
	[ "\$1" != restore ] || [ ! -e $dir/broken ] || exit 1
	exec /usr/sbin/criu "\$@"
END
chmod 755 $dir/criu
touch $dir/broken
say "a service that cannot be restored after the cancelled reboot"
mkdir -p /etc/pram
echo "Criu=$dir/criu" >/etc/pram/pramd.conf
systemctl reload pramd
exits 0 pramctl enable u-wait
remember u-wait.service
refused_jump "1 could not be restored"
equal "u-wait, which could not be restored" "$(prop ActiveState u-wait)" failed
exits 1 systemctl start u-wait
exits 0 pramctl status
out=$(grep '^  u-wait.service .*failed' <<<"$out")
says "CRIU"
rm $dir/broken
check "u-wait starts" systemctl start u-wait
wait_for 60 no_dropins || fail "the drop-in of u-wait still exists"
runs_on u-wait.service
