#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Pages, small and large, that lie at the destination of the loaded kexec image are copied elsewhere when their file is
# taken. After a discard the file has the copies.
# group: file-alone
# long: debug
# boot: bare
# memory: 4G
# timeout: 120

. "${0%/*}/../lib/lib.sh"

M=$((1 << 20))
t=$(mktemp -d)

# load_onto FILE: loads a kexec image whose destination overlaps the pages of FILE.
load_onto()
{
	filetest frames "$1" | awk '{ print $2 }' | sort >"$t/frames"
	kexec -c -l /boot/vmlinuz-next --command-line="$(next_cmdline)" \
		--mem-min="0x$(head -n 1 "$t/frames")000" \
		--mem-max="0x$(tail -n 1 "$t/frames")fff"
}

for huge in never always; do
	say "huge=$huge"
	mkdir "$t/$huge"
	check "mount" mount -t tmpfs -o size=1G,huge=$huge t "$t/$huge"
	filetest fill "$t/$huge/a" $((128 * M))
	check "load an image" load_onto "$t/$huge/a"

	check "hold" filetest hold moved "$t/$huge/a"
	check "contents after discard" filetest verify "$t/$huge/a" $((128 * M))
	filetest frames "$t/$huge/a" | awk '{ print $2 }' | sort | comm -23 - "$t/frames" >"$t/new"
	[ -s "$t/new" ] || fail "no page was moved"
	kexec -u
	check "load an image" load_onto "$t/$huge/a"

	copied=$(filetest save moved "$t/$huge/a" | cut -d' ' -f2)
	say "copied pages: $copied"
	[ "$copied" -gt 0 ] || fail "no page was moved"
	check "load" filetest load moved "$t/$huge/b" >/dev/null
	check "contents" filetest verify "$t/$huge/b" $((128 * M))
	kexec -u
	umount "$t/$huge"
done
