#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Finds the size from which moving a mapping is worth while. Many mappings of one size are dumped and restored by CRIU
# with the plugin; first all of them are moved, then all are left to CRIU's images.
# Each measurement is a line `result moved|left KIB 4k ROUND dump|restore SECONDS`.
# group: bench
# kernels: everyday
# timeout: 300

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"

images=/run/bench-small
dir=/run/bench-small.d
plugins=/usr/lib/pram/criu
mappings=256
mkdir -p $images $dir
mount -t tmpfs -o mode=0700 bench $images

seconds()
{
	awk "BEGIN { printf \"%.4f\", $2 - $1 }"
}

# one WHAT MIN_BYTES: dumps and restores the process.
one()
{
	local start end
	rm -f $dir/pid
	setsid --fork manymaps $dir $mappings "$kib" </dev/null >/dev/null 2>&1
	wait_for 30 test -s $dir/pid || fail "manymaps does not start"
	pid=$(cat $dir/pid)
	start=$EPOCHREALTIME
	PRAM_MIN_BYTES=$2 criu dump -t "$pid" -D $images -W /var/log -o small.log --lib $plugins ||
		fail "dump: $(tail -n 2 /var/log/small.log)"
	end=$EPOCHREALTIME
	echo "result $1 $kib 4k $round dump $(seconds "$start" "$end")"
	start=$EPOCHREALTIME
	criu restore -D $images -W /var/log -o small.log --lib $plugins -d ||
		fail "restore: $(tail -n 2 /var/log/small.log)"
	end=$EPOCHREALTIME
	echo "result $1 $kib 4k $round restore $(seconds "$start" "$end")"
	kill -9 "$pid"
	rm -rf "${images:?}"/*
}

for round in 1 2 3; do
	for kib in 4 16 64 256; do
		one moved 4096
		one left $((1 << 40))
	done
done
umount $images
