#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# group: between
# boot: bare
# kernels: everyday
# timeout: 60
# leaves: yes
# A kernel without PRAM in the middle: the third kernel gets the stale pram=, and must not believe it.

. "${0%/*}/lib.sh"
. "${0%/*}/pramlib.sh"

case $STAGE in
1)
	check "save" ctl save-pages first 100 0
	keep line "$(next_cmdline)"
	jump plain "$(kept line)"
	;;
2)
	[ ! -e /sys/kernel/pram ] || fail "this is no kernel without PRAM"
	jump next "$(kept line)"
	;;
3)
	log_has "ignored: another kernel has run since it was sealed" ||
		log_has "ignored: not a super block" || log_has "ignored: checksum" ||
		fail "the stale super block was believed: $(dmesg | grep PRAM:)"
	clean_start first
	;;
esac
exit 0
