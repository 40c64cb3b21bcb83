#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Redis, nginx and PostgreSQL as packaged, with clients on another host: over two kexecs each of these has
# a pause and nothing else. No connection is reset or made anew, no number is lost or doubled, requests
# under way are answered, a transaction that was open is committed.
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
