#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared memory that is hidden from who dumps it, and from nobody else; and that is loaded into what a
# restore has mapped already.
# group: file
# long: debug
# boot: bare
# memory: 2G

. "${0%/*}/lib.sh"

before=$(filetest info)
filehide "$CASE_DIR" || fail "see above"
equal "left over" "$(filetest info)" "$before"
