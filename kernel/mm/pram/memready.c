// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preparing a restore: all steps that can fail before the pages of a node are moved into a
 * process (anon_vmas, page tables, names, NUMA policies, charges), and undoing them.
 *
 * Lock order: see mem.h.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/memcontrol.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/pagevec.h>
#include <linux/rmap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/slab.h>

#include "../internal.h"
#include "mem.h"

/* Returns the VMA of an area if it has the original address and offset, otherwise NULL. */
struct vm_area_struct *pram_put_vma(struct pram_put_state *p, const struct pram_area *area)
{
	const struct pram_record *rec = &area->rec;
	struct vm_area_struct *vma = vma_lookup(p->mm, rec->start);

	if (!vma || pram_vma_mem(vma) != p->m || vma->vm_start != rec->start ||
	    vma->vm_end != rec->end || vma->vm_pgoff != rec->pos)
		return NULL;
	return vma;
}

/*
 * The policy may name a NUMA node that does not exist any more, or a mode that mpol_to_str()
 * cannot express. Then the area gets no policy, which is better than failing the restore.
 * mpol_parse_str() does not distinguish a lack of memory, so the caller tries twice.
 */
static bool pram_policy_read(const struct pram_area *area, struct mempolicy **ret)
{
	char policy[PRAM_VMA_POLICY_MAX];

	strscpy(policy, area->rec.policy, sizeof(policy));
	if (!mpol_parse_str(policy, ret))
		return true;
	*ret = NULL;
	return false;
}

static int pram_prepare_area(struct pram_put_state *p, unsigned int i)
{
	struct pram_area *area = &p->m->area[i];
	struct vm_area_struct *vma = pram_put_vma(p, area);

	if (!vma)
		return -ENXIO;
	if (anon_vma_prepare(vma))
		return -ENOMEM;
	zap_vma_pages(vma);
	if (pram_tables_alloc(vma))
		return -ENOMEM;
	if (area->rec.name[0] && !area->name) {
		area->name = anon_vma_name_alloc(area->rec.name);
		if (!area->name)
			return -ENOMEM;
	}
	if (area->rec.policy[0] && !pram_policy_read(area, &p->policy[i]) &&
	    !pram_policy_read(area, &p->policy[i]))
		pr_warn("node \"%s\": NUMA policy \"%s\" ignored, this kernel does not support it\n",
			p->m->h->name, area->rec.policy);
	if (area->rec.flags & PRAM_VMA_ACCOUNT)
		p->account += vma_pages(vma);
	return 0;
}

static int pram_charge_batch(struct pram_put_state *p, struct folio_batch *batch)
{
	int err = mem_cgroup_charge_folios(batch, p->mm, GFP_KERNEL | PRAM_GFP_NO_OOM);

	folio_batch_reinit(batch);
	cond_resched();
	if (err)
		return -ENOMEM;
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/*
 * Charges all folios to the process's memory cgroup. Folios that filled a hole are charged
 * already. On error some folios are charged; the caller undoes it.
 */
static int pram_charge_all(struct pram_put_state *p)
{
	struct folio_batch batch;
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;
	int err = 0;

	folio_batch_init(&batch);
	pram_cursor_init(&cur, p->m->h);
	while (!err && pram_cursor_next(&cur, &ext)) {
		for (i = 0; !err && i < ext.nr && !(ext.flags & PRAM_ENTRY_RECORDS); i++) {
			struct folio *folio = pram_folio(p->m->h,
							 ext.pfn + ((u64)i << ext.order),
							 ext.order);

			if (!folio_memcg_charged(folio) && !folio_batch_add(&batch, folio))
				err = pram_charge_batch(p, &batch);
		}
	}
	return err ?: pram_charge_batch(p, &batch);
}

static void pram_uncharge_all(struct pram_mem *m)
{
	struct folio_batch batch;
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	folio_batch_init(&batch);
	pram_cursor_init(&cur, m->h);
	while (pram_cursor_next(&cur, &ext)) {
		for (i = 0; i < ext.nr && !(ext.flags & PRAM_ENTRY_RECORDS); i++) {
			if (folio_batch_add(&batch, pfn_folio(ext.pfn + ((u64)i << ext.order))))
				continue;
			mem_cgroup_uncharge_folios(&batch);
			folio_batch_reinit(&batch);
			cond_resched();
		}
	}
	mem_cgroup_uncharge_folios(&batch);
}

static int pram_prepare_all(struct pram_put_state *p)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < p->m->nr; i++)
		err = pram_prepare_area(p, i);
	if (!err)
		err = security_vm_enough_memory_mm(p->mm, p->account);
	if (err)
		return err;
	err = pram_charge_all(p);
	if (!err)
		err = pram_left_apply(p->m, p->mm);
	if (err) {
		pram_uncharge_all(p->m);
		vm_unacct_memory(p->account);
	}
	return err;
}

/* Frees the prepared state after it was used or undone. */
void pram_put_free(struct pram_mem *m)
{
	struct pram_put_state *p = m->put;
	unsigned int i;

	m->put = NULL;
	for (i = 0; i < m->nr; i++)
		mpol_put(p->policy[i]);
	kvfree(p->policy);
	mmdrop(p->mm);
	kfree(p);
}

static struct pram_put_state *pram_put_new(struct pram_mem *m, struct mm_struct *mm)
{
	struct pram_put_state *p = kzalloc(sizeof(*p), GFP_KERNEL | PRAM_GFP_NO_OOM);

	if (!p)
		return NULL;
	p->policy = kvcalloc(m->nr + 1, sizeof(*p->policy), GFP_KERNEL | PRAM_GFP_NO_OOM);
	if (!p->policy) {
		kfree(p);
		return NULL;
	}
	p->m = m;
	p->mm = mm;
	mmgrab(mm);
	return p;
}

/**
 * pram_put_prepare - prepare moving a node's pages into a process
 * @m: state of the node; sets @m->put
 * @mm: mm of the process
 *
 * Context: mmap_lock and @m->lock held for writing. May sleep.
 * Return: 0; -ENXIO if a mapping is missing or differs; -ENOMEM; -EINTR. On error nothing
 * has changed.
 */
int pram_put_prepare(struct pram_mem *m, struct mm_struct *mm)
{
	int err;

	m->put = pram_put_new(m, mm);
	if (!m->put)
		return -ENOMEM;
	err = pram_prepare_all(m->put);
	if (err)
		pram_put_free(m);
	return err;
}

/* Undoes pram_put_prepare(). @m->lock is held for writing, and nothing maps the node. */
void pram_put_undo(struct pram_mem *m)
{
	pram_uncharge_all(m);
	vm_unacct_memory(m->put->account);
	pram_put_free(m);
}
