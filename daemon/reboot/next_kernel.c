// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "reboot/boot_params.h"
#include "reboot/kernel_config.h"
#include "reboot/kernel_file.h"
#include "reboot/next_kernel.h"
#include "reboot/precheck_report.h"
#include "io.h"
#include "pb.h"
#include "str.h"

#define MODULES "/lib/modules"

void nextkernel_deinit(struct next_kernel *nk)
{
	free(nk->config);
	nk->config = NULL;
}

static int choose(const Pram__KexecRequest *req, Pram__KexecReport *rep)
{
	int r;

	if (!str_empty(req->kernel))
		r = pb_str(&rep->kernel, req->kernel);
	else
		r = kernelfile_newest("/boot", "/vmlinuz", &rep->kernel);
	if (r < 0 || req->no_initrd)
		return r;
	if (!str_empty(req->initrd))
		return pb_str(&rep->initrd, req->initrd);
	r = kernelfile_initrd(rep->kernel, &rep->initrd);
	return r == -ENOENT ? 0 : r;
}

/* "DIR/config-RELEASE" beside the kernel, NULL without memory. */
static char *config_path(const char *kernel, const char *release)
{
	return str_printf("%.*s/config-%s", (int)(strrchr(kernel, '/') - kernel), kernel, release);
}

/* Reads the configuration. Returns false, and says why, if it is unknown. */
static bool read_config(struct next_kernel *nk, const char *path, Pram__KexecReport *rep)
{
	const char *named = kernelfile_name_release(rep->kernel);
	int r;

	/* The image may have been renamed, and the configuration be of another kernel. */
	if (!named || !str_eq(named, nk->bz.release)) {
		precheck_warn(rep, "next-pram",
			      "unknown whether %s has PRAM: it is not named vmlinuz-%s, as its header "
			      "says, so no configuration is known to be its own",
			      rep->kernel, nk->bz.release[0] ? nk->bz.release : "RELEASE");
		return false;
	}
	r = kernelconfig_read(path, &nk->config);
	if (r == -EBADMSG)
		precheck_warn(rep, "next-pram",
			      "unknown whether %s has PRAM: %s is truncated, or not the configuration "
			      "of a kernel. Is the file system full? Copy it again",
			      rep->kernel, path);
	else if (r < 0)
		precheck_warn(rep, "next-pram", "unknown whether %s has PRAM: %s cannot be read: %s",
			      rep->kernel, path, strerror(-r));
	return r == 0;
}

void nextkernel_check_pram(struct next_kernel *nk, uint32_t format, Pram__KexecReport *rep)
{
	char *path __cleanup(freep) = config_path(rep->kernel, nk->bz.release);
	uint64_t next = format;

	if (!path || !read_config(nk, path, rep))
		return;
	if (!kernelconfig_has(nk->config, "PRAM"))
		precheck_add(rep, "next-pram", false,
			     "%s is built without PRAM, so nothing would be kept: %s does not have "
			     "CONFIG_PRAM=y. Name a kernel with PRAM (--kernel)",
			     rep->kernel, path);
	else if (kernelconfig_number(nk->config, "PRAM_FORMAT", &next) && next != format)
		precheck_add(rep, "next-pram", false,
			     "%s reads format %" PRIu64 " of PRAM, and this kernel writes format "
			     "%" PRIu32 ". Name a kernel with the same format (--kernel)",
			     rep->kernel, next, format);
	else if (kernelconfig_has(nk->config, "CMDLINE_OVERRIDE"))
		precheck_add(rep, "next-pram", false,
			     "%s ignores its command line, and so pram= (%s has "
			     "CONFIG_CMDLINE_OVERRIDE=y). Name another kernel (--kernel)",
			     rep->kernel, path);
	else
		precheck_add(rep, "next-pram", true, "%s has PRAM", rep->kernel);
}

bool nextkernel_kaslr(const struct next_kernel *nk)
{
	return nk->config && (kernelconfig_has(nk->config, "PRAM_KASLR") ||
			      !kernelconfig_has(nk->config, "RANDOMIZE_BASE"));
}

static bool has_modules(const char *dir, const char *release)
{
	char *path __cleanup(freep) = str_printf("%s/%s/modules.dep", dir, release);

	return path && access(path, F_OK) == 0;
}

/* Does this machine have modules of any kernel in its root file system? */
static bool has_any_modules(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	bool found = false;

	while (d && !found && (de = readdir(d)))
		found = de->d_name[0] != '.' && has_modules(dir, de->d_name);
	if (d)
		closedir(d);
	return found;
}

void nextkernel_check_modules(const struct next_kernel *nk, const char *dir, const char *running,
			      bool loaded, Pram__KexecReport *rep)
{
	const char *release = nk->bz.release;

	if (!release[0])
		precheck_warn(rep, "modules",
			      "unknown: the header of the kernel does not name its release");
	else if (has_modules(dir, release))
		precheck_add(rep, "modules", true, "%s/%s", dir, release);
	else if (nk->config ? !kernelconfig_has_modules(nk->config) :
			      !loaded || !has_modules(dir, running))
		precheck_add(rep, "modules", true, "%s has none in %s, %s", release, dir,
			     nk->config ? "and needs none" :
					  "and the running kernel uses none from there");
	else if (!has_any_modules(dir))
		precheck_warn(rep, "modules",
			      "%s has modules, and this machine has none in %s: they must be in the "
			      "initrd",
			      release, dir);
	else
		precheck_add(rep, "modules", false,
			     "%s/%s/modules.dep is missing, so %s would run without its modules. "
			     "Install the whole package of the kernel, or run depmod %s%s",
			     dir, release, release, release,
			     nk->config ? "" :
					  ". If it has no modules, put its config-RELEASE beside it");
}

void nextkernel_check_signature(const struct next_kernel *nk, const struct load_rules *rules,
				Pram__KexecReport *rep)
{
	const char *why = rules->locked_down ? "is locked down" : "was started with Secure Boot";
	bool ima = getxattr(rep->kernel, "security.ima", NULL, 0) > 0;
	enum load_verdict verdict = LOAD_PERMITTED;

	if (!nk->bz.signature_end)
		verdict = loadrules_unsigned(rules, ima);
	if (verdict == LOAD_REFUSED) {
		precheck_add(rep, "signature", false,
			     "%s is not signed, and the running kernel %s and loads no such image. "
			     "Name a signed kernel (--kernel)",
			     rep->kernel, why);
		precheck_set_reason(rep, "kexec-signature");
	} else if (verdict == LOAD_UNKNOWN) {
		precheck_warn(rep, "signature",
			      "%s is not signed, and the running kernel %s: it may refuse the image",
			      rep->kernel, why);
	} else {
		precheck_add(rep, "signature", true, "%s",
			     nk->bz.signature_end ? "the kernel is signed" :
						    "the kernel is not signed, and need not be");
	}
}

/* Without support for modules there is no such file. */
static bool modules_loaded(void)
{
	char *first __cleanup(freep) = NULL;

	return read_line("/proc/modules", &first) == 0 && first[0];
}

static bool check_image(const Pram__KexecRequest *req, struct next_kernel *nk,
			Pram__KexecReport *rep)
{
	const char *problem;
	uint64_t bytes = 0;
	int r = choose(req, rep);

	if (r < 0) {
		precheck_add(rep, "kernel", false, "%s",
			     r == -ENOMEM ?
				     "pramd has no memory for the check" :
				     "there is no kernel in /boot: install one, or name one with --kernel");
		return false;
	}
	problem = rep->kernel[0] == '/' ? kernelfile_read(rep->kernel, &nk->bz, &bytes) :
					  "not an absolute path";
	precheck_add(rep, "kernel", !problem, "%s: %s", rep->kernel,
		     problem ? problem : nk->bz.version);
	if (problem)
		return false;
	pb_str(&rep->kernel_version, nk->bz.version);
	pb_set(rep, kernel_bytes, bytes);
	return true;
}

bool nextkernel_check(const Pram__KexecRequest *req, uint32_t format, struct next_kernel *nk,
		      Pram__KexecReport *rep)
{
	struct boot_params_info boot;
	struct load_rules rules;
	struct utsname uts = {};

	if (!check_image(req, nk, rep))
		return false;
	nextkernel_check_pram(nk, format, rep);
	uname(&uts);
	nextkernel_check_modules(nk, MODULES, uts.release, modules_loaded(), rep);
	loadrules_read(&rules);
	nextkernel_check_signature(nk, &rules, rep);
	loadrules_deinit(&rules);
	bootparams_read(&boot);
	nextkernel_check_initrd(nk, req, boot.initrd, rep);
	return true;
}
