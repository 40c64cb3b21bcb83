#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ten kexecs with KASLR. Each kernel lies in a scratch range, at another physical and another virtual address, and what
# was preserved, half of the memory, is unchanged.
# group: kaslr
# kernels: everyday
# long: everyday
# boot: bare
# memory: 1G
# timeout: 30

. "${0%/*}/../lib/lib.sh"

kexecs=10
t=/run/pram-files
file=$t/data

# Prints the address of the first byte of the kernel's text: physical, and virtual.
address()
{
	case $1 in
	physical) sed -n 's/^ *\([0-9a-f]*\)-[0-9a-f]* : Kernel code$/\1/p' /proc/iomem ;;
	virtual) sed -n 's/ T _text$//p' /proc/kallsyms ;;
	esac
}

# Fails unless the kernel, from its text to its bss, lies in one of the scratch ranges, which the kernel logs at boot.
in_scratch()
{
	local start end from to
	read -r start end < <(sed -n 's/^ *\([0-9a-f]*\)-\([0-9a-f]*\) : Kernel .*/\1 \2/p' /proc/iomem |
		sort | awk 'NR == 1 { start = $1 } { end = $2 } END { print start, end }')
	while read -r from to; do
		if [ $((16#$start)) -ge $((from)) ] && [ $((16#$end)) -le $((to)) ]; then
			return
		fi
	done < <(dmesg | sed -n 's/.*PRAM: scratch \[mem \(0x[0-9a-f]*\)-\(0x[0-9a-f]*\)\]$/\1 \2/p')
	fail "the kernel is at $start-$end, in no scratch range: $(dmesg | grep 'PRAM: scratch')"
}

mkdir -p $t
check "mount" mount -t tmpfs -o size=600M t $t
grep -qw nokaslr /proc/cmdline && fail "nokaslr is on the command line"
if [ "$STAGE" -eq 1 ]; then
	filetest fill $file $((500 << 20))
else
	in_scratch
	check "load" filetest load data $file >/dev/null
	check "contents" filetest verify $file $((500 << 20))
fi
for kind in physical virtual; do
	at=$(address $kind)
	[ -n "$at" ] || fail "the kernel's $kind address is unknown"
	say "boot $STAGE: $kind address $at"
	[ "$STAGE" -eq 1 ] || echo "$at" >>"$CASE_DIR/$kind"
done
if [ "$STAGE" -le $kexecs ]; then
	check "save" filetest save data $file >/dev/null
	next_by_kexec
fi
for kind in physical virtual; do
	places=$(sort -u "$CASE_DIR/$kind" | wc -l)
	say "$places $kind addresses in $kexecs boots"
	[ "$places" -ge 3 ] || fail "only $places $kind addresses in $kexecs boots"
done
