#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's redis-server.service, which is hardened and Type=notify, continues under another kernel: it is active with
# its old main PID, in its own control group and sandbox, its memory was moved, and systemd can stop and restart it.
# The local connection of a client is not kept, but closed.
# group: unit-redis
# long: everyday
# rare: debug
# timeout: 240
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

unit=redis-server.service
keys=65536

cli()
{
	redis-cli "$@"
}

answers()
{
	[ "$(cli ping 2>/dev/null)" = PONG ]
}

info()
{
	cli info "$1" | tr -d '\r' | sed -n "s/^$2://p"
}

prop()
{
	systemctl show -p "$1" --value $unit
}

# connections N: succeeds if Redis has N clients, not counting redis-cli itself.
connections()
{
	[ "$(cli client list | grep -vc cmd=client)" -eq "$1" ]
}

fill()
{
	cli eval 'for i = 1, tonumber(ARGV[1]) do
		redis.call("SET", "key:" .. i, string.rep(redis.sha1hex(i), 26)) end' 0 $keys >/dev/null
	equal "the number of keys" "$(cli dbsize)" $keys
}

# Prints the digest of all values in the order of their keys. A script computes it because Debian's Redis disables the
# DEBUG command.
dataset()
{
	cli eval 'local d = ""
		for i = 1, tonumber(ARGV[1]) do
			d = redis.sha1hex(d .. (redis.call("GET", "key:" .. i) or "-")) end
		return d' 0 $keys
}

# sandbox PID: prints the privileges, the limits and the mounts of a process, to be compared before and after.
sandbox()
{
	local pid=$1
	grep -E '^(Uid|Gid|Groups|NoNewPrivs|Seccomp|Seccomp_filters|Cap[A-Z][a-z]+):' "/proc/$pid/status"
	grep 'Max open files' "/proc/$pid/limits"
	tr '\0' ' ' <"/proc/$pid/cmdline"
	echo
	readlink "/proc/$pid/exe" "/proc/$pid/cwd"
	# Print the mount point, the root and the options of each mount. Omit the mounts of pram itself.
	awk '{ print $5, $4, $6 }' "/proc/$pid/mountinfo" |
		sed -E 's/systemd-private-[0-9a-f]+-redis-server.service-[A-Za-z0-9]+/systemd-private/' |
		grep -v '^/run/pram' | sort
}

check_active()
{
	local pid=$1
	equal "ActiveState, SubState and Type" "$(prop ActiveState)/$(prop SubState)/$(prop Type)" active/running/notify
	equal "the main pid" "$(prop MainPID)" "$pid"
	equal "the PID that Redis reports" "$(info server process_id)" "$pid"
	equal "the control group of Redis" "$(sed s/^0:://p "/proc/$pid/cgroup" | tail -n 1)" /system.slice/$unit
	equal "processes in the unit" "$(cat /sys/fs/cgroup/system.slice/$unit/cgroup.procs)" "$pid"
	equal "the number of Redis processes" "$(pgrep -xc redis-server)" 1
	equal "drop-ins" "$(prop DropInPaths)" ""
	equal "Restart=" "$(prop Restart)" always
	equal "restarts" "$(prop NRestarts)" 0
}

no_dropins()
{
	[ -z "$(prop DropInPaths)" ]
}

before()
{
	local pid
	systemctl start $unit || fail "Redis does not start"
	wait_for 60 answers || fail "Redis does not answer"
	exits 8 pramctl enable dbus.socket
	says "it is no service"
	exits 8 pramctl enable nosuch
	says "systemd has no such unit"
	exits 0 pramctl enable redis-server
	says "$unit: enabled"
	exits 0 pramctl enable $unit
	says "enabled already"
	exits 0 pramctl status
	says "Services:      1"
	fill
	cli config set save '' >/dev/null
	pid=$(prop MainPID)
	keep pid "$pid"
	keep digest "$(dataset)"
	sandbox "$pid" >"$CASE_DIR/sandbox"
	keep pidfile "$(cat /run/redis/redis-server.pid)"
	check_active "$pid"
	mkdir -p /etc/pram/units.d
	echo "TCPEstablished=no" >/etc/pram/units.d/$unit.conf
	exec 3<>/dev/tcp/127.0.0.1/6379
	wait_for 20 connections 1 || fail "Redis does not have exactly one client: $(cli client list)"
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --dry-run
	says "$unit: process $pid can be kept"
	leaving
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)"
	say "$out"
	case $out in
	*"MiB of memory moved (0 of "*) ;;
	*) fail "memory was copied: $out" ;;
	esac
	exit 12
}

after()
{
	local pid
	pid=$(kept pid)
	wait_for 120 answers || fail "Redis does not answer: $(pramctl status; systemctl status $unit)"
	wait_for 60 no_dropins || fail "the drop-in still exists"
	check_active "$pid"
	equal "the dataset" "$(dataset)" "$(kept digest)"
	wait_for 20 connections 0 || fail "Redis still has a client: $(cli client list)"
	equal "the list of nftables tables" "$(nft list tables)" ""
	[ "$(info server uptime_in_seconds)" -gt "$(cut -d. -f1 /proc/uptime)" ] ||
		fail "Redis has not been running longer than the kernel"
	sandbox "$pid" | diff "$CASE_DIR/sandbox" - || fail "the sandbox of Redis has changed"
	equal "the pid file" "$(cat /run/redis/redis-server.pid)" "$(kept pidfile)"
	exits 0 pramctl status
	says "Checkpoints:   0"
	says "Services:      1"
	check "Redis takes a write" cli set written after >/dev/null

	check "restart Redis" systemctl restart $unit
	wait_for 60 answers || fail "Redis does not answer after a restart"
	[ "$(prop MainPID)" != "$pid" ] || fail "Redis was not restarted"
	check_active "$(prop MainPID)"
	check "stop Redis" systemctl stop $unit
	equal "ActiveState" "$(prop ActiveState)" inactive
	exits 0 pramctl disable redis-server
	exits 6 pramctl disable redis-server
	exits 0 pramctl status
	says "Services:      0"
}

case $STAGE in
1) before ;;
2) after ;;
esac
