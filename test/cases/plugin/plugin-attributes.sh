#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Attributes that CRIU 4.1 loses: CPUs, timer slack and I/O priority of threads; options of sockets (every number of
# every level); owner and mode of pipes. Each program sets them, is dumped, restored, and compares.
# group: plugin-attributes
# kernels: everyday
# boot: bare
# memory: 2G
# timeout: 180

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/criulib.sh"

# state NAME: the last line of the program's report
state()
{
	tail -n 1 "/tmp/$1.out" 2>/dev/null
}

# compares NAME: dumps and restores the program, which must then find everything as it was.
compares()
{
	local name=$1
	rm -f /tmp/"$name".{out,go}
	setsid "$name" "/tmp/$name.out" "/tmp/$name.go" </dev/null >/dev/null 2>&1 &
	pid=$!
	disown
	wait_for 30 grep -sqx ready "/tmp/$name.out" || fail "$name is not ready: $(state "$name")"
	dump -v4 --tcp-established --network-lock nftables || fail "$name: dump: $(why dump)"
	ended "$pid"
	restore -v4 --tcp-established || fail "$name: restore: $(why restore)"
	touch "/tmp/$name.go"
	wait_for 30 grep -qE "^(ok|bad)" "/tmp/$name.out" || fail "$name does not go on: $(state "$name")"
	say "$name: $(grep -v ready "/tmp/$name.out" | paste -sd' ')"
	equal "what $name found" "$(state "$name")" ok
	ended "$pid"
	no_nodes
}

ip link set lo up
for name in attr-threads attr-pipe attr-tcp attr-sockets; do
	compares $name
done
exit 0
