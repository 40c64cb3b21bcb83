#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A file that is held by an uncommitted node cannot be changed, and is intact after the node is discarded. Pages are
# also taken from swap. Memory cgroup charges follow the pages.
# group: file
# long: debug
# boot: bare
# memory: 2G
# timeout: 90

. "${0%/*}/../lib/lib.sh"

M=$((1 << 20))
t=$(mktemp -d)
check "mount" mount -t tmpfs -o size=256M,huge=within_size t "$t"

shmem()
{
	sed -n 's/^Shmem: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

hold()
{
	check "fill $*" filetest fill "$t/a" "$@"
	filetest frames "$t/a" >"$CASE_DIR/frames"
	stat -c '%s %b' "$t/a" >"$CASE_DIR/stat"
	check "hold $*" filetest hold node "$t/a"
	check "contents of $*" filetest verify "$t/a" "$@"
	filetest frames "$t/a" | cmp - "$CASE_DIR/frames" || fail "$*: the page frames have changed"
	stat -c '%s %b' "$t/a" | cmp - "$CASE_DIR/stat" || fail "$*: the size or the number of blocks has changed"
	check "write to $*" filetest fill "$t/a" "$@"
	rm "$t/a"
}

hold 0
hold 1
hold $((M + 1))
hold $((8 * M + 4096))
hold $((8 * M)) $((4 * M)):8192

say "a full file system"
check "mount" mount -o remount,size=16M "$t"
hold $((16 * M))
check "mount" mount -o remount,size=256M "$t"

say "swap"
swap=$CASE_DIR/swap
dd if=/dev/zero of="$swap" bs=1M count=64 status=none
chmod 600 "$swap"
mkswap "$swap" >/dev/null
check "swapon" swapon "$swap"
swapped()
{
	awk '$1 == "'"$swap"'" { print $4 }' /proc/swaps
}
check "fill" filetest fill "$t/s" $((16 * M))
filetest pageout "$t/s"
[ "$(swapped)" -gt 4096 ] || fail "only $(swapped) KiB went to swap"
check "hold a file in swap" filetest hold node "$t/s"
check "contents from swap" filetest verify "$t/s" $((16 * M))
filetest pageout "$t/s"
check "save a file in swap" filetest save node "$t/s" >/dev/null
# The kernel caches some freed swap slots.
near "KiB in swap" "$(swapped)" 0 1024
check "load" filetest load node "$t/l" >/dev/null
filetest pageout "$t/l"
[ "$(swapped)" -gt 4096 ] || fail "a loaded file does not go to swap"
check "contents" filetest verify "$t/l" $((16 * M))
rm "$t/s" "$t/l"
check "swapoff" swapoff "$swap"
rm "$swap"

say "a control group"
g=/sys/fs/cgroup/pram-test
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir $g
in_group()
{
	(echo $BASHPID >$g/cgroup.procs && exec "$@")
}
charged()
{
	awk '$1 == "shmem" { print $2 }' $g/memory.stat
}
in_group filetest fill "$t/g" $((16 * M))
equal "charged" "$(charged)" $((16 * M))
check "hold" filetest hold node "$t/g"
equal "charged after discard" "$(charged)" $((16 * M))
filetest save node "$t/g" >/dev/null
equal "charged after save" "$(charged)" 0
near "usage after save" "$(cat $g/memory.current)" 0 $((2 * M))
echo $((8 * M)) >$g/memory.max
in_group filetest load node "$t/h" >"$CASE_DIR/load" && fail "16 MiB were charged to a group with a limit of 8 MiB"
grep -q 'load file: Cannot allocate memory' "$CASE_DIR/load" || fail "$(cat "$CASE_DIR/load")"
equal "size and blocks of the file after the failed load" "$(stat -c '%s %b' "$t/h")" "0 0"
equal "charged after the failed load" "$(charged)" 0
echo max >$g/memory.max
check "load" in_group filetest load node "$t/h" >/dev/null
equal "charged after load" "$(charged)" $((16 * M))
check "contents" filetest verify "$t/h" $((16 * M))
rm "$t/g" "$t/h"
equal "charged at the end" "$(charged)" 0
rmdir $g

say "statistics"
free=$(memfree)
used=$(shmem)
check "fill" filetest fill "$t/a" $((64 * M))
check "save" filetest save node "$t/a" >/dev/null
check "remove" filetest rm node
rm "$t/a"
near "Shmem after the node of 64 MiB was removed" "$(shmem)" "$used" 64
near "MemFree after the node of 64 MiB was removed" "$(memfree)" "$free" 8192
umount "$t"
