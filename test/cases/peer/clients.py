#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Clients of the services on the machine under test.  Each client has one connection and never reconnects.

Each client numbers its requests.  The answer to each number must arrive exactly once and in order.  If a
connection is reset or closed, or an answer is wrong, the client ends with a line that begins with FAILED.
This program listens on port 7000.  It takes one command per connection and answers with lines:

    start KIND NAME         starts a client with this name; KIND is redis, redis-pipe, nginx or postgres
    watch NAME              from now on prints the number of answers of NAME every two seconds
    check                   waits until each client has received 20 more answers; prints the number of
                            answers of each, and its longest wait for an answer since the last check
    commit NAME             commits the transaction of a postgres client and begins the next one
    stop                    stops all clients and prints their numbers of answers
"""

import select
import socket
import subprocess
import sys
import threading
import time

SERVER = "10.9.0.1"
PSQL = "/usr/lib/postgresql/17/bin/psql"
PATIENCE = 600		# seconds to wait for an answer
REST = 0.03		# seconds between two requests, because the CPU is emulated


def say(text):
	sys.stdout.write(text + "\n")
	sys.stdout.flush()


class Wrong(Exception):
	"""The answer is wrong."""


class Client(threading.Thread):
	def __init__(self, name):
		super().__init__(daemon=True)
		self.name = name
		self.count = 0		# correct answers
		self.last = time.monotonic()
		self.longest = 0.0
		self.problem = None
		self.stopping = False
		self.connect()

	def answered(self):
		now = time.monotonic()
		self.longest = max(self.longest, now - self.last)
		self.last = now
		self.count += 1

	def run(self):
		try:
			while not self.stopping:
				self.step()
			self.close()
		except (OSError, Wrong) as e:
			self.problem = f"after {self.count} answers: {e}"
			say(f"FAILED {self.name}: {self.problem}")

	def state(self):
		if self.problem:
			return f"FAILED {self.name}: {self.problem}"
		return f"{self.name} {self.count} answers, longest wait {self.longest:.1f} s"


class Stream(Client):
	"""A client that uses a TCP socket itself."""

	port = 0

	def connect(self):
		self.socket = socket.create_connection((SERVER, self.port), 60)
		self.socket.settimeout(PATIENCE)
		self.data = b""

	def more(self):
		got = self.socket.recv(65536)
		if not got:
			raise Wrong("the connection was closed")
		self.data += got

	def take(self, n):
		while len(self.data) < n:
			self.more()
		out, self.data = self.data[:n], self.data[n:]
		return out

	def take_line(self):
		while b"\r\n" not in self.data:
			self.more()
		line, _, self.data = self.data.partition(b"\r\n")
		return line

	def close(self):
		self.socket.close()


class Redis(Stream):
	"""Appends 1, 2, 3 ... to the list NAME.  The answer is the new length, which equals the number appended."""

	port = 6379

	def push(self, n):
		words = [b"RPUSH", self.name.encode(), str(n).encode()]
		return b"*3\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)

	def step(self):
		self.socket.sendall(self.push(self.count + 1))
		self.expect(b":%d" % (self.count + 1))
		self.answered()
		time.sleep(REST)

	def expect(self, want):
		line = self.take_line()
		if line != want:
			raise Wrong(f"the answer is {line!r}, not {want!r}")


class RedisPipe(Redis):
	"""Like Redis, but with up to WINDOW requests in flight, each with an ECHO of some KiB.  So the socket queues
	on both sides hold data whenever the server is stopped."""

	WINDOW = 32
	SIZE = 3000

	def connect(self):
		super().connect()
		self.sent = 0
		self.backlog = b""
		self.socket.setblocking(False)

	def text(self, n):
		return (b"%d " % n) * (self.SIZE // len(b"%d " % n))

	def request(self, n):
		text = self.text(n)
		return self.push(n) + b"*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n" % (len(text), text)

	def more(self):
		"""Keeps sending while it waits for data."""
		while True:
			if self.sent - self.count < self.WINDOW and not self.backlog:
				self.sent += 1
				self.backlog = self.request(self.sent)
			r, w, _ = select.select([self.socket], [self.socket] if self.backlog else [], [], PATIENCE)
			if w:
				self.backlog = self.backlog[self.socket.send(self.backlog):]
			if r:
				return super().more()
			if not w:
				raise Wrong("no answer")

	def step(self):
		n = self.count + 1
		text = self.text(n)
		self.expect(b":%d" % n)
		self.expect(b"$%d" % len(text))
		if self.take(len(text) + 2) != text + b"\r\n":
			raise Wrong(f"the echo of {n} is not what was sent")
		self.answered()
		time.sleep(REST)

	def close(self):
		"""Waits for the answers to all requests that were sent."""
		self.WINDOW = 0
		while self.count < self.sent:
			self.step()
		super().close()


class Nginx(Stream):
	port = 80

	def connect(self):
		super().connect()
		self.page = None

	def step(self):
		self.socket.sendall(b"GET /?%d HTTP/1.1\r\nHost: server\r\n\r\n" % (self.count + 1))
		status, length, line = self.take_line(), 0, b"-"
		while line:
			line = self.take_line()
			if line.lower().startswith(b"content-length:"):
				length = int(line.split(b":")[1])
		page = self.take(length)
		self.page = self.page or page
		if status != b"HTTP/1.1 200 OK" or not page or page != self.page:
			raise Wrong(f"the answer is {status!r}, {page[:80]!r}")
		self.answered()
		time.sleep(REST)


class Postgres(Client):
	"""Inserts numbers into the table NAME, in a transaction that stays open until the command "commit"."""

	def connect(self):
		self.process = subprocess.Popen(
			[PSQL, "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", SERVER, "-U", "postgres"],
			stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
		self.committed = 0
		self.lock = threading.Lock()
		self.ask(f"create table {self.name} (n int primary key); select 0;", "0")
		self.backend = self.ask("select pg_backend_pid();")
		self.ask("begin; select 0;", "0")

	def ask(self, sql, want=None):
		try:
			self.process.stdin.write(sql + "\n")
			self.process.stdin.flush()
		except BrokenPipeError:
			pass	# psql's error message is read below
		got = self.process.stdout.readline().strip()
		if not got or want not in (None, got):
			raise Wrong(f"psql says {got!r}, not {want!r}, to: {sql}")
		return got

	def step(self):
		n = self.count + 1
		with self.lock:
			self.ask(f"insert into {self.name} values ({n}) returning n;", str(n))
			self.answered()
		time.sleep(5 * REST)

	def commit(self):
		"""Commits, and checks that each number inserted before and after the reboot is there exactly once."""
		with self.lock:
			self.ask(f"commit; select count(*), max(n), pg_backend_pid() from {self.name};",
				 f"{self.count}|{self.count}|{self.backend}")
			self.ask("begin; select 0;", "0")
			self.committed = self.count
		return f"{self.name} committed {self.committed}"

	def close(self):
		self.commit()
		self.process.stdin.close()
		self.process.wait()


KINDS = {"redis": Redis, "redis-pipe": RedisPipe, "nginx": Nginx, "postgres": Postgres}


class Control:
	def __init__(self):
		self.clients = {}

	def start(self, kind, name):
		client = self.clients[name] = KINDS[kind](name)
		client.start()
		return [f"{name} is connected"]

	def watch(self, name):
		def show():
			client, last = self.clients[name], 0
			while client.is_alive():
				silent = time.monotonic() - client.last
				say(f"{name}: {client.count} numbers written over its connection" +
				    (f", no answer for {silent:.0f} s" if silent > 2 else ""))
				time.sleep(2)
		threading.Thread(target=show, daemon=True).start()
		return [f"{name} is watched"]

	def check(self):
		end = time.monotonic() + 120
		want = {c: c.count + 20 for c in self.clients.values()}
		while time.monotonic() < end and any(c.count < n and not c.problem for c, n in want.items()):
			time.sleep(0.1)
		out = []
		for client, n in want.items():
			out.append(client.state() if client.problem or client.count >= n else
				   f"FAILED {client.name}: no more answers after {client.count}")
			client.longest = 0.0
		return out

	def commit(self, name):
		return [self.clients[name].commit()]

	def stop(self):
		for client in self.clients.values():
			client.stopping = True
		for client in self.clients.values():
			client.join(120)
		out = [f"FAILED {c.name}: does not stop" if c.is_alive() else c.state()
		       for c in self.clients.values()]
		self.clients = {}
		return out

	def answer(self, line):
		word, *args = line.split()
		try:
			return getattr(self, word)(*args)
		except (OSError, Wrong) as e:
			return [f"FAILED {line.strip()}: {e}"]


def main():
	control = Control()
	with socket.create_server(("", 7000)) as server:
		say("ready")
		while True:
			connection, _ = server.accept()
			with connection, connection.makefile("rw") as f:
				for line in control.answer(f.readline()):
					f.write(line + "\n")


main()
