/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A counter for each CPU, incremented without a lock in a restartable sequence (rseq(2)). This works only if
 * the thread's struct rseq is registered with the kernel, which glibc does.
 */
#ifndef TEST_CASES_PROG_PERCPU_H
#define TEST_CASES_PROG_PERCPU_H

#include <stdint.h>
#include <sys/rseq.h>
#include <unistd.h>

#include "dev.h"

#define PERCPU_MAX 64

static char *percpu_base;

static inline int percpu_cpus(void)
{
	int n = (int)sysconf(_SC_NPROCESSORS_ONLN);

	return n < PERCPU_MAX ? n : PERCPU_MAX;
}

static inline volatile struct rseq *percpu_rseq(void)
{
	return (volatile struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* Each thread calls this to check that its rseq area is registered. */
static inline void percpu_thread(void)
{
	if (!__rseq_size || (int)percpu_rseq()->cpu_id < 0)
		die("rseq is not registered");
}

static inline void percpu_init(char *base)
{
	percpu_base = base;
}

static inline int percpu_cpu(void)
{
	return (int)percpu_rseq()->cpu_id;
}

static inline volatile uint64_t *percpu_counter(int cpu)
{
	return (volatile uint64_t *)(percpu_base + (size_t)cpu * PAGE);
}

static inline uint64_t percpu_sum(void)
{
	uint64_t sum = 0;

	for (int cpu = 0; cpu < percpu_cpus(); cpu++)
		sum += *percpu_counter(cpu);
	return sum;
}

/*
 * Increments the counter of the current CPU. Return: 1, or 0 if the sequence was aborted and nothing was counted.
 *
 * The sequence is between labels 1 and 2. A thread that is preempted or checkpointed within it continues at label 4.
 * The counter is read and written by two instructions, so that counts would be lost without aborts.
 */
static inline unsigned int percpu_inc(void)
{
	volatile struct rseq *rs = percpu_rseq();
	uint32_t cpu = rs->cpu_id_start;
	volatile uint64_t *counter = percpu_counter((int)cpu);

	__asm__ __volatile__ goto(
		".pushsection __rseq_cs, \"aw\"\n\t"
		".balign 32\n\t"
		"3:\n\t"
		".long 0, 0\n\t"
		".quad 1f, 2f - 1f, 4f\n\t"
		".popsection\n\t"
		"leaq 3b(%%rip), %%rax\n\t"
		"movq %%rax, %[cs]\n\t"
		"1:\n\t"
		"cmpl %[cpu], %[cpu_id]\n\t"
		"jne 4f\n\t"
		"movq %[counter], %%rax\n\t"
		"addq $1, %%rax\n\t"
		"movq %%rax, %[counter]\n\t"
		"2:\n\t"
		".pushsection __rseq_failure, \"ax\"\n\t"
		/* the signature that glibc registers, encoded as an instruction */
		".byte 0x0f, 0xb9, 0x3d\n\t"
		".long 0x53053053\n\t"
		"4:\n\t"
		"jmp %l[interrupted]\n\t"
		".popsection\n\t"
		:
		: [cs] "m" (rs->rseq_cs), [cpu_id] "m" (rs->cpu_id), [cpu] "r" (cpu),
		  [counter] "m" (*counter)
		: "memory", "cc", "rax"
		: interrupted);
	return 1;
interrupted:
	return 0;
}

#endif
