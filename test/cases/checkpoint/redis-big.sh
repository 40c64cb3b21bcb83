#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A Redis with 1 GiB of data that was started from a shell. It is dumped and restored with CRIU's own commands and the
# plugin, as the README of the plugin describes. Then it is registered and kept over a kexec. PID, keys and digest
# stay the same, and no page is copied.
# group: redis-big
# kernels: everyday
# rare: everyday
# memory: 4G
# timeout: 600
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

keys=262144
images=/run/images
lib=/usr/lib/pram/criu

answers()
{
	[ "$(redis-cli ping 2>/dev/null)" = PONG ]
}

start()
{
	mkdir -p /var/lib/redis-big
	redis-server --daemonize yes --save '' --dir /var/lib/redis-big --enable-debug-command local \
		--logfile /var/lib/redis-big/log >/dev/null
	wait_for 60 answers || fail "Redis does not start"
	redis-cli eval 'for i = 1, tonumber(ARGV[1]) do
		redis.call("SET", "key:" .. i, string.rep(redis.sha1hex(i), 102)) end' 0 $keys >/dev/null
	say "$(redis-cli info memory | grep used_memory_human | tr -d '\r')"
	keep pid "$(pidof redis-server)"
	keep digest "$(redis-cli debug digest)"
}

same()
{
	wait_for 120 answers || fail "$1: Redis does not answer: $(pramctl status)"
	equal "$1: Redis's PID" "$(pidof redis-server)" "$(kept pid)"
	equal "$1: keys" "$(redis-cli dbsize)" $keys
	equal "$1: digest" "$(redis-cli debug digest)" "$(kept digest)"
	check "$1: Redis takes a write" redis-cli set "key:1" "$(redis-cli get key:1)" >/dev/null
}

by_hand()
{
	local moved
	mkdir -p $images
	criu dump --lib $lib -t "$(pidof redis-server)" -D $images -o dump.log -v4 ||
		fail "criu dump: $(tail -n 5 $images/dump.log)"
	pidof redis-server && fail "Redis still runs"
	moved=$(grep -o '[0-9]* pages of .* copied' $images/dump.log)
	say "criu dump: $moved; $(du -sk --exclude='*.log' $images | cut -f1) KiB of images"
	[[ $moved == *", 0 of them copied" ]] || fail "pages were copied: $moved"
	[ "${moved%% *}" -gt $((1 << 18)) ] || fail "less than 1 GiB was moved"
	criu restore --lib $lib -D $images -o restore.log -v4 -d ||
		fail "criu restore: $(tail -n 5 $images/restore.log)"
	rm -r $images
}

case $STAGE in
1)
	start
	by_hand
	same "by CRIU's own commands"
	exits 0 pramctl register redis --pid "$(pidof redis-server)"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	case $out in
	*"MiB of memory moved (0 of "*) ;;
	*) fail "memory was copied: $out" ;;
	esac
	exit 12
	;;
2)
	same "over a kexec"
	exits 0 pramctl report
	say "$out"
	;;
esac
