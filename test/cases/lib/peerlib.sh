# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For cases with `peer: clients.py`: source it after lib.sh and pramlib.sh. systemd-networkd configures the interface,
# as on a server: late, and beside the services.

server=10.9.0.1
peer=10.9.0.2

# peer WORD...: sends a command to the clients. Their answer is in $out.
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

# Packets were still held off in the shutdown, after the firewall had been stopped.
was_held_off()
{
	grep -q CRIU /var/lib/pram-test/tables-at-stop ||
		fail "packets were let through in the shutdown: $(cat /var/lib/pram-test/tables-at-stop)"
}

# Only the firewall's own rules are left.
tables_are_gone()
{
	equal "tables that are there" "$(nft list tables)" "table inet filter"
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
	wait_for 60 has_address || fail "no address: $(journalctl -b -u systemd-networkd)"
	# Debian's nftables.service flushes all rules, also those of others, when it starts and when it stops
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
	wait_for 60 peer_answers || fail "no peer: $(ip addr)"
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

# The digest of all values in order. Debian's Redis has no debug commands.
dataset()
{
	redis-cli eval 'local d = ""
		for i = 1, tonumber(ARGV[1]) do
			d = redis.sha1hex(d .. (redis.call("GET", "key:" .. i) or "-")) end
		return d' 0 $keys
}

# In the services' own files: they listen on the interface and keep connections open.
settings()
{
	sed -i -e "s/^bind .*/bind 127.0.0.1 $server/" -e 's/^protected-mode .*/protected-mode no/' \
		/etc/redis/redis.conf
	# the digest is one long script, and the CPU is emulated
	echo "busy-reply-threshold 600000" >>/etc/redis/redis.conf
	# by default nginx closes a connection after 1000 requests or an hour
	printf '%s\n' "keepalive_requests 1000000;" "keepalive_time 1d;" >/etc/nginx/conf.d/keepalive.conf
	echo "listen_addresses = '127.0.0.1, $server'" >/etc/postgresql/17/main/conf.d/listen.conf
	echo "host all postgres $peer/32 trust" >>/etc/postgresql/17/main/pg_hba.conf
}

start_services()
{
	settings
	systemctl start "${units[@]}" || fail "they do not start: $(systemctl status "${units[@]}")"
	wait_for 60 answers || fail "they do not answer"
	exits 0 pramctl enable "${units[@]}"
	redis-cli config set save '' >/dev/null
	redis-cli eval 'for i = 1, tonumber(ARGV[1]) do
		redis.call("SET", "key:" .. i, string.rep(redis.sha1hex(i), 26)) end' 0 $keys >/dev/null
	equal "the number of keys" "$(redis-cli dbsize)" $keys
}

# The processes of a service, without PostgreSQL's autovacuum workers, which come and go.
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

# redis_sequence NAME: the client's list holds each number once, in order.
redis_sequence()
{
	redis-cli lrange "$1" 0 -1 | awk -v name="$1" '
		$1 != NR { print name ": number " NR " is " $1; exit 1 }
		END { print name " holds 1 to " NR }' || fail "a gap or a double"
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

# The services have their pids and data, and their clients have their connections.
same_services()
{
	local u
	was_held_off
	wait_for 200 up || fail "not up: $(pramctl status; systemctl status --no-pager "${units[@]}")"
	say "$(pramctl report)"
	peer check
	say "$out"
	case $out in
	*wait\ [012].*) fail "a client saw no pause" ;;
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
	case $out in *Unclaimed*) fail "pages that nobody claims: $out" ;; esac
}

# Metadata does not grow, and free memory does not shrink from boot to boot. Two boots of the same kernel differ by
# some MiB, a leak adds up.
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
			fail "$(kept "free.$STAGE") KiB are free, and were $(kept free.3)"
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
	check "they stop" systemctl stop "${units[@]}"
	tables_are_gone
}

# over_kexecs N: the whole case.
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
