#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# group: between
# boot: bare
# memory: 4G
# kernels: everyday
# timeout: 60
# leaves: yes
# A kernel without PRAM in the middle: the third kernel gets the stale pram=, and must not believe it.
# First the one in the middle keeps off the memory above 4 GiB, where all that was saved lies and stays
# whole: only the canary can tell. Then it does as it likes.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

save_and_jump()
{
	check "save" ctl save-pages first 100 0
	[ $((16#$(pram_pfn))) -ge $((16#100000)) ] || fail "the super block is not above 4 GiB"
	keep line "$(next_cmdline)"
	jump plain "$(kept line)$1"
}

case $STAGE in
1)
	# shellcheck disable=SC2016
	save_and_jump ' memmap=2G$4G'
	;;
2 | 4)
	[ ! -e /sys/kernel/pram ] || fail "this is no kernel without PRAM"
	jump next "$(kept line)"
	;;
3)
	log_has "ignored: another kernel has run since it was sealed" ||
		fail "no word of the canary: $(dmesg | grep PRAM: | tr '\n' ' ')"
	clean_start first
	save_and_jump
	;;
5)
	log_has "ignored: another kernel has run since it was sealed" ||
		log_has "ignored: not a super block" || log_has "ignored: checksum" ||
		fail "the stale super block was believed: $(dmesg | grep PRAM: | tr '\n' ' ')"
	clean_start first
	;;
esac
exit 0
