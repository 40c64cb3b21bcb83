#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's Redis, nginx and PostgreSQL with clients on another host, over two kexecs. The clients see a pause and
# nothing else: no connection is reset or reopened, no number is lost or repeated, requests in flight are answered, and
# an open transaction can be committed.
# group: unit-peer
# peer: clients.py
# long: everyday
# rare: debug
# timeout: 400
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/peerlib.sh"

over_kexecs 2
