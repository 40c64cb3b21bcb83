#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nginx.service and postgresql@.service as Debian packages them: master, workers, a pid file; shared
# anonymous, POSIX and SysV memory. They come back with all their processes.
# group: unit-debian
# timeout: 300
# leaves: yes

. "${0%/*}/lib.sh"
. "${0%/*}/pramlib.sh"

pg=postgresql@17-main.service
units=(nginx.service "$pg")

prop()
{
	systemctl show -p "$1" --value "$2"
}

sql()
{
	su postgres -c "psql -XAtqc \"$1\""
}

children()
{
	pgrep -P "$(prop MainPID "$1")" | sort -n | tr '\n' ' '
}

answers()
{
	python3 -c 'import urllib.request as r; assert r.urlopen("http://127.0.0.1/").status == 200' 2>/dev/null
}

first()
{
	local u
	systemctl start "${units[@]}" || fail "they do not start"
	wait_for 60 answers || fail "nginx does not answer"
	sql "create table t as select generate_series(1, 20000) x"
	exits 0 pramctl enable "${units[@]}"
	for u in "${units[@]}"; do
		keep "$u.pid" "$(prop MainPID "$u")"
		keep "$u.children" "$(children "$u")"
	done
	keep start "$(sql 'select pg_postmaster_start_time()')"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	exit 12
}

up()
{
	local u
	for u in "${units[@]}"; do
		[ "$(prop ActiveState "$u")/$(prop DropInPaths "$u")" = active/ ] || return 1
	done
}

second()
{
	local u
	wait_for 150 up || fail "not up: $(pramctl status; systemctl status --no-pager "${units[@]}")"
	for u in "${units[@]}"; do
		equal "$u's main pid" "$(prop MainPID "$u")" "$(kept "$u.pid")"
		equal "$u's children" "$(children "$u")" "$(kept "$u.children")"
		equal "$u's type" "$(prop Type "$u")" forking
	done
	say "$(pramctl report)"
	check "nginx answers" answers
	check "nginx reloads" systemctl reload nginx
	wait_for 20 answers || fail "nginx does not answer after a reload"
	equal "the postmaster" "$(sql 'select pg_postmaster_start_time()')" "$(kept start)"
	equal "the sum" "$(sql 'select sum(x) from t')" 200010000
	check "a write" sql "insert into t values (1)"
	check "a parallel query" sql "set max_parallel_workers_per_gather = 2; select count(*) from t"
	check "restart" systemctl restart "${units[@]}"
	wait_for 60 answers || fail "nginx does not answer after a restart"
	equal "the sum" "$(sql 'select sum(x) from t')" 200010001
}

case $STAGE in
1) first ;;
2) second ;;
esac
