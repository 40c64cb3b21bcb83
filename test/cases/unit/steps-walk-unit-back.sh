#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each step of the restore of a service fail, and kills pramd in each. The reboot is cancelled, the
# service runs under systemd with its memory intact, and nothing is left over.
# group: steps-walk-unit-back
# kernels: everyday
# long: everyday
# timeout: 3600

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"
. "${0%/*}/../lib/steplib.sh"

setup_unit_walk
say "$(pramd --list-steps)"
walk restore unit_reboot
