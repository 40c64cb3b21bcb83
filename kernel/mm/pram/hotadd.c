// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that was added while this kernel runs, by ACPI, virtio-mem or CXL for example.
 *
 * kexec_file_load() passes on the memory map of the boot. So the next kernel does not know
 * this memory when it reads the map, and preserved pages in it would be lost. They are banned,
 * see pram_banned().
 *
 * PRAM allocates pages that are not banned by allocating until it gets one. If most free
 * memory were banned, that would use up all of it. So added memory may only enter
 * ZONE_MOVABLE: processes and files get memory from there, PRAM and the rest of the kernel do
 * not.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/init.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/notifier.h>
#include <linux/pfn.h>
#include <linux/printk.h>

#include "internal.h"

/* Is any of the pages in memory that was added after the boot? */
bool pram_hot_added(u64 pfn, u64 nr)
{
	unsigned long s, last = pfn_to_section_nr(pfn + nr - 1);

	/* Memory is added in whole sections. */
	for (s = pfn_to_section_nr(pfn); s <= last; s++)
		if (!early_section(__nr_to_section(s)))
			return true;
	return false;
}

static int pram_memory_online(struct notifier_block *notifier, unsigned long action,
			      void *data)
{
	const struct memory_notify *arg = data;
	struct zone *zone;

	if (action != MEM_GOING_ONLINE || !pram_nr_scratch ||
	    !pram_hot_added(arg->start_pfn, arg->nr_pages))
		return NOTIFY_OK;
	zone = page_zone(pfn_to_page(arg->start_pfn));
	if (zone_idx(zone) == ZONE_MOVABLE)
		return NOTIFY_OK;
	pr_err("memory [mem %#010llx-%#010llx] stays offline: the next kernel does not have it from its start, so it must not be in zone %s; use online_movable\n",
	       PFN_PHYS(arg->start_pfn),
	       PFN_PHYS(arg->start_pfn + arg->nr_pages) - 1, zone->name);
	return notifier_from_errno(-EPERM);
}

static struct notifier_block pram_memory_notifier = {
	.notifier_call = pram_memory_online,
};

/* Before ACPI adds memory that was there at boot, but is not in the firmware's memory map. */
static int __init pram_hotadd_init(void)
{
	return register_memory_notifier(&pram_memory_notifier);
}
core_initcall(pram_hotadd_init);
