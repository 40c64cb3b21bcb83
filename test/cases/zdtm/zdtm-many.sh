#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ZDTM, CRIU's own test suite, without and with the plugin: tests with much memory or many mappings.
# group: zdtm-many
# kernels: everyday
# rare: everyday
# boot: bare
# memory: 2G
# timeout: 900

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../../zdtm/guest.sh"

zdtm_table many 3
