// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/manager.h"
#include "reboot/command_line.h"
#include "reboot/next_kernel.h"
#include "reboot/precheck.h"
#include "io.h"
#include "pb.h"
#include "pramdev.h"
#include "praminfo.h"
#include "proc.h"
#include "str.h"

#define MIB(x) ((x) >> 20)
#define STRUCT_PAGE 64		/* bytes of memmap for each page */

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

static int check_cmdline(const Pram__KexecRequest *req, const struct next_kernel *nk, uint64_t pfn,
			 Pram__KexecReport *rep)
{
	const struct bzimage *bz = &nk->bz;
	char *running __cleanup(freep) = NULL;
	int r = read_line("/proc/cmdline", &running);

	if (!r)
		r = cmdline_next(running, req->append, pfn, nextkernel_kaslr(nk), &rep->cmdline);
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

	if (r < 0)
		precheck_add(rep, "kexec", false,
			     "this kernel is built without kexec (CONFIG_KEXEC_CORE): boot one that has it");
	else if (disabled)
		precheck_add(rep, "kexec", false,
			     "loading a kexec image is not permitted: kernel.kexec_load_disabled is set, "
			     "which only a plain reboot resets");
	else
		precheck_add(rep, "kexec", true, "loading a kexec image is permitted");
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
	struct next_kernel nk = {};
	uint64_t need;
	int r = 0;

	pb_set(rep, dry_run, req->dry_run);
	if (!check_pram(m, &info, rep))
		return 0;
	if (nextkernel_check(req, info.version, &nk, rep))
		r = check_cmdline(req, &nk, info.sb_pfn, rep);
	nextkernel_deinit(&nk);
	if (r < 0)
		return r;
	check_kexec_allowed(rep);
	need = precheck_trees(m, req, client_pid, rep);
	return check_room(need, &nk.bz, rep);
}
