#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each step of a kexec-reboot fails, and pramd is killed in each: the tree and the service run with their
# memory, and nothing is left, neither in PRAM nor of the image.
# group: steps-walk-reboot
# kernels: everyday
# long: everyday
# timeout: 2400

. "${0%/*}/lib.sh"
. "${0%/*}/pramlib.sh"
. "${0%/*}/steplib.sh"

# If pramd dies when the tree is kept it stays so: pramctl restore brings it back.
reboot()
{
	local status=0
	out=$(pramctl kexec-reboot --kernel $kernel 2>&1) || status=$?
	[ $status != 0 ] || fail "$fault: no error: $out"
	struck "$1" $status
	if [ "$1" = stop ]; then
		bring_tree_back
	fi
	tree_runs
	unit_runs
	nothing_left
}

program
setup_faults
no_jump
start_tree
start_unit
exits 0 pramctl register tree --pid "$tree"
exits 0 pramctl enable walk.service
say "$(pramd --list-steps)"
walk kexec-reboot reboot
