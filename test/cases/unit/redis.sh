#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's Redis with 256 MiB of data continues under another kernel: same PID, same keys, same digest. Its client on
# another host continues to write over the same connection. `make demo` runs this case.
# group: redis
# long: everyday debug
# peer: clients.py
# timeout: 300
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/peerlib.sh"

keys=67200
size=4080
units=("$redis")

cli()
{
	redis-cli "$@"
}

answers()
{
	[ "$(cli ping 2>/dev/null)" = PONG ]
}

# Prints the digest of all keys and values, which Redis computes.
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
	# The values differ from each other, so that no page is a copy of another one or zero.
	script='for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
		redis.call("SET", "key:" .. i, string.rep(redis.sha1hex(i), tonumber(ARGV[3]))) end'
	for ((from = 0; from < keys; from += keys / 8)); do
		cli eval "$script" 0 $from $((from + keys / 8 - 1)) $((size / 40)) >/dev/null
	done
	equal "the number of keys" "$(cli dbsize)" $keys
}

start_redis()
{
	settings
	printf 'enable-debug-command local\nsave ""\n' >>/etc/redis/redis.conf
	systemctl start "$redis" || fail "Redis does not start"
	wait_for 60 answers || fail "Redis does not answer"
}

show()
{
	say "    kernel   $(uname -r), up $(cut -d. -f1 /proc/uptime) s"
	say "    redis    pid $1, up $(info server uptime_in_seconds) s," \
		"$(($(info memory used_memory) >> 20)) MiB used, $(prop ActiveState "$redis")"
	say "    dataset  $2 keys, digest $3"
}

before()
{
	local pid
	say "configuring the network, and starting Redis as packaged ..."
	network
	start_redis
	say "filling Redis with $((keys * size >> 20)) MiB of values ..."
	fill
	say "computing the digest of the dataset ..."
	pid=$(prop MainPID "$redis")
	keep pid "$pid"
	keep count "$(cli dbsize)"
	keep digest "$(dataset)"
	keep release "$(uname -r)"
	say "before:"
	show "$pid" "$(kept count)" "$(kept digest)"
	say "pramctl enable redis-server"
	exits 0 pramctl enable redis-server
	say "a client on another machine connects, and appends 1, 2, 3 ... to a list"
	peer start redis client
	peer watch client
	peer check
	say "pramctl kexec-reboot --kernel /boot/vmlinuz-$1"
	leaving
	pramctl kexec-reboot --kernel "/boot/vmlinuz-$1" 2>&1 |
		while IFS= read -r line; do say "    $line"; done
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail "pramctl kexec-reboot"
	exit 12
}

# Checks that Redis has everything that the client wrote. Then deletes the list, so that the rest of the dataset can be
# compared with the digest.
the_client_went_on()
{
	peer check
	say "the client continues over the same connection: $out"
	peer stop
	say "its list: $(redis_sequence client), no number is missing or repeated"
	equal "the number of answers that the client received" "${out%% answers*}" "client $(cli llen client)"
	check "delete the client's list" cli del client >/dev/null
}

after()
{
	local pid uptime count digest
	was_held_off
	wait_for 60 answers || fail "Redis does not answer: $(pramctl status 2>&1 | tail -n 5)"
	the_client_went_on
	pid=$(prop MainPID "$redis")
	uptime=$(cut -d. -f1 /proc/uptime)
	[ "$(info server uptime_in_seconds)" -gt "$uptime" ] ||
		fail "Redis has not been running longer than the kernel"
	count=$(cli dbsize)
	digest=$(dataset)
	say "after:"
	show "$pid" "$count" "$digest"
	case $(kept release) in
	*-debug) ;;
	*) [ "$(uname -r)" != "$(kept release)" ] || fail "the kernel is the same" ;;
	esac
	equal "the main pid" "$pid" "$(kept pid)"
	equal "the PID that Redis reports" "$(info server process_id)" "$pid"
	equal "the number of keys" "$count" "$(kept count)"
	equal "the digest" "$digest" "$(kept digest)"
	equal "restarts" "$(prop NRestarts "$redis")" 0
	say "pramctl report"
	exits 0 pramctl report
	while IFS= read -r line; do say "    $line"; done <<<"$out"
	say "(The CPU is emulated. Over a kexec the clock is only accurate to one second.)"
	check "Redis takes a write" cli set written after >/dev/null
}

case $STAGE in
1) before "$(jump_kernel)" ;;
2) after ;;
esac
