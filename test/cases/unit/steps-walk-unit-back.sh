#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# systemd refuses the kexec, so the service is restored. Makes each step of the restore fail, and kills pramd in each.
# If the restore has failed, the checkpoint is kept and systemctl start restores the service; otherwise it is restored
# by itself. Its memory is intact, and nothing is left over.
# group: steps-walk-unit-back
# kernels: everyday
# long: everyday
# timeout: 3600

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/steplib.sh"

# The pram-unit-restore of the unit repeats its request if pramd is killed.
reboot()
{
	local result=restored
	run_with_fault "$1" 1 pramctl kexec-reboot --kernel $kernel
	if [ "$1" = fail ]; then
		result=$(outcome no-return restored kept)
		says "systemctl kexec failed"
	fi
	[ "$result" != kept ] || says "1 could not be restored"
	unit_is "$result"
	nothing_left
}

setup_unit_walk
walk restore reboot
walk_ends
