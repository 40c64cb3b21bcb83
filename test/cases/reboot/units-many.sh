#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# 60 services, enabled by their slice, go over a kexec: more than pramd's queue holds requests. Each has a hook of CRIU
# that waits at the same time, and all ask for their restore at once. All come back with their main PIDs.
# group: units-many
# kernels: everyday
# long: everyday
# timeout: 900
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

count=60
names=()
for ((i = 1; i <= count; i++)); do
	names+=("many@$i.service")
done

# pids: prints the main PIDs of all services, one in each line.
pids()
{
	systemctl show -p MainPID --value "${names[@]}" | grep -v '^$'
}

all_run()
{
	[ "$(systemctl show -p ActiveState -p SubState --value "${names[@]}" | grep -v '^$' | sort | uniq -c | xargs)" = \
		"$count active $count running" ]
}

no_dropins()
{
	! systemctl show -p DropInPaths --value "${names[@]}" | grep -q .
}

nothing_kept()
{
	pramctl status | grep -q '^Checkpoints:   0$'
}

case $STAGE in
1)
	cat >/etc/systemd/system/many@.service <<-END
		[Service]
		ExecStart=/bin/sleep 1000%i
		Restart=always
		Slice=many.slice
	END
	systemctl daemon-reload
	check "the services start" systemctl start "${names[@]}"
	all_run || fail "not all services run"
	exits 0 pramctl enable --no-rehearsal many.slice
	says "$count services run in it now"
	pids >"$CASE_DIR/pids"
	equal "different main PIDs" "$(sort -u "$CASE_DIR/pids" | wc -l)" $count
	kexec_reboot
	;;
2)
	wait_for 600 all_run || fail "not all services run: $(pramctl status; systemctl list-units 'many@*' --no-legend)"
	pids | diff "$CASE_DIR/pids" - || fail "main PIDs have changed"
	for ((i = 1; i <= count; i++)); do
		grep -qz "^1000$i$" "/proc/$(sed -n "${i}p" "$CASE_DIR/pids")/cmdline" || fail "many@$i has another program"
	done
	wait_for 60 no_dropins || fail "services have drop-ins"
	wait_for 60 nothing_kept || fail "checkpoints are left: $(pramctl status)"
	equal "restarts" "$(systemctl show -p NRestarts --value "${names[@]}" | grep -v '^$' | sort -u)" 0
	say "$(pramctl report | sed -n '1p;$p')"
	check "the services stop" systemctl stop "${names[@]}"
	;;
esac
