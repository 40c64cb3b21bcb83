#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each allocation fail once while a file is saved to a node and loaded again. No data is lost.
# group: file
# long: debug
# boot: bare
# memory: 2G
# kernels: debug
# timeout: 90

. "${0%/*}/../lib/lib.sh"

need_faults
before=$(filetest info)
check "filefault, its output is above" filefault
equal "left over" "$(filetest info)" "$before"
