#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# group: hotadd
# boot: bare
# kernels: everyday
# long: everyday
# timeout: 120
# leaves: yes
# memory: 1G,slots=2,maxmem=4G
# qemu: -object memory-backend-ram,id=added,size=512M -device pc-dimm,memdev=added
# Memory that the firmware's memory map does not contain is added by ACPI at the end of the boot. The next kernel does
# not have it when it reads the map. It can only be used for movable pages; a page in it is copied when it is taken.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

M=$((1 << 20))
blocks=/sys/devices/system/memory
t=/run/pram-hotadd
mkdir -p $t
check "mount" mount -t tmpfs -o size=512M,huge=never t $t

# The blocks of added memory: no other memory of this machine is offline.
added()
{
	grep -lx offline $blocks/memory*/state
}

# add_memory: puts the added memory into use. Stores the first page frame of it.
add_memory()
{
	local state
	wait_for 10 added >"$CASE_DIR/blocks" || fail "no memory was added: $(head $blocks/memory*/state)"
	equal "blocks of added memory" "$(added | wc -l)" 4
	for state in $(added); do
		echo online 2>/dev/null >"$state" && fail "$state: memory of the zone Normal was added"
		log_has "stays offline: the next kernel does not have it" || fail "the log has no reason"
		equal "$state" "$(cat "$state")" offline
		check "online" sh -c "echo online_movable >$state"
	done
	keep start "$(awk '$1 == "Node" { zone = $NF } $1 == "start_pfn:" && zone == "Movable" { print $2 }' /proc/zoneinfo)"
	say "added memory begins at page frame $(kept start)"
}

# in_added: how many of the page frames (hexadecimal, standard input) lie in added memory.
in_added()
{
	local pfn n=0 start
	start=$(kept start)
	while read -r pfn; do
		[ $((0x$pfn)) -lt "$start" ] || n=$((n + 1))
	done
	echo $n
}

case $STAGE in
1)
	# This kernel does not know how to add memory.
	[ ! -e $blocks/auto_online_blocks ] || fail "the first kernel can add memory: test it, too"
	# Without pram=: the map of this kernel does not cover memory that is added, and the next one makes its own.
	jump next "$(bare_cmdline)"
	;;
2)
	add_memory
	filetest fill $t/file $((64 * M))
	n=$(filetest frames $t/file | cut -d' ' -f2 | in_added)
	say "pages of the file in added memory: $n of $((64 * M / 4096))"
	[ "$n" -gt 0 ] || fail "the file has no page in added memory"
	keep wanted "$((64 * M / 4096)) $n"
	out=$(filetest save file $t/file) || fail "$out"
	keep copied "$out"
	# All kinds are of pages that are not copied elsewhere.
	out=$(MEMTEST_LOOSE=1 memtest save memory "$CASE_DIR/memory" small huge sparse) || fail "$out"
	say "memory: $out"
	keep moved "$(filetest info | awk '$1 == "moved_pages" { print $2 }')"
	next_by_kexec
	;;
3)
	log_has "preserved pages are lost" && fail "$(dmesg | grep "preserved pages are lost")"
	equal "corrupt nodes" "$(filetest info | grep corrupt)" "corrupt 0"
	# Added again, while nodes of the kernel before are kept
	add_memory
	check "load" filetest load file $t/file >/dev/null
	check "contents" filetest verify $t/file $((64 * M))
	out=$(memtest load memory "$CASE_DIR/memory" small huge sparse) || fail "$out"
	equal "nodes" "$(filetest list)" ""
	equal "pages, copied pages of the file" "$(kept copied)" "$(kept wanted)"
	[ "$(kept moved)" -gt "$(kept wanted | cut -d' ' -f2)" ] || fail "no page of the process was copied"
	;;
esac
exit 0
