#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# needs: PRAM_TEST
# group: image
# long: debug
# boot: bare
# memory: 4G
# append: page_poison=0
# kernels: everyday debug
# timeout: 120
# The kexec image and preserved pages must not overlap. An image over a preserved page is refused. A page at the
# destination of a loaded image is moved when it is saved, and its contents are preserved.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

moved()
{
	filetest info | awk '$1 == "moved_pages" { print $2 }'
}

case $STAGE in
1)
	# The page of the super block is preserved.
	kexecat "$(pram_pfn)" 1 2>&1 | grep -q "Address already in use" ||
		fail "an image over a preserved page was not refused"
	log_has "lies on preserved page $(pram_pfn)" || fail "the log does not report the overlap"
	exits 1 kexecat "$(printf %x $((0x$(pram_pfn) - 100)))" 200
	says "Address already in use"
	[ "$(cat /sys/kernel/kexec_loaded)" = 0 ] || fail "an image is loaded"

	# Load an image of 384 MiB above 4 GiB, at the first address that does not overlap a preserved page.
	for pfn in 150000 148000 140000 160000 158000; do
		kexecat $pfn 0x18000 2>/dev/null && break
	done
	[ "$(cat /sys/kernel/kexec_loaded)" = 1 ] || fail "the image could not be loaded at any address"
	before=$(moved)
	check "save" ctl save-pages moved 380 10
	[ "$(moved)" -gt "$before" ] || fail "no page was moved away from the image's destination"
	say "pages moved: $(($(moved) - before)) of $((380 * 1024))"
	check "unload" kexecat -u
	next_by_kexec
	;;
2)
	check "load" ctl load-pages moved 380 10
	;;
esac
exit 0
