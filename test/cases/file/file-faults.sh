#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every allocation on the way of a file into a node and back fails once: nothing is lost by it.
# group: file
# long: debug
# boot: bare
# memory: 2G
# kernels: debug
# timeout: 90

. "${0%/*}/../lib/lib.sh"

need_faults
before=$(filetest info)
check "see above" filefault
equal "left over" "$(filetest info)" "$before"
