#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A robust mutex that a service holds over a kexec is still held by it: its processes are killed before their shared
# memory is taken, and this must not show in it. The memory is anonymous, a tmpfs file and a file on a disk.
# group: unit-robust
# kernels: everyday
# long: everyday
# timeout: 300
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/unitlib.sh"

units=(u-anon u-tmpfs u-disk)
report=/var/tmp/robust

first()
{
	local u robust
	robust=$(command -v robust)
	for u in "${units[@]}"; do
		printf '[Service]\nExecStart=%s %s %s.go %s\n[Install]\nWantedBy=multi-user.target\n' "$robust" \
			"$report-$u" $report "$1" >/etc/systemd/system/"$u".service
		shift
	done
	systemctl daemon-reload
	check "the services start" systemctl start "${units[@]}"
	for u in "${units[@]}"; do
		wait_for 60 grep -q ready "$report-$u" || fail "$u: $(systemctl status "$u")"
		keep "$u" "$(prop MainPID "$u")"
	done
	exits 0 pramctl enable "${units[@]}"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	exit 12
}

second()
{
	local u
	for u in "${units[@]}"; do
		wait_for 90 systemctl -q is-active "$u" || fail "$u: $(systemctl status "$u"; pramctl status)"
		equal "$u's main pid" "$(prop MainPID "$u")" "$(kept "$u")"
	done
	touch $report.go
	for u in "${units[@]}"; do
		wait_for 60 sh -c '[ "$(wc -l <"$1")" = 2 ]' - "$report-$u" || fail "$u: $(cat "$report-$u")"
		equal "what $u says" "$(tail -n 1 "$report-$u")" ok
	done
	systemctl stop "${units[@]}"
}

case $STAGE in
1) first "" /dev/shm/u-robust $report.data ;;
2) second ;;
esac
