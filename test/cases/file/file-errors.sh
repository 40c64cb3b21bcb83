#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The error codes of /dev/pram. After an error nothing has changed.
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
