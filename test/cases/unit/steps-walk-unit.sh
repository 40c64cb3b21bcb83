#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each step of a service's checkpoint and of its restore fails, and pramd is killed in each: the reboot is
# called off, the service runs with its memory, as systemd's, and nothing is left.
# group: steps-walk-unit
# kernels: everyday
# long: everyday
# timeout: 5400

. "${0%/*}/lib.sh"
. "${0%/*}/pramlib.sh"
. "${0%/*}/steplib.sh"

# The dump fails, or, if the fault is in the restore, systemd refuses the kexec.
reboot()
{
	local status=0
	out=$(pramctl kexec-reboot --kernel $kernel 2>&1) || status=$?
	[ $status != 0 ] || fail "$fault: no error: $out"
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
