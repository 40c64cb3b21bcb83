/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory nodes: moving a process's private anonymous memory into PRAM and back.
 *
 *   TAKE ─► TAKEN ─ COMMIT ─► KEPT ─ kexec, or the process ends
 *             └─ close: given back      └─► BIND ─► BOUND
 *   BOUND ─ PUT ─► ARMED ─► GIVEN
 *     └ process dies ┘
 *
 * In all states a mapping of the node is a shared mapping of /dev/pram that serves the
 * node's pages. The states differ in what happens when the process resumes:
 *
 *   TAKEN, BOUND   accesses through the mapping read and write the node's pages. A BOUND
 *                  process that resumes gets the pages, as in ARMED.
 *   KEPT           the process resumes after a dump that should have ended it. It gets
 *                  private memory with a copy of the pages.
 *   ARMED          the process was restored and resumes. The pages are moved into it.
 *
 * Lock order: commit_all_mutex, the mutex of a descriptor, mmap_lock, pram_mem.lock, folio
 * lock, page table lock; pram_mem.lock, pram_mutex, pram_map_mutex. Freeing a node takes only
 * pram_mutex, because a node is freed only when nothing maps it.
 */
#ifndef _MM_PRAM_MEM_H
#define _MM_PRAM_MEM_H

#include <linux/mm_types.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>

#include "internal.h"

struct anon_vma_name;
struct mempolicy;
struct pram_put_state;

/**
 * struct pram_area - one mapping whose pages the node holds
 * @rec: description for the next kernel
 * @name: the VMA's anon_name while the mapping is taken, or the prepared name of a restore
 */
struct pram_area {
	struct pram_record rec;
	struct anon_vma_name *name;
};

enum pram_mem_state {
	PRAM_MEM_TAKEN,
	PRAM_MEM_KEPT,
	PRAM_MEM_BOUND,
	PRAM_MEM_ARMED,
	PRAM_MEM_GIVEN,
};

/**
 * struct pram_mem - state of a memory node that is or was mapped
 * @refs: one reference of the node and one of each file that is bound to it
 * @lock: protects all fields below, and the node's entries while it is mapped
 * @h: the node; NULL after it was freed
 * @state: see above
 * @mm: the mm whose memory was taken, mm_count held; NULL if the node is only bound
 * @file: file that the taken VMAs map, not refcounted; NULL after the last VMA has gone
 * @files: number of files bound to the node
 * @ps: stream for pages that fill holes on a write; TAKEN only
 * @put: prepared restore; ARMED only
 * @waits_left: how often taking may still wait for pinned pages
 * @nr: number of areas
 * @area: areas, sorted by position
 * @nr_left: number of records in @left
 * @left: flags of mappings that are left to the checkpointer, see memflags.c
 */
struct pram_mem {
	refcount_t refs;
	struct rw_semaphore lock;	/* protects all fields below */
	struct pram_handle *h;
	enum pram_mem_state state;
	struct mm_struct *mm;
	struct file *file;
	atomic_t files;
	struct pram_stream *ps;
	struct pram_put_state *put;
	unsigned int waits_left;
	unsigned int nr;
	struct pram_area *area;
	unsigned int nr_left;
	struct pram_record *left;
};

/**
 * struct pram_put_state - a prepared restore
 * @m: the node's state
 * @mm: the process's mm, mm_count held
 * @account: pages charged to the overcommit limit
 * @policy: NUMA policy of each area, or NULL
 */
struct pram_put_state {
	struct pram_mem *m;
	struct mm_struct *mm;
	unsigned long account;
	struct mempolicy **policy;
};

/* Gives a process its memory, called by its first task that resumes. */
typedef void (*pram_resume_fn)(struct pram_mem *m, struct mm_struct *mm);

/* memstate.c */
extern atomic_t pram_mem_files;
struct pram_mem *pram_mem_new(struct pram_handle *h);
void pram_mem_unref(struct pram_mem *m);
void pram_mem_detach(struct pram_handle *h);
enum pram_mem_state pram_mem_state(struct pram_mem *m);
struct pram_area *pram_mem_area(struct pram_mem *m, u64 pos);
bool pram_mem_busy(const struct pram_handle *h);
int pram_mem_may_split(struct vm_area_struct *vma, unsigned long addr);
struct pram_mem *pram_vma_mem(const struct vm_area_struct *vma);

/* mem.c */
struct file *pram_mem_file(struct pram_mem *m, const struct path *path);
int pram_mem_bind(struct file *file, const char *name);
bool pram_mem_is_dev(const struct file *file);
int pram_mem_mmap(struct file *file, struct vm_area_struct *vma);
void pram_mem_release(struct file *file);

/* memrec.c */
u64 pram_record_flags(vm_flags_t flags);
vm_flags_t pram_record_vm_flags(u64 flags);
int pram_records_write(struct pram_mem *m, struct pram_stream *ps);
int pram_records_read(struct pram_mem *m);

/* memflags.c */
u32 pram_mm_flags(const struct mm_struct *mm);
void pram_restore_mm(const struct pram_node *node, struct mm_struct *mm);
bool pram_mm_needs_node(struct mm_struct *mm);
int pram_left_add(struct pram_mem *m, const struct pram_record *rec);
int pram_left_record(struct pram_mem *m, const struct vm_area_struct *vma);
int pram_left_apply(struct pram_mem *m, struct mm_struct *mm);

/* memvma.c */
void pram_vma_to_device(struct vm_area_struct *vma, struct file *file,
			const struct vm_operations_struct *ops, u64 pos);
void pram_vma_to_anon(struct vm_area_struct *vma, struct pram_area *area);

/* memtake.c */
int pram_area_take(struct pram_stream *ps, struct vm_area_struct *vma, u64 pos,
		   bool leave_shared, unsigned int *waits_left, struct pram_vma *ret);
int pram_area_swap_in(struct vm_area_struct *vma);

/* memput.c */
int pram_tables_alloc(struct vm_area_struct *vma);
void pram_folio_map(struct vm_area_struct *vma, struct folio *folio,
		    unsigned long addr);
void pram_area_map(struct vm_area_struct *vma, struct pram_handle *h,
		   struct pram_cursor *cur, u64 pos, u64 pages);

/* memtask.c */
struct mm_struct *pram_mem_mm(int pidfd);
int pram_mem_watch(struct pram_mem *m, struct mm_struct *mm, pram_resume_fn resume);

/* memready.c */
struct vm_area_struct *pram_put_vma(struct pram_put_state *p, const struct pram_area *area);
int pram_put_prepare(struct pram_mem *m, struct mm_struct *mm);
void pram_put_undo(struct pram_mem *m);
void pram_put_free(struct pram_mem *m);

/* memrestore.c */
int pram_put_finish(struct pram_mem *m);
int pram_mem_finish(struct pram_mem *m);
void pram_mem_disarm(struct pram_mem *m);

/* memcopy.c */
int pram_mem_unshare(struct pram_mem *m, struct mm_struct *mm);

/* memresume.c */
int pram_mem_arm(struct pram_handle *h, struct pram_mem *m, struct pram_put *arg);
int pram_mem_run(struct pram_mem *m, struct mm_struct *mm);
int pram_mem_settle_node(struct pram_mem *m, struct mm_struct *mm, bool runs);
void pram_mem_resume(struct pram_mem *m, struct mm_struct *mm);
void pram_mem_no_room(void);

/* memfault.c */
extern const struct vm_operations_struct pram_mem_vm_ops;

/* memproc.c */
int pram_mem_settle(struct mm_struct *mm);

/* memdump.c */
int pram_mem_take(struct pram_stream *ps, struct file *dev, struct pram_take *arg,
		  struct pram_vma *vmas);
void pram_mem_give_back(struct pram_handle *h);
void pram_mem_commit(struct pram_handle *h);

#endif /* _MM_PRAM_MEM_H */
