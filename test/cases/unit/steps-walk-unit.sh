#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each step of the checkpoint of a service fail, and kills pramd in each. The reboot is called off. The service
# runs on, or if it was ended, it is restored by itself, with its memory intact, and nothing is left over.
# group: steps-walk-unit
# kernels: everyday
# long: everyday
# timeout: 3600

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/steplib.sh"

reboot()
{
	run_with_fault "$1" 1 pramctl kexec-reboot --kernel $kernel
	[ "$1" = stop ] || says "$failure"
	unit_is "$(outcome kills restored untouched)"
	nothing_left
}

setup_unit_walk
walk checkpoint reboot
walk_ends
