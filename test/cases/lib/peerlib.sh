# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases with `peer: clients.py`. Source this file after lib.sh and pramlib.sh. systemd-networkd configures the
# interface, as on a real server: late in the boot and in parallel with the start of the services.

server=10.9.0.1
peer=10.9.0.2

# peer WORD...: sends a command to the clients. Sets $out to their answer.
peer()
{
	out=$(exec 3<>/dev/tcp/$peer/7000 && echo "$*" >&3 && cat <&3) || fail "the peer does not answer"
	case $out in
	'' | *FAILED*) fail "peer: $*: $out" ;;
	esac
}

has_address()
{
	ip -o addr show dev eth0 | grep -qF "$server/"
}

# Checks that packets were still dropped during the shutdown, after nftables.service had been stopped.
was_held_off()
{
	grep -q CRIU /var/lib/pram-test/tables-at-stop ||
		fail "packets were not dropped during the shutdown: $(cat /var/lib/pram-test/tables-at-stop)"
}

# Checks that nftables has no table except the one of nftables.service.
tables_are_gone()
{
	equal "the list of nftables tables" "$(nft list tables)" "table inet filter"
}

peer_answers()
{
	timeout 5 bash -c "exec 3<>/dev/tcp/$peer/7000 && echo check >&3" 2>/dev/null
}

network()
{
	printf '[Match]\nName=eth0\n[Network]\nAddress=%s/24\nIPv6AcceptRA=no\n' $server \
		>/etc/systemd/network/eth0.network
	systemctl enable --quiet --now systemd-networkd.service
	wait_for 60 has_address || fail "eth0 has no address: $(journalctl -b -u systemd-networkd)"
	# Debian's nftables.service flushes all rules when it starts and when it stops, including rules that other
	# programs have added.
	cat >/etc/systemd/system/u-look.service <<-'END'
		[Unit]
		DefaultDependencies=no
		Conflicts=shutdown.target
		Before=nftables.service shutdown.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/bin/true
		ExecStop=/bin/sh -c 'nft list tables >/var/lib/pram-test/tables-at-stop'
		[Install]
		WantedBy=sysinit.target
	END
	systemctl enable --quiet --now u-look.service nftables.service
	tables_are_gone
	wait_for 60 peer_answers || fail "the peer does not answer: $(ip addr)"
}

redis="redis-server.service"
nginx=nginx.service
postgres=postgresql@17-main.service
units=("$redis" "$nginx" "$postgres")
keys=16384

answers()
{
	[ "$(redis-cli ping 2>/dev/null)" = PONG ] &&
		timeout 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/80' 2>/dev/null &&
		[ "$(sql 'select 1' 2>/dev/null)" = 1 ]
}

sql()
{
	su postgres -c "psql -XAtqc \"$1\""
}

# Computes the digest of all values in the order of their keys. A script does this because Debian's Redis disables the
# DEBUG command.
dataset()
{
	redis-cli eval 'local d = ""
		for i = 1, tonumber(ARGV[1]) do
			d = redis.sha1hex(d .. (redis.call("GET", "key:" .. i) or "-")) end
		return d' 0 $keys
}

# Changes the configuration files of the services: they listen on the interface and keep connections open.
settings()
{
	sed -i -e "s/^bind .*/bind 127.0.0.1 $server/" -e 's/^protected-mode .*/protected-mode no/' \
		/etc/redis/redis.conf
	# The digest is one long script and the CPU is emulated, so the default limit is too short.
	echo "busy-reply-threshold 600000" >>/etc/redis/redis.conf
	# By default nginx closes a connection after 1000 requests or one hour.
	printf '%s\n' "keepalive_requests 1000000;" "keepalive_time 1d;" >/etc/nginx/conf.d/keepalive.conf
	echo "listen_addresses = '127.0.0.1, $server'" >/etc/postgresql/17/main/conf.d/listen.conf
	echo "host all postgres $peer/32 trust" >>/etc/postgresql/17/main/pg_hba.conf
}

start_services()
{
	settings
	systemctl start "${units[@]}" || fail "the services do not start: $(systemctl status "${units[@]}")"
	wait_for 60 answers || fail "the services do not answer"
	exits 0 pramctl enable "${units[@]}"
	redis-cli config set save '' >/dev/null
	redis-cli eval 'for i = 1, tonumber(ARGV[1]) do
		redis.call("SET", "key:" .. i, string.rep(redis.sha1hex(i), 26)) end' 0 $keys >/dev/null
	equal "the number of keys" "$(redis-cli dbsize)" $keys
}

# Prints the processes of a service. PostgreSQL's autovacuum workers are omitted because they are short-lived.
processes()
{
	local pid
	while read -r pid; do
		grep -qz 'autovacuum worker' "/proc/$pid/cmdline" 2>/dev/null || echo "$pid"
	done < <(sort -n "/sys/fs/cgroup$(prop ControlGroup "$1")/cgroup.procs")
}

remember_processes()
{
	local u
	for u in "${units[@]}"; do
		keep "$u.pid" "$(prop MainPID "$u")"
		keep "$u.processes" "$(processes "$u")"
	done
}

# redis_sequence NAME: checks that the list of the client holds each number exactly once and in order.
redis_sequence()
{
	redis-cli lrange "$1" 0 -1 | awk -v name="$1" '
		$1 != NR { print name ": number " NR " is " $1; exit 1 }
		END { print name " holds 1 to " NR }' || fail "the list of $1 has a missing or repeated number"
}

clients=("redis seq1" "redis seq2" "redis-pipe pipe" "nginx page1" "nginx page2" "postgres rows")

start_clients()
{
	local c
	for c in "${clients[@]}"; do
		# shellcheck disable=SC2086
		peer start $c
	done
}

# Checks that the services have kept their PIDs and data, and the clients their connections.
same_services()
{
	local u
	was_held_off
	wait_for 200 up ||
		fail "not all services are active: $(pramctl status; systemctl status --no-pager "${units[@]}")"
	say "$(pramctl report)"
	peer check
	say "$out"
	case $out in
	*wait\ [012].*) fail "a client saw no pause although the machine rebooted" ;;
	esac
	for u in "${units[@]}"; do
		equal "$u's main pid" "$(prop MainPID "$u")" "$(kept "$u.pid")"
		equal "$u's processes" "$(processes "$u")" "$(kept "$u.processes")"
		equal "$u's restarts" "$(prop NRestarts "$u")" 0
	done
	tables_are_gone
	equal "the dataset" "$(dataset)" "$(kept digest)"
	peer commit rows
	say "$out"
	exits 0 pramctl status
	says "Checkpoints:   0"
	says " in 0 nodes, "
	says " $((STAGE - 1)) kexecs so far"
	case $out in *Unclaimed*) fail "PRAM has unclaimed pages: $out" ;; esac
}

# Checks that PRAM's metadata does not grow and that free memory does not shrink from boot to boot. Two boots of the
# same kernel differ by some MiB; a leak grows with each boot.
nothing_grows()
{
	local meta
	meta=$(echo "$out" | sed -n 's/.* nodes, \(.*\) of metadata.*/\1/p')
	keep "free.$STAGE" "$(memfree)"
	say "boot $STAGE: $(kept "free.$STAGE") KiB free, $meta of metadata"
	if [ "$STAGE" -eq 3 ]; then
		keep meta "$meta"
	elif [ "$STAGE" -gt 3 ]; then
		equal "PRAM's metadata" "$meta" "$(kept meta)"
		[ "$(kept "free.$STAGE")" -gt $(($(kept free.3) - 32768)) ] ||
			fail "$(kept "free.$STAGE") KiB are free, at boot 3 it was $(kept free.3)"
	fi
}

begin()
{
	network
	start_services
	start_clients
	keep digest "$(dataset)"
	peer check
	say "$out"
	remember_processes
	kexec_reboot
}

end()
{
	local name
	peer stop
	say "$out"
	for name in seq1 seq2 pipe; do
		say "$(redis_sequence $name)"
	done
	check "Redis takes a write" redis-cli set written after >/dev/null
	check "the services stop" systemctl stop "${units[@]}"
	tables_are_gone
}

# over_kexecs N: runs the whole case with N kexecs.
over_kexecs()
{
	if [ "$STAGE" -eq 1 ]; then
		begin
	fi
	same_services
	nothing_grows
	if [ "$STAGE" -le "$1" ]; then
		kexec_reboot
	fi
	end
}
