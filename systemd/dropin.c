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

/* Drop-ins are ordered by name: this one comes after those of the administrator. */
#define FILE_NAME "zz-pram.conf"
#define WANTED_BY "multi-user.target"
#define NET_LOCK "pram-net-lock.service"
#define NET_RELEASE "pram-net-release.service"
#define PRAMD "pramd.service"
#define TIMEOUT_DEFAULT 600

/*
 * Seconds in addition to CRIU's time limit: for waiting for PIDs and addresses and for restoring
 * files.
 */
#define TIMEOUT_MORE 240

/*
 * For the moment in which a unit that was ended for a kexec-reboot is restarted, because the reboot
 * was called off: it has not succeeded. A dependency cannot be removed by a drop-in, but no start
 * job can have this mode.
 */
#define NO_SUCCESS_ACTIONS "OnSuccessJobMode=triggering\nSuccessAction=none\n"

/*
 * The sandbox stays, since CRIU restores into it. The settings that are reset here would limit
 * pram-unit-restore only: CRIU is a child of pramd, and restores the tasks' own capabilities,
 * filters and limits from the images.
 *
 * Not reset: NoNewPrivileges=, because nosuid of the mounts depends on it; and WatchdogSec=,
 * because systemd reads it when the service starts, and it counts from READY=1 on.
 *
 * The environment is for the service's program, whose own is in the images. pram-unit-restore,
 * which is root's, does not need it. A file of EnvironmentFile= may be the service's, or missing
 * after a boot.
 *
 * "!" before the command: pram-unit-restore runs as root, but systemd still creates the unit's
 * directories for User= and Group=.
 */
static const char restore_head[] =
	"[Unit]\n"
	"Wants=pramd.socket\n"
	"After=pramd.socket\n"
	"StartLimitIntervalSec=0\n"
	NO_SUCCESS_ACTIONS
	"\n"
	"[Service]\n"
	"Type=notify\n"
	"NotifyAccess=all\n"
	"Restart=no\n"
	"RemainAfterExit=no\n"
	"Nice=-20\n"
	"PIDFile=\n"
	"ExecCondition=\n"
	"ExecStartPre=\n"
	"ExecStartPost=\n"
	"ExecReload=\n"
	"ExecStop=\n"
	"ExecStopPost=\n"
	"ExecStart=\n"
	"ExecStart=!/proc/1/root" PRAM_LIBEXECDIR "/pram-unit-restore %n\n"
	"Environment=\n"
	"EnvironmentFile=\n"
	"PassEnvironment=\n"
	"CapabilityBoundingSet=~\n"
	"AmbientCapabilities=\n"
	"PrivateUsers=no\n"
	"SystemCallFilter=\n"
	"SystemCallArchitectures=\n"
	"RestrictAddressFamilies=\n"
	"RestrictNamespaces=no\n"
	"MemoryDenyWriteExecute=no\n";

/*
 * A client that waits for the service has systemd start it again as soon as a restore has failed. At
 * the limit the .socket unit fails as well, and the client gets an error.
 */
static const char socket_limit[] =
	"[Unit]\n"
	"StartLimitIntervalSec=600\n"
	"StartLimitBurst=10\n"
	"[Service]\n";

/*
 * With RemainAfterExit= the unit stays active when its processes were ended: nothing starts it a
 * second time, and what is bound to it goes on.
 */
static const char leaving[] =
	"[Unit]\n"
	NO_SUCCESS_ACTIONS
	"[Service]\n"
	"Restart=no\n"
	"SuccessExitStatus=SIGKILL\n"
	"RemainAfterExit=yes\n"
	"ExecStop=\n"
	"ExecStopPost=\n";

/*
 * When Debian's nftables.service stops, it flushes all rules, including the table that drops the
 * packets of kept connections. That table has to stay until the kexec.
 */
static const char firewall[] =
	"[Service]\n"
	"ExecStop=\n";

char *dropin_restore_text(const Pram__Unit *u)
{
	uint64_t sec = u->restore_timeout_usec / USEC_PER_SEC;
	struct strbuf b = {};

	strbuf_printf(&b, "# Made by pram-generator for this boot: %s was kept over a kexec.\n",
		      u->name);
	/* A socket unit that is not enabled would not be started. It is ordered before the unit. */
	for (size_t i = 0; i < u->n_sockets; i++)
		if (socket_name_valid(u->sockets[i]))
			strbuf_printf(&b, "[Unit]\nWants=%s\n", u->sockets[i]);
	strbuf_puts(&b, restore_head);
	if (u->n_sockets)
		strbuf_puts(&b, socket_limit);
	/*
	 * Without any DeviceAllow= all devices are allowed. Adding the first entry would forbid
	 * all others.
	 */
	if (u->device_policy)
		strbuf_puts(&b, "DeviceAllow=/dev/pram rw\n");
	strbuf_printf(&b, "TimeoutStartSec=%" PRIu64 "\n",
		      (sec ? sec : TIMEOUT_DEFAULT) + TIMEOUT_MORE);
	return strbuf_steal(&b);
}

static int write_file(const char *dir, const char *unit, const char *file, const char *text)
{
	char *folder __cleanup(freep) = str_printf("%s/%s.d", dir, unit);
	char *path __cleanup(freep) = str_printf("%s/%s.d/%s", dir, unit, file);
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

static int write_dropin(const char *dir, const char *unit, const char *text)
{
	return write_file(dir, unit, FILE_NAME, text);
}

static int add_want(const char *dir, const char *target, const char *unit, const char *fragment)
{
	char *folder __cleanup(freep) = str_printf("%s/%s.wants", dir, target);
	char *path __cleanup(freep) = str_printf("%s/%s.wants/%s", dir, target, unit);

	if (!folder || !path)
		return -ENOMEM;
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	return symlink(fragment, path) < 0 && errno != EEXIST ? -errno : 0;
}

/*
 * The release runs after the unit has been started, or could not be started. Then nothing holds
 * its packets back.
 */
static int release_after(const char *dir, const char *unit)
{
	char *file __cleanup(freep) = str_printf("%s.conf", unit);
	char *text __cleanup(freep) = str_printf("[Unit]\nAfter=%s\n", unit);

	return file ? write_file(dir, NET_RELEASE, file, text) : -ENOMEM;
}

int dropin_net_lock(const char *dir, const char *unit)
{
	int r = unit ? release_after(dir, unit) : 0;

	if (!r && unit)
		r = add_want(dir, WANTED_BY, NET_RELEASE, PRAM_UNITDIR "/" NET_RELEASE);
	return r ? r : add_want(dir, "sysinit.target", NET_LOCK, PRAM_UNITDIR "/" NET_LOCK);
}

int dropin_early_pramd(const char *dir)
{
	return add_want(dir, "sysinit.target", PRAMD, PRAM_UNITDIR "/" PRAMD);
}

int dropin_restore(const char *dir, const Pram__Unit *u)
{
	char *text __cleanup(freep) = dropin_restore_text(u);
	int r = write_dropin(dir, u->name, text);

	/* Start the unit even if it is not enabled: it was running. */
	return r < 0 ? r : add_want(dir, WANTED_BY, u->name, str_or(u->fragment));
}

void dropin_leaving(const char *dir)
{
	DIR *d = opendir(MARKS_DIR "/" MARK_LEAVING);
	struct dirent *de;
	bool any = mark_is_set(MARK_GUARD, FIREWALL_UNIT);

	while (d && (de = readdir(d))) {
		if (unit_name_problem(de->d_name))
			continue;
		any = true;
		if (write_dropin(dir, de->d_name, leaving) < 0)
			log_warning("pram-generator: cannot write the drop-in for %s in %s",
				    de->d_name, dir);
	}
	if (d)
		closedir(d);
	if (any && write_dropin(dir, FIREWALL_UNIT, firewall) < 0)
		log_warning("pram-generator: cannot write the drop-in for " FIREWALL_UNIT " in %s",
			    dir);
}
