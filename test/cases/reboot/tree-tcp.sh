#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A registered tree with both ends of half-closed TCP connections: each client has sent its request and closed its side,
# and the server has not read it yet. After a kexec every request and every answer arrives whole. The packets of such a
# tree are blocked until it is restored or removed.
# group: tree-tcp
# kernels: everyday
# long: everyday
# timeout: 180
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"

# Writes the program. It appends what happens to the file STATUS, and reads the requests when the file GO exists.
program()
{
	cat >"$CASE_DIR/halfclosed.py" <<-'END'
		import os, signal, socket, sys, time
		STATUS, GO = sys.argv[1:]
		REQUEST, ANSWER, NR = b"question " * 1000, b"answer " * 200000, 5

		def say(what):
		    with open(STATUS, "a", buffering=1) as f:
		        print(what, file=f)

		def read_all(sock):
		    data = b""
		    while part := sock.recv(65536):
		        data += part
		    return data

		def client(address, ready):
		    socks = [socket.create_connection(address) for _ in range(NR)]
		    for n, sock in enumerate(socks):
		        sock.sendall(REQUEST + b"%d" % n)
		        sock.shutdown(socket.SHUT_WR)
		    os.write(ready, b"x")
		    return sum(read_all(sock) != ANSWER + b"%d" % n for n, sock in enumerate(socks))

		os.setsid()
		listener = socket.create_server(("127.0.0.1", 0))
		ready = os.pipe()
		pid = os.fork()
		if pid == 0:
		    os._exit(client(listener.getsockname(), ready[1]))
		socks = [listener.accept()[0] for _ in range(NR)]
		os.read(ready[0], 1)
		time.sleep(0.5)
		socks[0].recv(100, socket.MSG_PEEK)
		early = read_all(socks[1])	# of this one the end has been seen already
		say("ready")
		while not os.path.exists(GO):
		    time.sleep(0.2)
		why = []
		for n, sock in enumerate(socks):
		    sock.settimeout(60)
		    try:
		        request = early if n == 1 else read_all(sock)
		        if request != REQUEST + b"%d" % n:
		            why.append(f"request {n} has {len(request)} bytes of {len(REQUEST) + 1}, or others")
		        sock.sendall(ANSWER + b"%d" % n)
		        sock.close()
		    except OSError as e:
		        why.append(f"request {n}: {e!r}")
		if why:
		    os.kill(pid, signal.SIGKILL)
		status = os.waitpid(pid, 0)[1]
		if status:
		    why.append(f"the client's status {status:#x}")
		say("bad: " + "; ".join(why) if why else "ok")
	END
}

start()
{
	rm -f "$CASE_DIR/status" "$CASE_DIR/go"
	systemd-run --quiet --scope --unit="half-closed-$STAGE" \
		python3 "$CASE_DIR/halfclosed.py" "$CASE_DIR/status" "$CASE_DIR/go" </dev/null >/dev/null 2>&1 &
	wait_for 60 grep -q ready "$CASE_DIR/status" || fail "the program is not ready"
	pid=$(pgrep -o -f "$CASE_DIR/halfclosed.py")
}

no_tables()
{
	[ -z "$(nft list tables)" ]
}

ended()
{
	grep -q '^ok\|^bad' "$CASE_DIR/status"
}

case $STAGE in
1)
	program
	start
	exits 0 pramctl register half --pid "$pid" --tcp-established
	exits 0 pramctl kexec-reboot --kernel "/boot/vmlinuz-$(jump_kernel)" --dry-run
	equal "the list of nftables tables after a rehearsal" "$(nft list tables)" ""
	kexec_reboot
	;;
2)
	equal "pram-net-lock" "$(prop Result pram-net-lock)/$(prop ActiveState pram-net-lock)" success/active
	journal_says "Packets of half are blocked" -u pram-net-lock
	wait_for 60 no_tables || fail "the packets are still blocked: $(pramctl status; nft list ruleset)"
	touch "$CASE_DIR/go"
	wait_for 90 ended || fail "the tree does not go on: $(pramctl status; ss -tanp)"
	equal "what the program says" "$(tail -n 1 "$CASE_DIR/status")" ok

	say "a checkpoint is removed"
	start
	exits 0 pramctl checkpoint gone --pid "$pid" --tcp-established
	[[ $(nft list tables) == *CRIU* ]] || fail "the packets are not blocked: $(nft list tables)"
	exits 0 pramctl remove gone
	equal "the list of nftables tables after the removal" "$(nft list tables)" ""
	;;
esac
