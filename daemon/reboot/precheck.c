// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "core/registry.h"
#include "dump/dump.h"
#include "reboot/command_line.h"
#include "reboot/kernel_file.h"
#include "reboot/precheck.h"
#include "unit/enable.h"
#include "io.h"
#include "pb.h"
#include "pramdev.h"
#include "praminfo.h"
#include "proc.h"
#include "str.h"

#define MIB(x) ((x) >> 20)
#define STRUCT_PAGE 64		/* bytes of memmap for each page */
#define META_PER_MILLE 2	/* PRAM's metadata, relative to the memory that is kept */
#define IMAGES_PER_PROCESS (4ULL << 20)	/* CRIU's images without memory, an upper estimate */
#define MOVED_SHARE 32		/* 1/32 of the moved memory is copied or becomes metadata */

void precheck_add(Pram__KexecReport *rep, const char *what, bool ok, const char *fmt, ...)
{
	Pram__Check *c = PB_NEW(Check);
	char buf[512];
	va_list ap;

	if (!c)
		return;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	pb_str(&c->what, what);
	pb_str(&c->text, buf);
	pb_set(c, ok, ok);
	pb_append_msg(&rep->n_checks, &rep->checks, c);
}

void precheck_set_reason(Pram__KexecReport *rep, const char *reason)
{
	if (rep->n_checks)
		pb_str(&rep->checks[rep->n_checks - 1]->reason, reason);
}

const Pram__Check *precheck_failed(const Pram__KexecReport *rep)
{
	for (size_t i = 0; i < rep->n_checks; i++)
		if (!rep->checks[i]->ok)
			return rep->checks[i];
	return NULL;
}

bool precheck_system_state_ok(const char *state)
{
	static const char *const fine[] = { "running", "degraded", "starting", "maintenance" };

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		if (str_eq(state, fine[i]))
			return true;
	return false;
}

/* Returns false if no further check makes sense. */
static bool check_pram(struct manager *m, struct pram_info *info, Pram__KexecReport *rep)
{
	uint64_t sysfs = 0;
	int r = m->dev < 0 ? m->dev : pramdev_info(m->dev, info);

	if (r < 0) {
		precheck_add(rep, "pram", false, "%s", praminfo_problem(r));
		return false;
	}
	r = read_line_u64(PRAMDEV_SYSFS, 16, &sysfs);
	if (r < 0 || !sysfs || sysfs != info->sb_pfn) {
		precheck_add(rep, "pram", false, "%s and /dev/pram name different super blocks; "
			     "see the kernel's log (journalctl -k)", PRAMDEV_SYSFS);
		return false;
	}
	precheck_add(rep, "pram", true, "super block at pfn %" PRIx64, sysfs);
	pb_set(rep, scratch_bytes, info->scratch_bytes);
	return true;
}

static int choose_kernel(const Pram__KexecRequest *req, Pram__KexecReport *rep)
{
	int r;

	if (!str_empty(req->kernel)) {
		r = pb_str(&rep->kernel, req->kernel);
	} else {
		r = kernelfile_newest("/boot", "/vmlinuz", &rep->kernel);
		if (!r && str_empty(req->initrd))
			kernelfile_initrd(rep->kernel, &rep->initrd);
	}
	if (!r && !str_empty(req->initrd))
		r = pb_str(&rep->initrd, req->initrd);
	return r;
}

static bool check_kernel(const Pram__KexecRequest *req, struct bzimage *bz, Pram__KexecReport *rep)
{
	const char *problem;
	uint64_t bytes = 0;
	int r = choose_kernel(req, rep);

	if (r < 0) {
		precheck_add(rep, "kernel", false, "%s",
			     r == -ENOMEM ?
				     "pramd has no memory for the check" :
				     "there is no kernel in /boot: install one, or name one with --kernel");
		return false;
	}
	problem = kernelfile_read(rep->kernel, bz, &bytes);
	precheck_add(rep, "kernel", !problem, "%s: %s", rep->kernel,
		     problem ? problem : bz->version);
	if (problem)
		return false;
	pb_str(&rep->kernel_version, bz->version);
	pb_set(rep, kernel_bytes, bytes);
	bytes = 0;
	if (rep->initrd) {
		r = kernelfile_size(rep->initrd, &bytes);
		if (r < 0)
			precheck_add(rep, "initrd", false,
				     "%s cannot be read: %s. Name another one with --initrd",
				     rep->initrd,
				     r == -EINVAL ? "not a regular file" : strerror(-r));
		else
			precheck_add(rep, "initrd", true, "%s: readable", rep->initrd);
	}
	pb_set(rep, initrd_bytes, bytes);
	return true;
}

static int check_cmdline(const Pram__KexecRequest *req, const struct bzimage *bz, uint64_t pfn,
			 Pram__KexecReport *rep)
{
	char *running __cleanup(freep) = NULL;
	int r = read_line("/proc/cmdline", &running);

	if (!r)
		r = cmdline_next(running, req->append, pfn, &rep->cmdline);
	if (r == -EINVAL)
		precheck_add(rep, "cmdline", false, "--append lacks a closing quote (\"): add it");
	else if (r < 0)
		return r;
	else if (strlen(rep->cmdline) > bz->cmdline_size)
		precheck_add(rep, "cmdline", false,
			     "the command line has %zu bytes, and the kernel accepts %" PRIu32
			     ": shorten --append",
			     strlen(rep->cmdline), bz->cmdline_size);
	else
		precheck_add(rep, "cmdline", true, "%zu of %" PRIu32 " bytes", strlen(rep->cmdline),
			     bz->cmdline_size);
	return 0;
}

static void check_kexec_allowed(Pram__KexecReport *rep)
{
	uint64_t disabled = 1;
	int r = read_line_u64("/proc/sys/kernel/kexec_load_disabled", 10, &disabled);

	precheck_add(rep, "kexec", !r && !disabled, "%s",
		     r < 0 ? "this kernel is built without kexec (CONFIG_KEXEC_CORE): boot one that has it" :
		     disabled ?
			     "loading a kexec image is not permitted: kernel.kexec_load_disabled is set, which only "
			     "a plain reboot resets" :
			     "loading a kexec image is permitted");
}

static void check_tree(struct manager *m, const Pram__Tree *t, uint32_t client_pid,
		       Pram__KexecReport *rep)
{
	const struct dump_candidate candidate = {
		.pid = t->pid,
		.starttime = t->starttime,
		.client_pid = client_pid,
	};
	struct reason_told told;

	if (ckpt_find(m, t->name)) {
		precheck_add(rep, "tree", false,
			     "%s: there is a checkpoint of that name: restore or remove it",
			     t->name);
		return;
	}
	if (dump_problem(m, &candidate, &told)) {
		precheck_add(rep, "tree", false, "%s: %s", t->name, told.text);
		precheck_set_reason(rep, told.name);
	} else {
		precheck_add(rep, "tree", true, "%s: process %" PRIu32 " can be kept", t->name,
			     t->pid);
	}
}

bool precheck_may_start_fresh(const Pram__KexecRequest *req, const char *name)
{
	for (size_t i = 0; i < req->n_allow_fresh; i++)
		if (str_eq(req->allow_fresh[i], name))
			return true;
	return false;
}

/* The unit's main process as a tree for the report, or NULL. */
static Pram__Tree *check_unit(struct manager *m, const Pram__KexecRequest *req,
			      const Pram__UnitStatus *u, Pram__KexecReport *rep)
{
	Pram__Tree t = PRAM__TREE__INIT;
	struct proc_stat st;

	if (is_slice_name(u->name)) {
		precheck_add(rep, "unit", true, "%s: %s", u->name, str_or(u->note));
	} else if (ckpt_find(m, u->name)) {
		precheck_add(rep, "unit", false,
			     "%s: there is a checkpoint of that name: start the service, "
			     "which restores it, or remove the checkpoint",
			     u->name);
	} else if (!u->main_pid || proc_stat_read(u->main_pid, &st) < 0) {
		/* The reboot skips it, so what is wrong with it does not matter. */
		precheck_add(rep, "unit", true, "%s: not running, so there is nothing to keep",
			     u->name);
	} else if (u->problem && !precheck_may_start_fresh(req, u->name)) {
		precheck_add(rep, "unit", false, "%s: %s", u->name, u->problem);
		precheck_set_reason(rep, u->reason);
	} else if (u->problem) {
		precheck_add(rep, "unit", true,
			     "%s: will start afresh, since it cannot be kept: %s", u->name,
			     u->problem);
	} else {
		precheck_add(rep, "unit", true, "%s: process %" PRIu32 " can be kept", u->name,
			     u->main_pid);
		t.name = u->name;
		pb_set(&t, pid, u->main_pid);
		pb_set(&t, starttime, st.starttime);
		return registry_message(&t);
	}
	return NULL;
}

/* All trees are dumped at the same time, so their needs add up. */
static uint64_t need_of(const struct manager *m, const Pram__Tree *t)
{
	/* With the plugin, only a small part of the memory is copied. */
	uint64_t need = t->rss_bytes / (m->conf.criu_lib[0] ? MOVED_SHARE : 1) +
			t->processes * IMAGES_PER_PROCESS;

	return need + need * META_PER_MILLE / 1000;
}

/* A name of --allow-fresh that is not enabled is probably a typing error. */
static void check_allowed(const Pram__KexecRequest *req, Pram__UnitStatus *const *units, size_t n,
			  Pram__KexecReport *rep)
{
	for (size_t i = 0; i < req->n_allow_fresh; i++) {
		bool found = false;

		for (size_t k = 0; k < n && !found; k++)
			found = str_eq(units[k]->name, req->allow_fresh[i]);
		if (!found)
			precheck_add(rep, "unit", false,
				     "--allow-fresh %s: this service is not enabled. Correct "
				     "the name, or leave the option out",
				     req->allow_fresh[i]);
	}
}

static uint64_t check_units(struct manager *m, const Pram__KexecRequest *req,
			    Pram__KexecReport *rep)
{
	Pram__UnitStatus **units = NULL;
	uint64_t need = 0;
	size_t n = 0;

	units_status(m, &n, &units);
	check_allowed(req, units, n, rep);
	for (size_t i = 0; i < n; i++) {
		Pram__Tree *msg = check_unit(m, req, units[i], rep);

		if (msg) {
			need += need_of(m, msg);
			pb_append_msg(&rep->n_trees, &rep->trees, msg);
		}
		pb_free(units[i]);
	}
	free(units);
	return need;
}

static uint64_t check_trees(struct manager *m, const Pram__KexecRequest *req,
			    uint32_t client_pid, Pram__KexecReport *rep)
{
	uint64_t need = 0;

	for (size_t i = 0; i < m->registry->n_trees; i++) {
		const Pram__Tree *t = m->registry->trees[i];
		Pram__Tree *msg = registry_message(t);

		check_tree(m, t, client_pid, rep);
		if (!msg)
			continue;
		need += need_of(m, msg);
		pb_append_msg(&rep->n_trees, &rep->trees, msg);
	}
	return need + check_units(m, req, rep);
}

static int check_room(uint64_t need, const struct bzimage *bz, Pram__KexecReport *rep)
{
	char *text __cleanup(freep) = NULL;
	uint64_t total, available, scratch;
	int r = read_file("/proc/meminfo", 64 * 1024, &text, NULL);

	if (r < 0)
		return r;
	total = proc_status_bytes(text, "MemTotal");
	available = proc_status_bytes(text, "MemAvailable");
	pb_set(rep, memory_need, need);
	pb_set(rep, memory_available, available);
	precheck_add(rep, "memory", need <= available,
		     "%" PRIu64 " MiB for images and metadata, %" PRIu64 " MiB available%s",
		     MIB(need), MIB(available),
		     need <= available ? "" : ": free memory, or keep fewer processes");
	if (!bz->init_size)
		return 0;
	scratch = bz->init_size + rep->initrd_bytes + total / 4096 * STRUCT_PAGE;
	pb_set(rep, scratch_need, scratch);
	precheck_add(rep, "scratch", scratch <= rep->scratch_bytes,
		     "%" PRIu64 " MiB for the next kernel's start, %" PRIu64 " MiB of scratch%s",
		     MIB(scratch), MIB(rep->scratch_bytes), scratch <= rep->scratch_bytes ? "" :
		     ": use a smaller initrd, or boot once with a larger pram_scratch=");
	return 0;
}

int precheck_run(struct manager *m, const Pram__KexecRequest *req, uint32_t client_pid,
		 Pram__KexecReport *rep)
{
	struct pram_info info = {};
	struct bzimage bz = {};
	uint64_t need;
	int r = 0;

	pb_set(rep, dry_run, req->dry_run);
	if (!check_pram(m, &info, rep))
		return 0;
	if (check_kernel(req, &bz, rep))
		r = check_cmdline(req, &bz, info.sb_pfn, rep);
	if (r < 0)
		return r;
	check_kexec_allowed(rep);
	need = check_trees(m, req, client_pid, rep);
	return check_room(need, &bz, rep);
}
