#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ZDTM, CRIU's own test suite, without and with the plugin: threads, signals, process trees, dumps that are refused.
# group: zdtm-task
# rare: everyday debug
# boot: bare
# memory: 2G
# timeout: 900
# allow-log: zombie0[01]\[\d+\]: segfault at 0 .* in zombie0[01]

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../../zdtm/guest.sh"

zdtm_table task 45 8
