#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The error values of /dev/pram, and that nothing has changed after an error.
# group: file
# long: debug
# boot: bare
# memory: 2G

. "${0%/*}/../lib/lib.sh"

t=$(mktemp -d)
check "mount" mount -t tmpfs -o size=1M t "$t"
before=$(filetest info | grep -v moved)
check "error values" fileerr "$t" "$CASE_DIR"
equal "left over" "$(filetest info | grep -v moved)" "$before"
umount "$t"
