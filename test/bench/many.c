// SPDX-License-Identifier: GPL-2.0-only
/*
 * many DIR PROCESSES DESCRIPTORS CONNECTIONS: a process with many of them. The descriptors are regular files in DIR, and
 * all connections have both their ends in it, over the loopback. Each connection carries a number that is read at the end.
 * Writes DIR/ready, waits for DIR/go, and writes "ok" or what is wrong to DIR/result.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *dir;

static void write_file(const char *name, const char *text)
{
	char path[256], tmp[260];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	f = fopen(tmp, "w");
	if (!f || fprintf(f, "%s\n", text) < 0 || fclose(f) || rename(tmp, path))
		_exit(1);
}

static _Noreturn void fail(const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(errno));
	write_file("result", text);
	write_file("ready", text);
	_exit(1);
}

static int *numbers(size_t n)
{
	int *v = calloc(n + 1, sizeof(*v));

	if (!v)
		fail("calloc");
	return v;
}

static void fork_all(pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			fail("fork");
		if (!pids[i])
			for (;;)
				pause();
	}
}

static void open_all(int *fds, size_t n)
{
	char path[256];

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/file-%zu", dir, i % 100);
		fds[i] = open(path, O_RDWR | O_CREAT, 0600);
		if (fds[i] < 0 || lseek(fds[i], (off_t)i, SEEK_SET) < 0)
			fail("open");
	}
}

static int listen_any(struct sockaddr_in *sa)
{
	socklen_t len = sizeof(*sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*sa = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)sa, len) < 0 || listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)sa, &len) < 0)
		fail("listen");
	return fd;
}

/* Each number is sent before the checkpoint and read after it. */
static void connect_all(int *ours, int *theirs, size_t n)
{
	struct sockaddr_in sa;
	int listener = listen_any(&sa);

	for (size_t i = 0; i < n; i++) {
		ours[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (ours[i] < 0 || connect(ours[i], (struct sockaddr *)&sa, sizeof(sa)) < 0)
			fail("connect");
		theirs[i] = accept(listener, NULL, NULL);
		if (theirs[i] < 0 || write(ours[i], &i, sizeof(i)) != sizeof(i))
			fail("accept");
	}
	close(listener);
}

static void check_all(const pid_t *pids, size_t procs, const int *fds, size_t files, const int *ours,
		      const int *theirs, size_t conns)
{
	for (size_t i = 0; i < procs; i++)
		if (kill(pids[i], SIGKILL) < 0 || waitpid(pids[i], NULL, 0) != pids[i])
			fail("a child is missing");
	for (size_t i = 0; i < files; i++)
		if (lseek(fds[i], 0, SEEK_CUR) != (off_t)i)
			fail("a file has another position");
	for (size_t i = 0; i < conns; i++) {
		size_t got = 0;

		if (read(theirs[i], &got, sizeof(got)) != sizeof(got) || got != i ||
		    write(theirs[i], &got, sizeof(got)) != sizeof(got) ||
		    read(ours[i], &got, sizeof(got)) != sizeof(got) || got != i)
			fail("a connection");
	}
}

int main(int argc, char **argv)
{
	size_t procs, files, conns;
	int *fds, *ours, *theirs;
	char go[256];
	pid_t *pids;

	if (argc != 5) {
		fputs("usage: many DIR PROCESSES DESCRIPTORS CONNECTIONS\n", stderr);
		return 2;
	}
	dir = argv[1];
	procs = strtoul(argv[2], NULL, 0);
	files = strtoul(argv[3], NULL, 0);
	conns = strtoul(argv[4], NULL, 0);
	pids = numbers(procs);
	fork_all(pids, procs);
	fds = numbers(files);
	open_all(fds, files);
	ours = numbers(conns);
	theirs = numbers(conns);
	connect_all(ours, theirs, conns);
	write_file("ready", "ok");
	snprintf(go, sizeof(go), "%s/go", dir);
	while (access(go, F_OK) < 0)
		usleep(200000);
	check_all(pids, procs, fds, files, ours, theirs, conns);
	write_file("result", "ok");
	return 0;
}
