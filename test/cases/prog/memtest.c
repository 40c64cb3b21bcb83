// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process's memory into a node and back, without CRIU.
 *
 *   memtest back KIND...        taken, given back: the process goes on with it
 *   memtest kept KIND...        taken, committed: the process goes on with a copy, and what
 *                               was kept goes into another process
 *   memtest killed KIND...      the process dies while its memory is taken
 *   memtest armed KIND...       all is ready for another process: it dies before it runs, it
 *                               runs, it is given its memory from outside
 *   memtest again KIND...       taken again from a process that has not touched it since
 *   memtest save NODE KIND...   for another kernel
 *   memtest load NODE KIND...   what an earlier one saved, into a process
 *   memtest rounds N KIND...    taken and given back N times
 *   memtest faults KIND...      each allocation of take, give back and put fails once
 *   memtest chance N KIND...    N rounds of taking, and of giving back or to another process, in which allocations
 *                               fail by chance, as debugfs says, for tasks that want it
 *   memtest run FILE KIND...    goes on looking at its memory, and counts in FILE; BAD in it is the end
 *
 * Prints pages and copied pages of what was taken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "memkind.h"

#define NODE "memtest"
#define VMAS 256
#define MIN_BYTES (64 * PAGE)

static char **names;	/* of kinds, NULL at the end */
static struct pram_vma vmas[VMAS];
static unsigned int nr_vmas;

static const struct kind *each(unsigned int i)
{
	return names[i] ? kind_find(names[i]) : NULL;
}

static bool check_all(bool rewrite)
{
	const struct kind *k;

	for (unsigned int i = 0; (k = each(i)); i++)
		if (!kind_check(k, kind_base(k)) || (rewrite && !kind_rewrite(k, kind_base(k))))
			return false;
	return true;
}

static void must(const char *what, int ret)
{
	if (ret < 0)
		die("%s: %s", what, strerror(-ret));
}

static int pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid)
		die("waitpid: %s", strerror(errno));
	if (!WIFSTOPPED(status))
		die("the process ended with %x", status);
}

static void wait_end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("the process ended with %x", status);
}

/* A process with memory of all kinds, stopped; when it goes on, it looks at it. */
static pid_t start(void)
{
	const struct kind *k;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid) {
		wait_stop(pid);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0; (k = each(i)); i++)
		k->make(kind_base(k));
	if (getenv("MEMTEST_SETTLE"))
		sleep((unsigned int)atoi(getenv("MEMTEST_SETTLE")));
	raise(SIGSTOP);
	if (!check_all(true))
		die("the memory is not what it was");
	exit(0);
}

static int nth_fd = -1;
static int nth;	/* allocation that is to fail, 0: none */
static int failures;

/* From now on the nth allocation of this task fails. */
static void fail_nth(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (nth_fd >= 0 && pwrite(nth_fd, text, (size_t)len, 0) != len)
		die("fail-nth: %s", strerror(errno));
}

/* Ends that; was there an nth allocation? */
static bool failed_nth(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0)
		die("fail-nth: %s", strerror(errno));
	fail_nth(0);
	return atoi(text) == 0;
}

static bool chance;	/* allocations fail by chance: see do_chance() */

/* From now on what is set up in debugfs happens to this task, or not. */
static void by_chance(bool on)
{
	static int fd = -1;

	if (!chance)
		return;
	if (fd < 0)
		fd = open("/proc/self/make-it-fail", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, on ? "1" : "0", 1, 0) != 1)
		die("make-it-fail: %s", strerror(errno));
}

static int take(int node, pid_t pid, struct pram_take *arg)
{
	*arg = (struct pram_take){
		.size = sizeof(*arg),
		.pidfd = pidfd(pid),
		.dev_fd = open("/dev/pram", O_RDWR | O_CLOEXEC),
		.min_bytes = MIN_BYTES,
		.vmas = (uintptr_t)vmas,
		.nr_vmas = VMAS,
	};
	const char *shared = getenv("MEMTEST_SHARED");
	int ret;

	if (shared)
		arg->max_shared = strtoull(shared, NULL, 0);
	if (nth)
		fail_nth(nth);
	by_chance(true);
	ret = ioctl(node, PRAM_IOC_TAKE, arg) < 0 ? -errno : 0;
	by_chance(false);
	close(arg->pidfd);
	close(arg->dev_fd);
	nr_vmas = arg->nr_vmas;
	return ret;
}

/* What the kernel says of the mappings of our kinds: it must be the same before and after. */
static char *describe(pid_t pid)
{
	static const char *const keep[] = { "VmFlags:", "Locked:", "Anonymous:", "AnonHugePages:",
					    "Swap:" };
	char path[64], line[512], *text = calloc(1, 1 << 18);
	size_t len = 0;
	bool ours = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long from, to;
		bool head = sscanf(line, "%lx-%lx ", &from, &to) == 2, take_it = head;

		if (head)
			ours = from >= 0x200000000000ul && from < 0x210000000000ul;
		for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
			take_it |= !strncmp(line, keep[i], strlen(keep[i]));
		if (ours && take_it && len + strlen(line) < 1 << 18)
			len += (size_t)sprintf(text + len, "%s", line);
	}
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/numa_maps", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long from;
		char policy[64];

		if (sscanf(line, "%lx %63s", &from, policy) == 2 && from >= 0x200000000000ul &&
		    from < 0x210000000000ul)
			len += (size_t)sprintf(text + len, "%lx %s\n", from, policy);
	}
	if (f)
		fclose(f);
	return text;
}

static void same(const char *when, char *before, char *after)
{
	size_t i = 0;

	if (!getenv("MEMTEST_LOOSE") && strcmp(before, after)) {
		while (before[i] == after[i])
			i++;
		while (i && before[i - 1] != '\n')
			i--;
		die("%s a line of the mappings is %.*s, and was %.*s", when,
		    (int)strcspn(after + i, "\n"), after + i, (int)strcspn(before + i, "\n"),
		    before + i);
	}
	free(before);
	free(after);
}

/* All that the mappings show while they are the node's is what was there. */
static void peek(pid_t pid)
{
	const struct kind *k;
	static char buf[PAGE];

	for (unsigned int i = 0; (k = each(i)); i++) {
		for (size_t page = 0; page < k->len / PAGE; page += 37) {
			struct iovec in = { buf, PAGE };
			struct iovec out = { kind_base(k) + page * PAGE, PAGE };

			if (process_vm_readv(pid, &in, 1, &out, 1, 0) != PAGE)
				continue;	/* no mapping, or not to be read */
			if (!kind_shows(k, page, *(uint64_t *)buf))
				die("%s: page %zu shows %lx", k->name, page, *(uint64_t *)buf);
		}
	}
}

static unsigned int left_of(uint64_t addr)
{
	const struct kind *k;

	for (unsigned int i = 0; (k = each(i)); i++)
		if (addr >= (uintptr_t)kind_base(k) && addr < (uintptr_t)kind_base(k) + k->len)
			return getenv("MEMTEST_SHARED") ? PRAM_LEFT_SHARED : k->left;
	return 0;
}

/* all was taken, and no more copied than cannot be helped */
static void check_taken(const struct pram_take *arg)
{
	const struct kind *k;
	long allowed = 0, copied = 0;

	for (unsigned int i = 0; (k = each(i)); i++)
		allowed = k->copied < 0 || allowed < 0 ? -1 : allowed + k->copied;
	for (unsigned int i = 0; i < nr_vmas; i++) {
		if (vmas[i].start < 0x200000000000ul || vmas[i].start >= 0x210000000000ul)
			continue;
		if (vmas[i].left == PRAM_LEFT_SMALL && vmas[i].end - vmas[i].start < MIN_BYTES)
			continue;
		if (vmas[i].left != left_of(vmas[i].start))
			die("%llx-%llx is left: %u", vmas[i].start, vmas[i].end, vmas[i].left);
		copied += (long)vmas[i].copied;
	}
	if (!getenv("MEMTEST_LOOSE") && allowed >= 0 && copied > allowed)
		die("%ld pages were copied, not %ld", copied, allowed);
	printf("pages %llu copied %llu vmas %u\n", arg->pages, arg->copied, arg->nr_vmas);
}

static int save(const char *name, pid_t pid)
{
	struct pram_take arg;
	int node = pram_create(name, PRAM_NODE_MEMORY);

	must("create", node);
	must("take", take(node, pid, &arg));
	check_taken(&arg);
	return node;
}

static void do_back(void)
{
	pid_t pid = start();
	char *before = describe(pid);
	int node = save(NODE, pid);

	peek(pid);
	close(node);
	same("given back,", before, describe(pid));
	kill(pid, SIGCONT);
	wait_end(pid);
}

/* Maps what was mapped then, and stops; when it goes on, it looks at it. */
static pid_t start_bound(const char *name)
{
	struct pram_open arg = { .size = sizeof(arg) };
	pid_t pid;
	int dev;

	fflush(stdout);
	pid = fork();
	if (pid) {
		wait_stop(pid);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dev = open("/dev/pram", O_RDWR | O_CLOEXEC);
	strcpy(arg.name, name);
	must("bind", ioctl(dev, PRAM_IOC_BIND, &arg) ? -errno : 0);
	for (unsigned int i = 0; i < nr_vmas; i++) {
		size_t len = vmas[i].end - vmas[i].start;

		if (vmas[i].left)
			continue;
		/* copied holds the offset: see remember() */
		if (mmap((void *)vmas[i].start, len, (int)vmas[i].reserved, MAP_SHARED | MAP_FIXED,
			 dev, (off_t)vmas[i].copied) == MAP_FAILED)
			die("mmap of %llx: %s", vmas[i].start, strerror(errno));
	}
	close(dev);
	raise(SIGSTOP);
	if (!check_all(true))
		die("the memory is not what it was");
	_exit(0);
}

/* Offset and protection of what was taken, as CRIU would read them. */
static void remember(pid_t pid)
{
	char path[64], line[512], prot[8];
	unsigned long from, to, off;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s %lx", &from, &to, prot, &off) != 4)
			continue;
		for (unsigned int i = 0; i < nr_vmas; i++) {
			if (vmas[i].start != from || vmas[i].left)
				continue;
			if (!strstr(line, "/dev/pram") || prot[3] != 's')
				die("not a mapping of the device: %s", line);
			vmas[i].copied = off;
			vmas[i].reserved = (prot[0] == 'r' ? PROT_READ : 0) |
					   (prot[1] == 'w' ? PROT_WRITE : 0) |
					   (prot[2] == 'x' ? PROT_EXEC : 0);
		}
	}
	if (f)
		fclose(f);
}

/* only our kinds: the rest is the test program's own and in use in the new process */
static void only_ours(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < nr_vmas; i++)
		if (!vmas[i].left)
			vmas[n++] = vmas[i];
	nr_vmas = n;
}

static void put(const char *name, pid_t pid)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(pid) };
	int node = pram_open(name);

	must("open", node);
	must("put", ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0);
	close(node);
	close(arg.pidfd);
	printf("put %llu\n", arg.pages);
}

/* Committed; the process is stopped. What its mappings were is in *@ret. */
static pid_t start_kept(char **ret)
{
	pid_t pid = start();
	int node;

	*ret = describe(pid);
	node = save(NODE, pid);
	remember(pid);
	only_ours();
	must("commit", pram_commit(node));
	close(node);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* a descriptor, to be put without the flag */
static int arm(pid_t pid)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(pid), .flags = PRAM_PUT_ARM };
	int node = pram_open(NODE);

	must("open", node);
	must("arm", ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0);
	close(arg.pidfd);
	if (pram_open(NODE) != -EBUSY || pram_remove(NODE) != -EBUSY)
		die("a node that is armed is there for others");
	return node;
}

static int finish(int node)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = -1 };

	return ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0;
}

static void do_armed(void)
{
	char *before;
	pid_t pid;
	int node;

	end(start_kept(&before));
	/* it ends before it runs: the node is as it was */
	for (int i = 0; i < 2; i++) {
		pid = start_bound(NODE);
		node = arm(pid);
		peek(pid);
		end(pid);
		if (finish(node) != -ESRCH)
			die("the memory of a process that has ended was given to it");
		close(node);
	}
	/* it is given its memory from outside */
	pid = start_bound(NODE);
	node = arm(pid);
	peek(pid);
	must("finish", finish(node));
	must("finish, twice", finish(node));
	close(node);
	same("finished,", before, describe(pid));
	kill(pid, SIGCONT);
	wait_end(pid);
	if (pram_open(NODE) != -ENOENT)
		die("the node is still there");
	/* it runs, and nobody asks */
	end(start_kept(&before));
	pid = start_bound(NODE);
	node = arm(pid);
	kill(pid, SIGCONT);
	wait_end(pid);
	must("finish, late", finish(node));
	close(node);
	free(before);
}

static void do_again(void)
{
	char *before;
	pid_t pid = start_kept(&before), other;
	static struct pram_vma kept[VMAS];
	unsigned int nr_kept = nr_vmas;

	memcpy(kept, vmas, sizeof(kept));
	/* kept, and not ended: it has a copy now, and that is taken */
	close(save(NODE "2", pid));
	kill(pid, SIGCONT);
	wait_end(pid);
	/* restored, and has not run */
	memcpy(vmas, kept, sizeof(kept));
	nr_vmas = nr_kept;
	other = start_bound(NODE);
	close(arm(other));
	close(save(NODE "2", other));
	same("given back,", before, describe(other));
	kill(other, SIGCONT);
	wait_end(other);
}

static void do_kept(void)
{
	char *before;
	pid_t pid = start_kept(&before), other;

	if (pram_remove(NODE) != -EBUSY)
		die("a node that a process maps was removed");
	peek(pid);
	kill(pid, SIGCONT);
	wait_end(pid);
	/* it has written to its copy: the node must be what it was */
	other = start_bound(NODE);
	peek(other);
	put(NODE, other);
	same("put,", before, describe(other));
	kill(other, SIGCONT);
	wait_end(other);
}

static void do_killed(void)
{
	pid_t pid = start();
	int node = save(NODE, pid);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(node);
}

static void do_save(const char *name, const char *file)
{
	pid_t pid = start();
	char *before = describe(pid);
	int node = save(name, pid);
	FILE *f = fopen(file, "w");

	remember(pid);
	only_ours();
	must("commit", pram_commit(node));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fwrite(&nr_vmas, sizeof(nr_vmas), 1, f);
	fwrite(vmas, sizeof(*vmas), nr_vmas, f);
	fputs(before, f);
	if (fclose(f))
		die("%s: %s", file, strerror(errno));
}

static void do_load(const char *name, const char *file)
{
	char *before = calloc(1, 1 << 18);
	FILE *f = fopen(file, "r");
	pid_t pid;

	if (!f || fread(&nr_vmas, sizeof(nr_vmas), 1, f) != 1 ||
	    fread(vmas, sizeof(*vmas), nr_vmas, f) != nr_vmas)
		die("%s: %s", file, strerror(errno));
	if (fread(before, 1, (1 << 18) - 1, f) == 0)
		die("%s is cut short", file);
	fclose(f);
	pid = start_bound(name);
	peek(pid);
	put(name, pid);
	same("put,", before, describe(pid));
	kill(pid, SIGCONT);
	wait_end(pid);
}

static void do_rounds(int n)
{
	pid_t pid = start();
	char *before = describe(pid);

	while (n--) {
		struct pram_take arg;
		int node = pram_create(NODE, PRAM_NODE_MEMORY);

		must("create", node);
		must("take", take(node, pid, &arg));
		if (n % 50 == 0)
			peek(pid);
		close(node);
	}
	same("after the rounds,", before, describe(pid));
	kill(pid, SIGCONT);
	wait_end(pid);
}

/* one more allocation succeeds, each time */
static void fault_take(void)
{
	pid_t pid = start();
	bool hit = true;

	for (nth = 1; hit; nth++) {
		char *before = describe(pid);
		struct pram_take arg;
		int node = pram_create(NODE, PRAM_NODE_MEMORY), ret = take(node, pid, &arg);

		hit = failed_nth();
		if (ret && ret != -ENOMEM)
			die("take, allocation %d: %s", nth, strerror(-ret));
		failures += ret != 0;
		if (!ret)
			fail_nth(nth);
		close(node);
		fail_nth(0);
		same("after a failure,", before, describe(pid));
		if (!ret && hit) {
			/* it did without; what was copied is not shared any more */
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			pid = start();
		}
	}
	printf("take: %d allocations\n", nth - 2);
	nth = 0;
	kill(pid, SIGCONT);
	wait_end(pid);
}

static void fault_put(void)
{
	pid_t pid = start(), other;
	int node = save(NODE, pid), n = 0, ret;

	remember(pid);
	only_ours();
	must("commit", pram_commit(node));
	close(node);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	other = start_bound(NODE);
	do {
		struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(other) };

		node = pram_open(NODE);
		must("open", node);
		fail_nth(++n);
		ret = ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0;
		fail_nth(0);
		close(node);
		close(arg.pidfd);
		if (ret && ret != -ENOMEM)
			die("put, allocation %d: %s", n, strerror(-ret));
		failures += ret != 0;
		if (ret)
			peek(other);
	} while (ret);
	printf("put: %d allocations\n", n - 1);
	kill(other, SIGCONT);
	wait_end(other);
}

static void do_faults(void)
{
	nth_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		exit(77);
	fault_take();
	fault_put();
	printf("%d failures\n", failures);
}

/* Into a new process, in as many attempts as it takes. Return: attempts that failed. */
static int chance_put(void)
{
	pid_t other = start_bound(NODE);
	int ret, tries = 0;

	do {
		struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(other) };
		int node = pram_open(NODE);

		must("open", node);
		by_chance(true);
		ret = ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0;
		by_chance(false);
		close(node);
		close(arg.pidfd);
		if (ret && ret != -ENOMEM)
			die("put: %s", strerror(-ret));
		if (ret && tries++ == 1000)
			die("put fails each time");
	} while (ret);
	kill(other, SIGCONT);
	wait_end(other);
	return tries;
}

static void do_chance(int n)
{
	int takes = 0, moved = 0, puts = 0;
	pid_t pid = start();

	chance = true;
	for (int i = 1; i <= n; i++) {
		char *before = describe(pid);
		struct pram_take arg;
		int node = pram_create(NODE, PRAM_NODE_MEMORY), ret;

		must("create", node);
		ret = take(node, pid, &arg);
		if (ret && ret != -ENOMEM)
			die("take: %s", strerror(-ret));
		takes += ret != 0;
		/* each second of those taken goes into another process */
		if (ret || i % 2) {
			by_chance(true);
			close(node);
			by_chance(false);
			same("given back,", before, describe(pid));
			continue;
		}
		remember(pid);
		only_ours();
		by_chance(true);
		ret = pram_commit(node);
		by_chance(false);
		must("commit", ret);
		close(node);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		free(before);
		puts += chance_put();
		moved++;
		pid = start();
	}
	kill(pid, SIGCONT);
	wait_end(pid);
	printf("%d rounds: %d takes failed, %d went elsewhere and %d failed to at first\n", n, takes,
	       moved, puts);
	if (!takes || !moved)
		die("all has failed, or nothing: no test");
}

static void count(const char *file, unsigned long n, bool good)
{
	char tmp[256];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", file);
	f = fopen(tmp, "w");
	if (!f)
		exit(1);
	fprintf(f, good ? "%lu\n" : "BAD %lu\n", n);
	fclose(f);
	rename(tmp, file);
}

static void do_run(const char *file)
{
	const struct kind *k;

	kind_touches = false;
	for (unsigned int i = 0; (k = each(i)); i++)
		k->make(kind_base(k));
	for (unsigned long n = 1;; n++) {
		bool good = check_all(false);

		count(file, n, good);
		if (!good)
			exit(1);
		usleep(50000);
	}
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* else free() makes what is large part of the heap, which is taken then and in use where it is mapped again */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	if (argc > 2)
		names = argv + 2;
	if (argc > 2 && !strcmp(verb, "back"))
		do_back();
	else if (argc > 2 && !strcmp(verb, "kept"))
		do_kept();
	else if (argc > 3 && !strcmp(verb, "rounds") && (names = argv + 3))
		do_rounds(atoi(argv[2]));
	else if (argc > 2 && !strcmp(verb, "faults"))
		do_faults();
	else if (argc > 3 && !strcmp(verb, "chance") && (names = argv + 3))
		do_chance(atoi(argv[2]));
	else if (argc > 2 && !strcmp(verb, "killed"))
		do_killed();
	else if (argc > 2 && !strcmp(verb, "armed"))
		do_armed();
	else if (argc > 2 && !strcmp(verb, "again"))
		do_again();
	else if (argc > 3 && !strcmp(verb, "run") && (names = argv + 3))
		do_run(argv[2]);
	else if (argc > 4 && (names = argv + 4) && !strcmp(verb, "save"))
		do_save(argv[2], argv[3]);
	else if (argc > 4 && !strcmp(verb, "load"))
		do_load(argv[2], argv[3]);
	else
		die("memtest: see the comment at the top of memtest.c");
	return 0;
}
