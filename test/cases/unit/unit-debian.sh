#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's nginx.service and postgresql@.service over two kexecs. They have a master, workers, a PID file, and shared
# anonymous, POSIX and SysV memory. All their processes are restored.
# group: unit-debian
# long: everyday
# rare: debug
# timeout: 240
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

pg=postgresql@17-main.service
units=(nginx.service "$pg")

sql()
{
	su postgres -c "psql -XAtqc \"$1\""
}

# Prints the children of the main process. PostgreSQL's autovacuum workers are omitted because they are short-lived.
children()
{
	local pid
	for pid in $(pgrep -P "$(prop MainPID "$1")" | sort -n); do
		grep -qz 'autovacuum worker' "/proc/$pid/cmdline" 2>/dev/null || echo "$pid"
	done
}

answers()
{
	python3 -c 'import urllib.request as r; assert r.urlopen("http://127.0.0.1/").status == 200' 2>/dev/null
}

first()
{
	local u
	systemctl start "${units[@]}" || fail "the services do not start"
	wait_for 60 answers || fail "nginx does not answer"
	sql "create table t as select generate_series(1, 20000) x"
	exits 0 pramctl enable "${units[@]}"
	for u in "${units[@]}"; do
		keep "$u.pid" "$(prop MainPID "$u")"
		keep "$u.children" "$(children "$u")"
	done
	keep start "$(sql 'select pg_postmaster_start_time()')"
	kexec_reboot
}

# same SUM: checks that the services and their data have not changed. SUM is the expected sum of the table.
same()
{
	local u
	wait_for 150 up ||
		fail "not all services are active: $(pramctl status; systemctl status --no-pager "${units[@]}")"
	for u in "${units[@]}"; do
		equal "$u's main pid" "$(prop MainPID "$u")" "$(kept "$u.pid")"
		equal "$u's children" "$(children "$u")" "$(kept "$u.children")"
		equal "$u's type" "$(prop Type "$u")" forking
	done
	say "$(pramctl report)"
	check "nginx answers" answers
	equal "the start time of the postmaster" "$(sql 'select pg_postmaster_start_time()')" "$(kept start)"
	equal "the sum of the table" "$(sql 'select sum(x) from t')" "$1"
	check "insert a row" sql "insert into t values (1)"
	check "run a parallel query" sql "set parallel_setup_cost = 0; select count(*) from t"
}

third()
{
	same 200010001
	check "nginx reloads" systemctl reload nginx
	wait_for 20 answers || fail "nginx does not answer after a reload"
	check "restart the services" systemctl restart "${units[@]}"
	wait_for 60 answers || fail "nginx does not answer after a restart"
	equal "the sum of the table" "$(sql 'select sum(x) from t')" 200010002
}

case $STAGE in
1) first ;;
2)
	same 200010000
	kexec_reboot
	;;
3) third ;;
esac
