// SPDX-License-Identifier: GPL-2.0-only
/*
 * Description of a memory node's mappings for the next kernel: records of the mappings in
 * pages at the end of the node's stream.
 */
#include <linux/crc32.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"
#include "mem.h"

static const struct {
	vm_flags_t vm;
	u64 rec;
} flag_map[] = {
	{ VM_READ, PRAM_VMA_READ },
	{ VM_WRITE, PRAM_VMA_WRITE },
	{ VM_EXEC, PRAM_VMA_EXEC },
	{ VM_LOCKED, PRAM_VMA_LOCKED },
	{ VM_LOCKONFAULT, PRAM_VMA_LOCKONFAULT },
	{ VM_DONTCOPY, PRAM_VMA_DONTFORK },
	{ VM_WIPEONFORK, PRAM_VMA_WIPEONFORK },
	{ VM_DONTDUMP, PRAM_VMA_DONTDUMP },
	{ VM_ACCOUNT, PRAM_VMA_ACCOUNT },
	{ VM_NORESERVE, PRAM_VMA_NORESERVE },
	{ VM_HUGEPAGE, PRAM_VMA_HUGEPAGE },
	{ VM_NOHUGEPAGE, PRAM_VMA_NOHUGEPAGE },
	{ VM_MERGEABLE, PRAM_VMA_MERGEABLE },
	{ VM_SOFTDIRTY, PRAM_VMA_SOFTDIRTY },
	{ VM_SEQ_READ, PRAM_VMA_SEQ_READ },
	{ VM_RAND_READ, PRAM_VMA_RAND_READ },
};

/* The flags that every private anonymous mapping has. */
#define PLAIN	(VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)

/**
 * pram_record_flags - convert the flags of a private anonymous VMA for the next kernel
 * @flags: VM_*
 *
 * Return: PRAM_VMA_*, or U64_MAX if a flag has no equivalent.
 */
u64 pram_record_flags(vm_flags_t flags)
{
	u64 ret = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flag_map); i++)
		if (flag_map[i].vm && flags & flag_map[i].vm) {
			ret |= flag_map[i].rec;
			flags &= ~flag_map[i].vm;
		}
	return flags == PLAIN ? ret : U64_MAX;
}

vm_flags_t pram_record_vm_flags(u64 flags)
{
	vm_flags_t ret = PLAIN;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flag_map); i++)
		if (flags & flag_map[i].rec)
			ret |= flag_map[i].vm;
	return ret;
}

static u32 pram_records_crc(struct pram_records *page)
{
	u32 crc, was = page->crc;

	page->crc = 0;
	crc = crc32_le(~0U, (const u8 *)page, sizeof(*page));
	page->crc = was;
	return crc;
}

/**
 * pram_records_write - append the records of all areas and left mappings to the stream
 * @m: state of the node
 * @ps: the node's stream; it contains the pages of all areas
 *
 * Context: @m->lock held for writing. May sleep.
 * Return: 0, -ENOMEM, -EBUSY.
 */
int pram_records_write(struct pram_mem *m, struct pram_stream *ps)
{
	unsigned int nr = m->nr + m->nr_left, done = 0, i;
	int err = 0;

	ps->barrier = true;
	while (!err && done < nr) {
		struct page *page = pram_alloc_page(GFP_KERNEL | PRAM_GFP_NO_OOM | __GFP_ZERO);
		struct pram_records *recs;

		if (!page)
			return -ENOMEM;
		recs = page_address(page);
		recs->magic = PRAM_RECORDS_MAGIC;
		recs->nr = min_t(unsigned int, nr - done, PRAM_RECORDS);
		for (i = 0; i < recs->nr; i++)
			recs->record[i] = done + i < m->nr ? m->area[done + i].rec :
							     m->left[done + i - m->nr];
		recs->crc = pram_records_crc(recs);
		err = pram_stream_add(ps, page_to_pfn(page), 0, PRAM_ENTRY_RECORDS);
		if (!err)
			done += recs->nr;
		else
			__free_page(page);
		if (err == -EAGAIN)
			err = 0;
	}
	return err;
}

/* @pos: expected position of the mapping in the stream */
static bool pram_record_ok(const struct pram_record *rec, u64 pos)
{
	return PAGE_ALIGNED(rec->start | rec->end) && rec->start < rec->end &&
	       rec->end <= TASK_SIZE_MAX &&
	       rec->pos == (rec->flags & PRAM_VMA_LEFT ? 0 : pos) &&
	       !(rec->flags & ~PRAM_VMA_FLAGS) &&
	       strnlen(rec->name, PRAM_VMA_NAME_MAX) < PRAM_VMA_NAME_MAX &&
	       strnlen(rec->policy, PRAM_VMA_POLICY_MAX) < PRAM_VMA_POLICY_MAX;
}

static int pram_records_read_page(struct pram_mem *m, struct pram_records *recs, u64 *pos)
{
	struct pram_area *area;
	u32 i;

	if (recs->magic != PRAM_RECORDS_MAGIC || recs->nr > PRAM_RECORDS ||
	    recs->crc != pram_records_crc(recs))
		return -EUCLEAN;
	area = kvrealloc(m->area, (m->nr + recs->nr) * sizeof(*area),
			 GFP_KERNEL | PRAM_GFP_NO_OOM);
	if (!area)
		return -ENOMEM;
	m->area = area;
	for (i = 0; i < recs->nr; i++) {
		const struct pram_record *rec = &recs->record[i];

		if (!pram_record_ok(rec, *pos))
			return -EUCLEAN;
		if (rec->flags & PRAM_VMA_LEFT) {
			if (pram_left_add(m, rec))
				return -ENOMEM;
			continue;
		}
		*pos += (rec->end - rec->start) >> PAGE_SHIFT;
		area[m->nr++] = (struct pram_area){ .rec = *rec };
	}
	return 0;
}

/* A run must lie within one area, and its folios must be mappable there without a split. */
static bool pram_extent_ok(struct pram_mem *m, const struct pram_extent *ext)
{
	const struct pram_area *area = pram_mem_area(m, ext->pos);
	u64 addr;

	if (!area || ext->order > HPAGE_PMD_ORDER)
		return false;
	addr = area->rec.start + ((ext->pos - area->rec.pos) << PAGE_SHIFT);
	if (ext->order == HPAGE_PMD_ORDER && addr & ~HPAGE_PMD_MASK)
		return false;
	return ((u64)ext->nr << ext->order) <= (area->rec.end - addr) >> PAGE_SHIFT;
}

/**
 * pram_records_read - read the records of a node and check them against its stream
 * @m: state of the node; sets @m->area and @m->nr
 *
 * Context: pram_mutex held; nothing maps the node. May sleep.
 * Return: 0; -ENOMEM; -EUCLEAN if the records are corrupt.
 */
int pram_records_read(struct pram_mem *m)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;
	u64 pos = 0;
	int err = 0;

	pram_cursor_init(&cur, m->h);
	while (!err && pram_cursor_next(&cur, &ext)) {
		if (!(ext.flags & PRAM_ENTRY_RECORDS))
			continue;
		if (ext.order)
			return -EUCLEAN;
		for (i = 0; !err && i < ext.nr; i++)
			err = pram_records_read_page(m, pram_va(ext.pfn + i), &pos);
	}
	pram_cursor_init(&cur, m->h);
	while (!err && pram_cursor_next(&cur, &ext)) {
		if (ext.flags & PRAM_ENTRY_RECORDS)
			break;
		if (!pram_extent_ok(m, &ext))
			err = -EUCLEAN;
	}
	return err;
}
