/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PRAM's hooks in early boot, kexec, fork(), exit() and shmem. Each hook is one call in an
 * existing file, and compiles to nothing without CONFIG_PRAM.
 */
#ifndef _LINUX_PRAM_BOOT_H
#define _LINUX_PRAM_BOOT_H

#include <linux/types.h>

struct address_space;
struct kexec_buf;
struct kimage;
struct mm_struct;
struct page;
struct resource;
struct task_struct;

#ifdef CONFIG_PRAM

/* While set, memblock allocates from the scratch ranges only. Read by mm/memblock.c. */
extern bool pram_scratch_only;

void pram_setup_data(u64 addr, u32 len);
void pram_early_init(void);
void pram_memory_init(void);
bool pram_preserving(void);
bool pram_withhold_pages(struct page *page, unsigned int order);
bool pram_withhold_reserved(struct page *page);
int pram_kexec_locate(struct kexec_buf *kbuf,
		      int (*fn)(struct resource *res, void *arg));
int pram_kexec_loaded(struct kimage *image);
u64 pram_kexec_place(const struct kimage *image);
int pram_fork(struct mm_struct *mm);
void pram_exit(struct task_struct *tsk, struct mm_struct *mm);
bool pram_file_hidden(const struct address_space *mapping);

#else

#define pram_scratch_only	false

static inline void pram_setup_data(u64 addr, u32 len) { }
static inline void pram_early_init(void) { }
static inline void pram_memory_init(void) { }

static inline bool pram_preserving(void)
{
	return false;
}

static inline bool pram_withhold_pages(struct page *page, unsigned int order)
{
	return false;
}

static inline bool pram_withhold_reserved(struct page *page)
{
	return false;
}

static inline int pram_kexec_locate(struct kexec_buf *kbuf,
				    int (*fn)(struct resource *res, void *arg))
{
	return 0;
}

static inline int pram_kexec_loaded(struct kimage *image)
{
	return 0;
}

static inline u64 pram_kexec_place(const struct kimage *image)
{
	return 0;
}

static inline int pram_fork(struct mm_struct *mm)
{
	return 0;
}

static inline void pram_exit(struct task_struct *tsk, struct mm_struct *mm)
{
}

static inline bool pram_file_hidden(const struct address_space *mapping)
{
	return false;
}

#endif

#endif /* _LINUX_PRAM_BOOT_H */
