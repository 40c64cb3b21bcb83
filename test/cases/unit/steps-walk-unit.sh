#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each step of the checkpoint and of the restore of a service fail, and kills pramd in each. The reboot is
# cancelled, the service runs under systemd with its memory intact, and nothing is left over.
# group: steps-walk-unit
# kernels: everyday
# long: everyday
# timeout: 5400

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/steplib.sh"

# The reboot always fails: either because of the fault in the dump, or because systemd refuses the kexec. In the latter
# case the fault is in the restore that follows.
reboot()
{
	local status=0
	out=$(pramctl kexec-reboot --kernel $kernel 2>&1) || status=$?
	[ $status != 0 ] || fail "$fault: pramctl reports no error: $out"
	struck "$1" $status
	unit_runs
	nothing_left
}

program
setup_faults
start_unit
refuse_jump
exits 0 pramctl enable walk.service
say "$(pramd --list-steps)"
walk checkpoint reboot
walk restore reboot
