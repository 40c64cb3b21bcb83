#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# group: off
# boot: bare
# kernels: everyday
# timeout: 60
# append: pram_scratch=0
# PRAM switched off: /sys/kernel/pram says 0, and calls return ENODEV.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

equal "/sys/kernel/pram" "$(pram_pfn)" 0
filetest info 2>&1 | grep -qi "no such device" || fail "not ENODEV: $(filetest info 2>&1)"
