// SPDX-License-Identifier: GPL-2.0-only
/*
 * The super block: the root of all preserved data, by which the next kernel finds it.
 *
 * Its page frame number is in /sys/kernel/pram and must be passed to the next kernel as
 * ``pram=``. A super block found at boot is adopted and its seal is broken, so that it is
 * valid for one boot only. Otherwise a new one is created. The super block is sealed, and the
 * nodes are linked to it, only at SYS_RESTART.
 *
 * Lock order: pram_mutex, pram_map_mutex.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/kobject.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/utsname.h>

#include "internal.h"

static void pram_seal(void)
{
	u32 i;

	pram_sb->magic = PRAM_SB_MAGIC;
	pram_sb->version = PRAM_VERSION;
	pram_sb->page_size = PAGE_SIZE;
	pram_sb->boots++;
	pram_sb->map_crc = pram_map_seal(&pram_map);
	pram_sb->nr_pages = pram_map.nr_pages;
	pram_sb->nr_scratch = pram_nr_scratch;
	for (i = 0; i < pram_nr_scratch; i++)
		pram_sb->scratch[i] = pram_scratch[i];
	strscpy(pram_sb->release, init_utsname()->release, PRAM_RELEASE_MAX);
	pram_canary_set(pram_sb);
	pram_sb_seal(pram_sb);
}

static int pram_reboot(struct notifier_block *notifier, unsigned long val,
		       void *v)
{
	if (val != SYS_RESTART || !kexec_in_progress)
		return NOTIFY_DONE;
	mutex_lock(&pram_mutex);
	pram_sb->node_pfn = pram_node_seal();
	mutex_lock(&pram_map_mutex);
	WRITE_ONCE(pram_sealed, true);
	pram_seal();
	mutex_unlock(&pram_map_mutex);
	pr_info("sealed: %llu pages preserved, super block at page frame %lx\n",
		pram_sb->nr_pages, PFN_DOWN(__pa(pram_sb)));
	mutex_unlock(&pram_mutex);
	return NOTIFY_OK;
}

static struct notifier_block pram_reboot_notifier = {
	.notifier_call = pram_reboot,
};

static ssize_t pram_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	unsigned long pfn = pram_sb ? PFN_DOWN(__pa(pram_sb)) : 0;

	return sysfs_emit(buf, "%lx\n", pfn);
}

static struct kobj_attribute pram_attr = __ATTR(pram, 0444, pram_show, NULL);

/* Creates a new super block, and an empty map that covers all memory. */
static int __init pram_make_super_block(void)
{
	u64 slots = DIV_ROUND_UP(max_t(u64, max_possible_pfn, max_pfn),
				 PRAM_LEAF_BITS);
	size_t size = PAGE_ALIGN(slots * sizeof(struct pram_slot));
	void *root = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO);

	if (!root)
		return -ENOMEM;
	pram_map = (struct pram_map){
		.slot = root,
		.nr_slots = slots,
		.keeps_itself = true,
	};
	pram_sb = pram_alloc_meta(GFP_KERNEL);
	if (pram_sb && !pram_keep(PFN_DOWN(__pa(root)), size >> PAGE_SHIFT)) {
		pram_sb->map_pfn = PFN_DOWN(__pa(root));
		pram_sb->map_slots = slots;
		return 0;
	}
	pram_free_meta(pram_sb);
	pram_sb = NULL;
	free_pages_exact(root, size);
	memset(&pram_map, 0, sizeof(pram_map));
	return -ENOMEM;
}

/* Claims the pages of the super block and of the map. */
static int __init pram_claim_own(struct pram_map *claimed)
{
	u64 root = PFN_UP(pram_sb->map_slots * sizeof(struct pram_slot)), s;
	int err = pram_map_set(claimed, PFN_DOWN(__pa(pram_sb)), 1);

	if (!err)
		err = pram_map_set(claimed, pram_sb->map_pfn, root);
	for (s = 0; !err && s < pram_map.nr_slots; s++)
		if (pram_map.slot[s].pfn)
			err = pram_map_set(claimed, pram_map.slot[s].pfn, 1);
	return err;
}

static int __init pram_adopt_super_block(struct pram_super_block *sb)
{
	struct pram_map claimed = {
		.slot = kvcalloc(pram_map.nr_slots, sizeof(struct pram_slot),
				 GFP_KERNEL),
		.nr_slots = pram_map.nr_slots,
	};
	const char *why;
	int err;

	if (!claimed.slot)
		return -ENOMEM;
	pram_sb = sb;
	err = pram_claim_own(&claimed);
	if (err) {
		pram_sb = NULL;
		pram_map_free(&claimed);
		kvfree(claimed.slot);
		return err;
	}
	/* Break the seal: the super block is valid for one boot only. */
	sb->magic = 0;
	sb->crc = 0;
	pram_found = true;
	why = pram_place_problem();
	if (why)
		pr_err("nodes ignored: %s\n", why);
	else
		pram_node_adopt(sb->node_pfn, &claimed);
	sb->node_pfn = 0;
	pram_unclaimed_find(&claimed);
	return 0;
}

static int __init pram_init(void)
{
	struct pram_super_block *sb = pram_boot_super_block();
	int err = 0;

	BUILD_BUG_ON(PAGE_SIZE != PRAM_ABI_PAGE_SIZE);
	BUILD_BUG_ON(PRAM_VERSION != CONFIG_PRAM_FORMAT);
	BUILD_BUG_ON(sizeof(struct pram_super_block) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct pram_node) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct pram_link) != PAGE_SIZE);
	BUILD_BUG_ON(MAX_PAGE_ORDER < PRAM_FOLIO_ORDER_MAX);

	if (pram_nr_scratch) {
		err = sb ? pram_adopt_super_block(sb) : pram_make_super_block();
		if (err)
			pr_err("Failed to allocate super block\n");
		else
			register_reboot_notifier(&pram_reboot_notifier);
	}
	if (sysfs_create_file(kernel_kobj, &pram_attr.attr))
		pr_err("Failed to create /sys/kernel/pram\n");
	return 0;
}
module_init(pram_init);
