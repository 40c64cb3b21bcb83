// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dropin.h"
#include "io.h"
#include "log.h"
#include "marks.h"
#include "name.h"
#include "str.h"

/* After any drop-in of the administrator's: these are ordered by name. */
#define FILE_NAME "zz-pram.conf"
#define WANTED_BY "multi-user.target"
#define NET_LOCK "pram-net-lock.service"
#define TIMEOUT_DEFAULT 600

/* Its pids, its own files, addresses: what is waited for on top of CRIU's time. */
#define TIMEOUT_MORE 240

/*
 * The sandbox stays whole, for it is what CRIU restores into. What is lifted binds pram-unit-restore
 * alone: CRIU is pramd's child and comes from outside, and the tasks get their
 * own capabilities, filters and limits from the images.
 *
 * NoNewPrivileges= is left alone, on which the mounts' nosuid depends, and WatchdogSec=, which
 * counts from READY=1 on, and is for the whole run what it was at its start.
 *
 * "!": User= and Group= go on to own the unit's directories, and are not taken on.
 */
static const char restore_head[] =
	"[Unit]\n"
	"Wants=pramd.socket\n"
	"After=pramd.socket\n"
	"StartLimitIntervalSec=0\n"
	"\n"
	"[Service]\n"
	"Type=notify\n"
	"NotifyAccess=all\n"
	"Restart=no\n"
	"RemainAfterExit=no\n"
	"PIDFile=\n"
	"ExecCondition=\n"
	"ExecStartPre=\n"
	"ExecStartPost=\n"
	"ExecReload=\n"
	"ExecStop=\n"
	"ExecStopPost=\n"
	"ExecStart=\n"
	"ExecStart=!/proc/1/root" PRAM_LIBEXECDIR "/pram-unit-restore %n\n"
	"CapabilityBoundingSet=~\n"
	"AmbientCapabilities=\n"
	"PrivateUsers=no\n"
	"SystemCallFilter=\n"
	"SystemCallArchitectures=\n"
	"RestrictAddressFamilies=\n"
	"RestrictNamespaces=no\n"
	"MemoryDenyWriteExecute=no\n";

static const char leaving[] =
	"[Service]\n"
	"Restart=no\n"
	"SuccessExitStatus=SIGKILL\n"
	"ExecStop=\n"
	"ExecStopPost=\n";

char *dropin_restore_text(const Pram__Unit *u)
{
	uint64_t sec = u->restore_timeout_usec / USEC_PER_SEC;
	struct strbuf b = {};

	strbuf_printf(&b, "# Made by pram-generator for this boot: %s was kept over a kexec.\n%s",
		      u->name, restore_head);
	/* Where nothing is listed all devices are allowed; to list one would forbid the others. */
	if (u->device_policy)
		strbuf_puts(&b, "DeviceAllow=/dev/pram rw\n");
	strbuf_printf(&b, "TimeoutStartSec=%" PRIu64 "\n",
		      (sec ? sec : TIMEOUT_DEFAULT) + TIMEOUT_MORE);
	return strbuf_steal(&b);
}

static int write_dropin(const char *dir, const char *unit, const char *text)
{
	char *folder __cleanup(freep) = str_printf("%s/%s.d", dir, unit);
	char *path __cleanup(freep) = str_printf("%s/%s.d/" FILE_NAME, dir, unit);
	int r;

	if (!folder || !path || !text)
		return -ENOMEM;
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	r = write_file_atomic(path, text, strlen(text));
	if (!r && chmod(path, 0644) < 0)
		r = -errno;
	return r;
}

/* It ran, whoever had started it: it is to run again. */
static int want(const char *dir, const Pram__Unit *u)
{
	char *folder __cleanup(freep) = str_printf("%s/" WANTED_BY ".wants", dir);
	char *path __cleanup(freep) = str_printf("%s/" WANTED_BY ".wants/%s", dir, u->name);

	if (!folder || !path)
		return -ENOMEM;
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	return symlink(str_or(u->fragment), path) < 0 && errno != EEXIST ? -errno : 0;
}

int dropin_net_lock(const char *dir)
{
	char *folder __cleanup(freep) = str_printf("%s/sysinit.target.wants", dir);
	char *path __cleanup(freep) = str_printf("%s/sysinit.target.wants/" NET_LOCK, dir);

	if (!folder || !path)
		return -ENOMEM;
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	return symlink(PRAM_UNITDIR "/" NET_LOCK, path) < 0 && errno != EEXIST ? -errno : 0;
}

int dropin_restore(const char *dir, const Pram__Unit *u)
{
	char *text __cleanup(freep) = dropin_restore_text(u);
	int r = write_dropin(dir, u->name, text);

	return r < 0 ? r : want(dir, u);
}

void dropin_leaving(const char *dir)
{
	DIR *d = opendir(MARKS_DIR "/" MARK_LEAVING);
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (!unit_name_problem(de->d_name) && write_dropin(dir, de->d_name, leaving) < 0)
			log_warning("pram-generator: no drop-in for %s", de->d_name);
	if (d)
		closedir(d);
}
