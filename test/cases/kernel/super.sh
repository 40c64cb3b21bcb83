#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# needs: PRAM_TEST
# group: super
# boot: bare
# kernels: everyday debug
# long: debug
# timeout: 60
# The super block and /sys/kernel/pram before and after a kexec, over three kexecs in a row, and after a plain reboot.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

sysfs_form()
{
	equal "mode of /sys/kernel/pram" "$(stat -c %a /sys/kernel/pram)" 444
	grep -qx '[1-9a-f][0-9a-f]*' /sys/kernel/pram ||
		fail "/sys/kernel/pram does not contain a page frame number: $(cat /sys/kernel/pram)"
	equal "bytes in /sys/kernel/pram" "$(wc -c </sys/kernel/pram)" $(($(pram_pfn | wc -c)))
}

sysfs_form
case $STAGE in
1)
	log_has "super block" && fail "a super block was found on a cold boot"
	check "save the first node" ctl save-pages first 100 0
	keep pfn "$(pram_pfn)"
	next_by_kexec
	;;
2)
	log_has "super block at page frame $(kept pfn), sealed by" ||
		fail "the super block was not found"
	equal "the pfn after a kexec" "$(pram_pfn)" "$(kept pfn)"
	check "save the second node" ctl save-bytes second 123456
	next_by_kexec
	;;
3)
	equal "the pfn after two" "$(pram_pfn)" "$(kept pfn)"
	check "save the third node" ctl save-pages third 3 9
	next_by_kexec
	;;
4)
	equal "the pfn after three" "$(pram_pfn)" "$(kept pfn)"
	check "load the first node" ctl load-pages first 100 0
	check "load the second node" ctl load-bytes second 123456
	check "load the third node" ctl load-pages third 3 9
	check "save a node" ctl save-pages lost 10 0
	next_by_reboot
	;;
5)
	log_has "super block" && fail "a super block was found after a plain reboot"
	ctl_fails "No such file or directory" load-pages lost 10 0
	check "save a node" ctl save-pages fresh 10 0
	check "load a node saved after the reboot" ctl load-pages fresh 10 0
	;;
esac
exit 0
