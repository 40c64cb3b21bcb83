// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads, checks and unloads the image of the next kernel. While it is loaded, a mark is in the
 * runtime directory, see image_mark.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/manager.h"
#include "criu/tool_reason.h"
#include "reboot/image_mark.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "io.h"
#include "log.h"
#include "pb.h"
#include "pramdev.h"
#include "str.h"
#include "strv.h"

static char **load_argv(const struct kexec *k, const char *how)
{
	char *cmdline __cleanup(freep) = str_printf("--command-line=%s", k->report->cmdline);
	char *initrd __cleanup(freep) = str_printf("--initrd=%s", str_or(k->report->initrd));

	if (!cmdline || !initrd)
		return NULL;
	if (!k->report->initrd)
		return strv_of("kexec", how, "-l", cmdline, k->report->kernel, NULL);
	return strv_of("kexec", how, "-l", cmdline, initrd, k->report->kernel, NULL);
}

static bool image_loaded(const struct kexec *k)
{
	struct pram_info info;
	uint64_t loaded = 0;

	return read_line_u64("/sys/kernel/kexec_loaded", 10, &loaded) == 0 && loaded &&
	       pramdev_info(k->m->dev, &info) == 0 && info.image_loaded;
}

/*
 * A kernel that requires signatures also refuses kexec -c, with another error. Then report the
 * missing signature, which is the cause.
 */
static void load_failed(struct kexec *k, const struct spawn_result *result)
{
	struct reason_told told;

	tool_tell(TOOL_KEXEC, result, &told);
	if (k->bad_signature)
		reason_tell(REASON_KEXEC_SIGNATURE, NULL, &told);
	steps_error_told(&k->steps, &told);
}

static void on_loaded(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		load_failed(k, result);
	else if (!image_loaded(k))
		steps_error(&k->steps,
			    "kexec loaded no image, or one that overlaps preserved memory; see journalctl -k");
	steps_done(&k->steps, STEP_DONE);
}

static void on_loaded_by_file(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;
	struct reason_told told;
	int r;

	if (!result->status) {
		on_loaded(k, result);
		return;
	}
	tool_tell(TOOL_KEXEC, result, &told);
	k->bad_signature = told.name == reasons[REASON_KEXEC_SIGNATURE].name;
	log_warning("The system call kexec_file_load (kexec -s) has failed, trying kexec_load (kexec -c)");
	r = kexec_run(k, load_argv(k, "-c"), on_loaded);
	if (r < 0)
		steps_done(&k->steps, r);
}

int kexec_load_image(void *op)
{
	struct kexec *k = op;
	int fd = image_mark_set(k->m);

	if (fd < 0)
		return fd;
	k->image_mark = fd;
	k->loaded = true;	/* set early: to unload nothing does no harm */
	return kexec_run(k, load_argv(k, "-s"), on_loaded_by_file);
}

static void on_unloaded(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status) {
		log_error("The kexec image cannot be unloaded: the next plain reboot would use it. Run kexec -u");
		tool_log("kexec -u", result->output);
	} else {
		image_mark_clear(k->m);
	}
	steps_done(&k->steps, STEP_DONE);
}

int kexec_unload_image(void *op)
{
	struct kexec *k = op;

	return k->loaded ? kexec_run(k, strv_of("kexec", "-u", NULL), on_unloaded) : STEP_DONE;
}

int kexec_check_image(void *op)
{
	struct kexec *k = op;

	if (image_loaded(k))
		return STEP_DONE;
	steps_error(&k->steps,
		    "the loaded kexec image is gone, or it would overwrite preserved memory: "
		    "try again");
	return -ENOENT;
}
