#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# needs: PRAM_TEST
# group: streams
# long: debug
# boot: bare
# kernels: everyday debug
# timeout: 120
# next: everyday
# Page streams and byte streams of the in-kernel interface: error codes, a round trip in the same kernel and one over
# kexec, folios of every order. All memory is free again afterwards.

. "${0%/*}/../lib/lib.sh"

ctl()
{
	echo "$*" >/sys/kernel/debug/pram_test/control
}

orders="0 1 4 9 10"
lengths="0 1 4095 4096 4097 1000000"

save_all()
{
	for o in $orders; do
		check "save order $o" ctl save-pages "pages-$o" 40 "$o"
	done
	check "save scattered pages" ctl save-scattered scattered 20000
	for l in $lengths; do
		check "save $l bytes" ctl save-bytes "bytes-$l" "$l"
	done
}

# Prints the number of preserved pages, including PRAM's own.
kept_pages()
{
	filetest info | awk '$1 == "pages" { print $2 }'
}

load_all()
{
	for o in $orders; do
		check "load order $o" ctl load-pages "pages-$o" 40 "$o"
	done
	check "load scattered pages" ctl load-pages scattered 20000 0
	for l in $lengths; do
		check "load $l bytes" ctl load-bytes "bytes-$l" "$l"
	done
}

mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug

case $STAGE in
1)
	check "error values" ctl errors
	check "seal while a node is loaded" ctl seal-given given 1000
	keep idle "$(kept_pages)"
	save_all
	load_all
	equal "pages kept after a round trip" "$(kept_pages)" "$(kept idle)"
	before=$(memfree_settled)
	save_all
	load_all
	near "MemFree after a round trip, in KiB" "$(memfree_settled)" "$before" 2048
	save_all
	next_by_kexec
	;;
2)
	before=$(memfree_settled)
	load_all
	# 40 folios of each order, 20000 pages, 250 pages of bytes
	held=$(((40 * (1 + 2 + 16 + 512 + 1024) + 20000 + 250) * 4))
	equal "pages kept at the end" "$(kept_pages)" "$(kept idle)"
	near "MemFree given back, in KiB" "$(($(memfree_settled) - before))" "$held" 2048
	;;
esac
