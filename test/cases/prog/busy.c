// SPDX-License-Identifier: GPL-2.0-only
/*
 * busy FILE THREADS: threads that write and check their memory in a loop.
 *
 * Each page contains its state (stamp.h), and the expected state is stored elsewhere: the next pass finds a page
 * that is lost, stale or exchanged with another one. The kinds of memory:
 *
 *   own      pages of one thread, small and huge
 *   shared   pages of all threads, protected by a lock
 *   heap     malloc'd blocks; SIGUSR1 makes the heap grow by brk()
 *   lazy     pages under MADV_FREE: unchanged, or zero
 *   sparse   single pages in 128 MiB of MAP_NORESERVE, with holes between them
 *   counters one for each CPU, incremented in restartable sequences
 *
 * FILE has the number of passes of the slowest thread and the size of the heap. SIGTERM ends the threads and
 * compares the counters; exit status 0 means that no error was found.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dev.h"
#include "percpu.h"
#include "stamp.h"

#define MiB		(1ul << 20)
#define THREADS_MAX	16
#define OWN		(1 * MiB)
#define OWN_HUGE	(2 * MiB)
#define SHARED_PAGES	64
#define LAZY_PAGES	128
#define SPARSE		(128 * MiB)
#define SPARSE_LIVE	64
#define BLOCK		(96ul << 10)
#define BLOCKS_MAX	512

struct thread {
	pthread_t id;
	unsigned int nr;
	atomic_ulong passes;
	unsigned long counted;
};

static struct thread threads[THREADS_MAX];
static unsigned int nr_threads;
static atomic_bool stop;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *shared;
static uint64_t shared_seq;

static char *blocks[BLOCKS_MAX];
static unsigned int nr_blocks;
extern char _end[];	/* end of the program's data, where the heap begins */

static void pass_own(char *own, size_t pages, uint64_t seq)
{
	for (size_t page = 0; page < pages; page++) {
		stamp_check("own", own, page, seq);
		stamp_write(own, page, seq + 1);
	}
}

static void pass_shared(void)
{
	pthread_mutex_lock(&lock);
	for (size_t page = 0; page < SHARED_PAGES; page++)
		stamp_check("shared", shared, page, shared_seq);
	shared_seq++;
	for (size_t page = 0; page < SHARED_PAGES; page++)
		stamp_write(shared, page, shared_seq);
	pthread_mutex_unlock(&lock);
}

/* Moves the thread between CPUs. The kernel writes the CPU number to the thread's rseq area, if it is registered. */
static void pass_cpu(struct thread *t, uint64_t seq)
{
	int cpus = percpu_cpus(), tries = 0;
	unsigned int cpu;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((seq + t->nr) % (unsigned int)cpus, &set);
	sched_setaffinity(0, sizeof(set), &set);
	/* a restored thread has no CPU affinity, so it may migrate between the two reads */
	do {
		if (syscall(SYS_getcpu, &cpu, NULL, NULL))
			report_bad("getcpu: %s", strerror(errno));
	} while (percpu_cpu() != (int)cpu && tries++ < 100);
	if (tries >= 100)
		report_bad("rseq: thread %u is on CPU %u, not %d", t->nr, cpu, percpu_cpu());
	for (unsigned int i = 0; i < (unsigned int)cpus; i++)
		CPU_SET(i, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void pass_count(struct thread *t)
{
	for (int i = 0; i < 1000; i++)
		t->counted += percpu_inc();
}

static void *run(void *arg)
{
	struct thread *t = arg;
	bool huge = t->nr % 4 == 1;
	size_t pages = (huge ? OWN_HUGE : OWN) / PAGE;
	char *own = stamp_map(pages * PAGE, 0, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);

	percpu_thread();
	for (size_t page = 0; page < pages; page++)
		stamp_write(own, page, 1);
	for (uint64_t seq = 1; !atomic_load(&stop); seq++) {
		pass_own(own, pages, seq);
		pass_shared();
		pass_count(t);
		if (seq % 4 == t->nr % 4)
			pass_cpu(t, seq / 4);
		atomic_store(&t->passes, seq);
		usleep(5000);
	}
	return NULL;
}

static void pass_lazy(char *lazy, uint64_t seq)
{
	for (size_t page = 0; page < LAZY_PAGES; page++)
		if (!stamp_is(lazy, page, seq) && !stamp_is_zero(lazy, page))
			stamp_check("lazy", lazy, page, seq);
	for (size_t page = 0; page < LAZY_PAGES; page++)
		stamp_write(lazy, page, seq + 1);
	if (madvise(lazy, LAZY_PAGES * PAGE, MADV_FREE))
		report_bad("MADV_FREE: %s", strerror(errno));
}

static size_t sparse_page(uint64_t seq)
{
	return (size_t)(seq * 40503 % (SPARSE / PAGE - 1)) & ~1ul;
}

/* Each pass writes one more page and turns the oldest into a hole. The pages between them are never written. */
static void pass_sparse(char *sparse, uint64_t seq)
{
	uint64_t oldest = seq > SPARSE_LIVE ? seq - SPARSE_LIVE : 1;

	for (uint64_t s = oldest; s < seq; s++)
		stamp_check("sparse", sparse, sparse_page(s), s);
	stamp_check_zero("hole", sparse, sparse_page(oldest) + 1);
	stamp_check_zero("hole", sparse, sparse_page(seq));
	stamp_write(sparse, sparse_page(seq), seq);
	if (seq > SPARSE_LIVE)
		madvise(sparse + sparse_page(oldest) * PAGE, PAGE, MADV_DONTNEED);
}

static void pass_heap(uint64_t seq)
{
	for (unsigned int i = 0; i < nr_blocks; i++) {
		for (size_t page = 0; page < BLOCK / PAGE; page++) {
			stamp_check("heap", blocks[i], page, seq);
			stamp_write(blocks[i], page, seq + 1);
		}
	}
}

/* If brk() fails, malloc() uses mmap() instead. This test treats that as an error. */
static void grow_heap(uint64_t seq)
{
	char *block = nr_blocks < BLOCKS_MAX ? aligned_alloc(PAGE, BLOCK) : NULL;

	if (!block || block < _end || block + BLOCK > (char *)sbrk(0))
		report_bad("the heap, which ends at %p, does not grow: new block at %p", sbrk(0), (void *)block);
	for (size_t page = 0; page < BLOCK / PAGE; page++)
		stamp_write(block, page, seq);
	blocks[nr_blocks++] = block;
}

static unsigned long slowest(void)
{
	unsigned long ret = ULONG_MAX;

	for (unsigned int i = 0; i < nr_threads; i++) {
		unsigned long passes = atomic_load(&threads[i].passes);

		if (passes < ret)
			ret = passes;
	}
	return ret;
}

static void begin(void)
{
	mallopt(M_MMAP_THRESHOLD, 64 * MiB);
	mallopt(M_TRIM_THRESHOLD, -1);
	percpu_thread();
	percpu_init(stamp_map((PERCPU_MAX + 1) * PAGE, 0, MADV_NOHUGEPAGE));
	shared = stamp_map(SHARED_PAGES * PAGE, 0, MADV_NOHUGEPAGE);
	for (size_t page = 0; page < SHARED_PAGES; page++)
		stamp_write(shared, page, 0);
	for (unsigned int i = 0; i < nr_threads; i++) {
		threads[i].nr = i;
		if (pthread_create(&threads[i].id, NULL, run, &threads[i]))
			die("pthread_create");
	}
}

static int finish(void)
{
	unsigned long counted = 0;

	atomic_store(&stop, true);
	for (unsigned int i = 0; i < nr_threads; i++) {
		pthread_join(threads[i].id, NULL);
		counted += threads[i].counted;
	}
	if (counted != percpu_sum())
		report_bad("counters: %lu, not %lu", percpu_sum(), counted);
	report("end %lu", counted);
	return 0;
}

int main(int argc, char **argv)
{
	struct timespec soon = { .tv_nsec = 10000000 };
	char *lazy, *sparse;
	sigset_t set;

	nr_threads = argc == 3 ? (unsigned int)atoi(argv[2]) : 0;
	if (!nr_threads || nr_threads > THREADS_MAX)
		die("usage: busy FILE THREADS");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	report_to(argv[1]);
	begin();
	lazy = stamp_map(LAZY_PAGES * PAGE, 0, MADV_NOHUGEPAGE);
	sparse = stamp_map(SPARSE, MAP_NORESERVE, MADV_NOHUGEPAGE);
	grow_heap(1);
	for (uint64_t seq = 1;; seq++) {
		int sig = sigtimedwait(&set, NULL, &soon);

		pass_lazy(lazy, seq);
		pass_sparse(sparse, seq);
		pass_heap(seq);
		if (sig == SIGTERM)
			return finish();
		if (sig == SIGUSR1)
			grow_heap(seq + 1);
		report("%lu heap %u", slowest(), nr_blocks);
	}
}
