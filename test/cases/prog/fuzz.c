// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define BASE	((char *)0x200000000000ul)	/* the memory of a task */

struct shared *shared;
unsigned int me;
static uint64_t state;

/* --- random numbers --- */

void draw_from(uint64_t seed, uint64_t n)
{
	state = ((seed << 33) + (n << 1) + me + 1) * 0x9e3779b97f4a7c15ULL;
	draw(2);
}

uint32_t draw(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % n;
}

bool rarely(void)
{
	return draw(16) == 0;
}

void wrong(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
	shared->wrong = true;
}

/* --- arguments ------------------------------------------------------------------------------------------------ */

void fuzz_name(char *to, unsigned int name)
{
	snprintf(to, PRAM_NAME_MAX, "devfuzz.%u", name);
}

int call(int fd, unsigned long nr, void *arg)
{
	uint32_t damage = draw(64), at = draw(_IOC_SIZE(nr) ? _IOC_SIZE(nr) : 1), bit = draw(8);
	int ret;

	if (damage == 0)
		arg = (char *)arg + PAGE * 1024ul * 1024;
	else if (damage < 4 && _IOC_SIZE(nr))
		((unsigned char *)arg)[at] ^= (unsigned char)(1u << bit);
	ret = ioctl(fd, nr, arg);
	return ret < 0 ? -errno : ret;
}

struct slot *pick(enum slot_kind kind, int type)
{
	uint32_t from = draw(SLOTS);
	bool any = rarely();

	for (uint32_t i = 0; i < SLOTS; i++) {
		struct slot *s = &shared->slots[me][(from + i) % SLOTS];

		/* Never write to a file: its contents are checked. */
		if (s->kind == MEMFD && kind != MEMFD)
			continue;
		if (s->kind != EMPTY && (any || (s->kind == kind && (type < 0 || s->type == (uint32_t)type))))
			return s;
	}
	return NULL;
}

void empty(struct slot *s)
{
	s->kind = EMPTY;
	close(s->fd);
}

int keep(int fd, enum slot_kind kind, uint32_t type, unsigned int name)
{
	uint32_t from = draw(SLOTS);
	struct slot *s = &shared->slots[me][from];

	if (fd < 0)
		return fd;
	for (uint32_t i = 0; i < SLOTS && s->kind != EMPTY; i++)
		s = &shared->slots[me][(from + i) % SLOTS];
	if (s->kind != EMPTY)
		empty(s);
	*s = (struct slot){ fd, kind, type, name };
	return 0;
}

int pick_device(void)
{
	struct slot *s = pick(DEVICE, -1);

	return s ? s->fd : -1;
}

struct task *pick_task(bool bound)
{
	uint32_t from = draw(2 * TASKS);
	bool any = rarely();

	for (uint32_t i = 0; i < 2 * TASKS; i++) {
		struct task *t = &shared->tasks[0][(from + i) % (2 * TASKS)];

		if (t->pid && (any || t->bound == bound))
			return t;
	}
	return NULL;
}

int pidfd_of(const struct task *t)
{
	return t && t->pid ? (int)syscall(SYS_pidfd_open, t->pid, 0) : -1;
}

/* --- tasks ---------------------------------------------------------------------------------------------------- */

uint64_t word_at(uint64_t page)
{
	return page * 0x9e3779b97f4a7c15ULL + 1;
}

static void fill(void)
{
	for (uint64_t i = 0; i < LEN / PAGE; i++)
		*(uint64_t *)(BASE + i * PAGE) = word_at(i);
}

static void check_memory(void)
{
	for (uint64_t i = 0; i < LEN / PAGE; i++)
		if (*(uint64_t *)(BASE + i * PAGE) != word_at(i)) {
			printf("task %d: page %lu is %lx\n", getpid(), i, *(uint64_t *)(BASE + i * PAGE));
			wrong("the memory of a task has changed");
			_exit(1);
		}
}

static _Noreturn void live(long off, unsigned int name, bool forks)
{
	struct pram_open arg = { .size = sizeof(arg) };
	int fd = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	munmap(VIEW, LEN);
	close_range(3, ~0U, 0);
	fuzz_name(arg.name, name);
	if (off >= 0) {
		fd = open("/dev/pram", O_RDWR | O_CLOEXEC);
		if (fd < 0 || ioctl(fd, PRAM_IOC_BIND, &arg))
			_exit(2);
	}
	if (mmap(BASE, LEN, PROT_READ | PROT_WRITE, MAP_FIXED | (off < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED),
		 fd, off < 0 ? 0 : off) != BASE)
		_exit(2);
	close(fd);
	if (off < 0)
		fill();
	for (;;) {
		raise(SIGSTOP);
		if (forks && !fork()) {
			check_memory();
			_exit(0);
		}
		check_memory();
		fill();
	}
}

void end_task(struct task *t)
{
	pid_t pid = t->pid;

	t->pid = 0;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int start_task(long off, unsigned int name)
{
	struct task *t = &shared->tasks[me][draw(TASKS)];
	bool forks = draw(2);
	int status;
	pid_t pid;

	if (t->pid)
		end_task(t);
	pid = fork();
	if (!pid)
		live(off, name, forks);
	if (pid < 0)
		return -errno;
	waitpid(pid, &status, WUNTRACED);
	if (!WIFSTOPPED(status))
		return -ECHILD;
	*t = (struct task){ pid, off >= 0, name };
	return 0;
}

long offset_of(pid_t pid)
{
	unsigned long from, to, off;
	char path[64], line[512];
	long ret = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && ret < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %*s %lx", &from, &to, &off) == 3 && from == (uintptr_t)BASE &&
		    strstr(line, "/dev/pram"))
			ret = (long)off;
	if (f)
		fclose(f);
	return ret;
}

int continue_task(struct task *t)
{
	int status;

	kill(t->pid, SIGCONT);
	for (int i = 0; i < 200; i++) {
		if (waitpid(t->pid, &status, WUNTRACED | WNOHANG) == t->pid) {
			if (!WIFSTOPPED(status))
				t->pid = 0;
			return WIFSTOPPED(status) ? 0 : -ECHILD;
		}
		usleep(1000);
	}
	end_task(t);	/* it waits for the end of a dump that only this worker can end */
	return -ETIMEDOUT;
}
