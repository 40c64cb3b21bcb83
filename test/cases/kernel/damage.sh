#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# needs: PRAM_TEST
# group: damage
# long: everyday debug
# boot: bare
# timeout: 60
# leaves: yes
# The data of the earlier kernel is damaged, differently in each stage. The next kernel logs what is wrong, keeps the
# undamaged nodes, and boots.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

go()
{
	check "save" ctl save-pages first 100 0
	check "save" ctl save-pages second 50 2
	check "save" ctl save-pages third 100 0
	check "damage" ctl damage "$1"
	jump "$(jump_kernel)" "$(next_cmdline)"
}

# nothing_kept REASON: checks that the log has REASON and that nothing is preserved.
nothing_kept()
{
	log_has "$1" || fail "the log does not have the reason '$1': $(dmesg | grep PRAM:)"
	clean_start first
	clean_start third
}

# first_lost REASON: checks that the log has REASON, the first node is lost, and the others are intact.
first_lost()
{
	log_has "$1" || fail "the log does not have the reason '$1': $(dmesg | grep PRAM:)"
	log_has "preserved pages belong to no node" || fail "the log reports no unclaimed pages"
	ctl_fails "No such file or directory" load-pages first 100 0
	check "load the second node" ctl load-pages second 50 2
	check "load the third node" ctl load-pages third 100 0
	forget_damage
}

# Removes what is left of the damaged nodes, so that the next stage can save them again.
forget_damage()
{
	local before name
	before=$(memfree_settled)
	for name in $(filetest list | awk '$3 == 3 { print $1 }'); do
		check "remove $name" filetest rm "$name"
	done
	check "release" filetest release
	[ "$(memfree_settled)" -gt "$before" ] || fail "nothing was freed"
}

case $STAGE in
1) go version ;;
2)
	nothing_kept "ignored: unknown format version"
	go page
	;;
3)
	nothing_kept "ignored: not a super block"
	go sb
	;;
4)
	nothing_kept "ignored: checksum mismatch"
	go map
	;;
5)
	nothing_kept "map ignored: checksum mismatch"
	go node
	;;
6)
	# The list cannot be read beyond the damaged node.
	log_has "is corrupt: checksum mismatch in the node" || fail "the log does not report the corrupt node"
	forget_damage
	go link
	;;
7)
	first_lost 'node "first" is corrupt: checksum mismatch in a link'
	go bit
	;;
8)
	first_lost 'node "first" is corrupt: a page of it was not preserved'
	go list
	;;
9)
	log_has "preserved pages belong to no node" || fail "the log reports no unclaimed pages"
	check "load the first node" ctl load-pages first 100 0
	ctl_fails "No such file or directory" load-pages second 50 2
	check "load the third node" ctl load-pages third 100 0
	forget_damage
	;;
esac
exit 0
