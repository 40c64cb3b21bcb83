// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads, checks and unloads the image of the next kernel. While it is loaded, a mark is in the
 * runtime directory. If pramd is killed, the next instance finds the mark and unloads the image.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/manager.h"
#include "criu/command.h"
#include "criu/tool_reason.h"
#include "reboot/precheck.h"
#include "reboot/reboot.h"
#include "reboot/state.h"
#include "io.h"
#include "log.h"
#include "pb.h"
#include "pramdev.h"
#include "str.h"

#define TOOL_TIMEOUT (120 * USEC_PER_SEC)

/* --- the mark ----------------------------------------------------------------------------- */

static char *path_image_mark(const struct manager *m)
{
	return str_printf("%s/kexec-image", m->conf.runtime_dir);
}

static int set_image_mark(const struct manager *m)
{
	char *path __cleanup(freep) = path_image_mark(m);

	return path ? write_file_atomic(path, "", 0) : -ENOMEM;
}

static void clear_image_mark(const struct manager *m)
{
	char *path __cleanup(freep) = path_image_mark(m);

	if (path)
		unlink(path);
}

static bool has_image_mark(const struct manager *m)
{
	char *path __cleanup(freep) = path_image_mark(m);

	return path && access(path, F_OK) == 0;
}

/* --- steps -------------------------------------------------------------------------------- */

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
			    "no kexec image is loaded, or it overlaps preserved memory");
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
	log_warning("kexec -s failed, trying kexec -c");
	r = kexec_run(k, load_argv(k, "-c"), on_loaded);
	if (r < 0)
		steps_done(&k->steps, r);
}

int kexec_load_image(void *op)
{
	struct kexec *k = op;
	int r = set_image_mark(k->m);

	if (r < 0)
		return r;
	k->loaded = true;	/* set early: to unload nothing does no harm */
	return kexec_run(k, load_argv(k, "-s"), on_loaded_by_file);
}

static void on_unloaded(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		tool_log("kexec -u", result->output);
	else
		clear_image_mark(k->m);
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
	steps_error(&k->steps, "the loaded image is gone, or it would overwrite preserved memory");
	return -ENOENT;
}

/* --- the image of an earlier instance ----------------------------------------------------- */

static void run_for_left(struct manager *m, char **argv, spawn_done_t done)
{
	struct spawn_args args = {
		.argv = argv,
		.keep_fd = -1,
		.timeout_usec = TOOL_TIMEOUT,
		.done = done,
		.userdata = m,
	};

	spawn_free(m->unload_spawn);
	m->unload_spawn = NULL;
	if (!argv || spawn_new(m->event, &args, &m->unload_spawn) < 0)
		log_error("Cannot unload the kexec image of an earlier pramd");
	strv_free(argv);
}

static void left_end(struct manager *m)
{
	spawn_free(m->unload_spawn);
	m->unload_spawn = NULL;
}

static void on_left_unloaded(void *userdata, const struct spawn_result *result)
{
	struct manager *m = userdata;

	if (result->status)
		tool_log("kexec -u", result->output);
	else
		clear_image_mark(m);
	left_end(m);
}

/* Keeps the image if the machine is going down, since it is about to be used. */
static void on_left_state(void *userdata, const struct spawn_result *result)
{
	struct manager *m = userdata;

	if (str_eq(result->output, "stopping")) {
		left_end(m);
		return;
	}
	log_notice("Unloading the kexec image of an earlier pramd");
	run_for_left(m, strv_of("kexec", "-u", NULL), on_left_unloaded);
}

void kexec_unload_left(struct manager *m)
{
	if (has_image_mark(m))
		run_for_left(m, strv_of("systemctl", "is-system-running", NULL), on_left_state);
}
