#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# group: off
# boot: bare
# kernels: everyday
# timeout: 60
# append: pram_scratch=0
# PRAM is switched off: /sys/kernel/pram contains 0, and all calls return ENODEV.

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

equal "/sys/kernel/pram" "$(pram_pfn)" 0
filetest info 2>&1 | grep -qi "no such device" || fail "filetest info does not fail with ENODEV: $(filetest info 2>&1)"
