// SPDX-License-Identifier: GPL-2.0-only
/*
 * robust REPORT GO [FILE]: holds a robust mutex in shared memory (anonymous, or FILE), for which another process waits.
 * When GO exists it checks that nobody has marked the mutex as left by a dead owner, and lets the other one have it.
 * The last line in REPORT is "ready", "ok" or what is wrong.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"

#define SIZE	(1u << 20)	/* so that it is kept in place */
#define WAITERS	0x80000000u

struct shared {
	pthread_mutex_t mutex;
	volatile int got;
	unsigned char fill[SIZE - 4096];
};

static const char *file;

static void tell(const char *text)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644);

	if (fd < 0 || dprintf(fd, "%s\n", text) < 0)
		die("%s cannot be written", file);
	close(fd);
}

static void lock_it(struct shared *s)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&s->mutex, &attr);
	memset(s->fill, 0x37, sizeof(s->fill));
	pthread_mutex_lock(&s->mutex);
}

int main(int argc, char **argv)
{
	int fd = argc > 3 ? open(argv[3], O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1, status = -1, r;
	volatile uint32_t *word;
	struct shared *s;
	char text[200];
	uint32_t held;
	bool same = true;
	pid_t child;

	if (argc < 3 || (argc > 3 && (fd < 0 || ftruncate(fd, SIZE))))
		die("usage: robust REPORT GO [FILE]");
	file = argv[1];
	s = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	if (s == MAP_FAILED)
		die("mmap");
	lock_it(s);
	word = (uint32_t *)&s->mutex.__data.__lock;
	child = fork();
	if (!child) {
		s->got = pthread_mutex_lock(&s->mutex);
		_exit(pthread_mutex_unlock(&s->mutex));
	}
	while (!(*word & WAITERS))
		usleep(10000);
	tell("ready");
	while (access(argv[2], F_OK))
		usleep(200000);
	held = *word;
	for (size_t i = 0; i < sizeof(s->fill); i++)
		same &= s->fill[i] == 0x37;
	r = pthread_mutex_unlock(&s->mutex);
	for (int i = 0; i < 300 && waitpid(child, &status, WNOHANG) == 0; i++)
		usleep(100000);
	kill(child, SIGKILL);
	snprintf(text, sizeof(text), "mutex %#x of %#x, unlock %d, lock of the waiter %d, its status %#x, data %d", held,
		 (uint32_t)getpid(), r, s->got, (unsigned int)status, same);
	tell(held == (WAITERS | (uint32_t)getpid()) && !r && !s->got && !status && same ? "ok" : text);
	pause();
	return 0;
}
