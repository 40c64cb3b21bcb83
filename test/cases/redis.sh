#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Redis with 256 MiB of data goes on under another kernel: same pid, same keys, same digest.
# This is what `make demo` shows.
# group: redis
# long: debug
# timeout: 180
# leaves: yes

. "${0%/*}/lib.sh"

keys=262144
unit=demo-redis

cli()
{
	redis-cli "$@"
}

answers()
{
	[ "$(cli ping 2>/dev/null)" = PONG ]
}

# The whole dataset, keys and values, in one number: Redis computes it.
dataset()
{
	cli debug digest
}

info()
{
	cli info "$1" | tr -d '\r' | sed -n "s/^$2://p"
}

fill()
{
	local from script
	# values that differ from each other and do not compress into zero pages
	script='for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
		redis.call("SET", "key:" .. i, string.rep(redis.sha1hex(i), 26)) end'
	for ((from = 0; from < keys; from += keys / 8)); do
		cli eval "$script" 0 $from $((from + keys / 8 - 1)) >/dev/null
	done
}

start_redis()
{
	mkdir -p /var/lib/demo
	systemd-run --quiet --unit=$unit -p StandardInput=null \
		-p StandardOutput=append:/var/lib/demo/redis.log \
		-p StandardError=append:/var/lib/demo/redis.log \
		redis-server --port 6379 --bind 127.0.0.1 --dir /var/lib/demo --save '' \
		--appendonly no --enable-debug-command yes --daemonize no
	wait_for 60 answers || fail "Redis does not answer"
}

show()
{
	say "    kernel   $(uname -r), up $(cut -d. -f1 /proc/uptime) s"
	say "    redis    pid $1, up $(info server uptime_in_seconds) s," \
		"$(($(info memory used_memory) >> 20)) MiB used"
	say "    dataset  $2 keys, digest $3"
}

before()
{
	local pid
	command -v pramctl >/dev/null || skip "pramctl is not installed"
	say "starting Redis and filling it with $((keys * 1040 >> 20)) MiB of values ..."
	start_redis
	fill
	pid=$(systemctl show -p MainPID --value $unit)
	keep pid "$pid"
	keep count "$(cli dbsize)"
	keep digest "$(dataset)"
	keep release "$(uname -r)"
	say "before:"
	show "$pid" "$(kept count)" "$(kept digest)"
	say "pramctl kexec-reboot --kernel /boot/vmlinuz-$1"
	pramctl register redis --pid "$pid" || fail "pramctl register"
	keep left "$(date +%s.%N)"
	leaving
	pramctl kexec-reboot --kernel "/boot/vmlinuz-$1" 2>&1 |
		while IFS= read -r line; do say "    $line"; done
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail "pramctl kexec-reboot"
	exit 12
}

after()
{
	local pid uptime count digest
	wait_for 60 answers || fail "no Redis answers: $(pramctl status 2>&1 | tail -n 5)"
	keep back "$(date +%s.%N)"
	pid=$(info server process_id)
	uptime=$(cut -d. -f1 /proc/uptime)
	count=$(cli dbsize)
	digest=$(dataset)
	say "after:"
	show "$pid" "$count" "$digest"
	case $(kept release) in
	*-debug) ;;
	*) [ "$(uname -r)" != "$(kept release)" ] || fail "the kernel is the same" ;;
	esac
	equal "the pid" "$pid" "$(kept pid)"
	[ -d "/proc/$pid" ] || fail "there is no process $pid"
	equal "the number of keys" "$count" "$(kept count)"
	equal "the digest" "$digest" "$(kept digest)"
	[ "$(info server uptime_in_seconds)" -gt "$uptime" ] ||
		fail "Redis is no older than the kernel"
	say "outage: $(awk "BEGIN { printf \"%.1f\", $(kept back) - $(kept left) }") s from the" \
		"command to the first answer (emulated CPU; the clock has whole seconds over a kexec)"
	check "Redis takes a write" cli set written after >/dev/null
}

next=next
case $(uname -r) in
*-debug) next=debug ;;
esac
case $STAGE in
1) before $next ;;
2) after ;;
esac
