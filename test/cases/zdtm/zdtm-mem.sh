#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ZDTM, CRIU's own test suite, without and with the plugin: mappings, registers, vDSO.
# group: zdtm-mem
# rare: everyday debug
# boot: bare
# memory: 2G
# timeout: 900

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../../zdtm/guest.sh"

zdtm_table mem 45 12
