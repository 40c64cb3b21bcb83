// SPDX-License-Identifier: GPL-2.0-only
/* pramd: keeps process trees in PRAM over a kexec, and restores them. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "core/steps.h"
#include "dump/dump.h"
#include "pramd/setup.h"
#include "reboot/reboot.h"
#include "restore/restore.h"
#include "io.h"
#include "log.h"
#include "pramdev.h"

static const char usage[] =
	"usage: pramd [OPTION...]\n"
	"Keeps process trees in memory over a kexec; see pramd(8).\n\n"
	"  --config FILE       settings (/etc/pram/pramd.conf)\n"
	"  --socket PATH       made unless systemd passes one (/run/pramd.sock)\n"
	"  --runtime-dir DIR   state of this boot (/run/pram)\n"
	"  --log-dir DIR       CRIU's logs (/var/log/pram)\n"
	"  --device PATH       (/dev/pram)\n"
	"  --hook PATH         CRIU's action script (" PRAM_LIBEXECDIR "/pram-criu-hook)\n"
	"  --units-dir DIR     settings of single units (/etc/pram/units.d)\n"
	"  --state-dir DIR     which units are enabled (/var/lib/pram)\n"
	"  --list-steps        the steps of all operations, for tests\n"
	"  --version, --help\n";

static void list_steps(void)
{
	steps_print(&dump_table);
	steps_print(&restore_table);
	steps_print(&kexec_table);
}

static int parse_args(int argc, char **argv, struct conf *c)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "runtime-dir", required_argument, NULL, 'r' },
		{ "log-dir", required_argument, NULL, 'l' },
		{ "device", required_argument, NULL, 'd' },
		{ "hook", required_argument, NULL, 'k' },
		{ "units-dir", required_argument, NULL, 'u' },
		{ "state-dir", required_argument, NULL, 't' },
		{ "list-steps", no_argument, NULL, 'L' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (o) {
		case 'c':
			c->file = optarg;
			break;
		case 's':
			c->socket = optarg;
			break;
		case 'r':
			c->runtime_dir = optarg;
			break;
		case 'l':
			c->log_dir = optarg;
			break;
		case 'd':
			c->device = optarg;
			break;
		case 'k':
			c->hook = optarg;
			break;
		case 'u':
			c->units_dir = optarg;
			break;
		case 't':
			c->state_dir = optarg;
			break;
		case 'L':
			list_steps();
			exit(0);
		case 'V':
			puts("pramd " PRAM_PROGRAM_VERSION);
			exit(0);
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			return -EINVAL;
		}
	}
	return optind == argc ? 0 : -EINVAL;
}

static int on_signal(sd_event_source *source __unused_arg, const struct signalfd_siginfo *si,
		     void *userdata)
{
	struct manager *m = userdata;
	int r;

	if (si->ssi_signo != SIGHUP) {
		sd_notify(0, "STOPPING=1");
		manager_stop(m);
		return 0;
	}
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_usec(CLOCK_MONOTONIC));
	r = manager_reload(m);
	if (r < 0)
		log_error("Cannot list the nodes of PRAM: %s", strerror(-r));
	sd_notify(0, "READY=1");
	return 0;
}

static int add_signals(sd_event *event, struct manager *m)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(signals); i++)
		r = sd_event_add_signal(event, NULL, signals[i], on_signal, m);
	return r;
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int run(const struct conf *conf)
{
	struct manager *m = NULL;
	sd_event *event = NULL;
	int r = sd_event_default(&event);

	if (r >= 0)
		r = sd_event_set_watchdog(event, 1);
	if (r >= 0)
		r = manager_new(conf, event, &m);
	if (r >= 0)
		r = add_signals(event, m);
	if (r >= 0) {
		sd_notify(0, "READY=1");
		r = sd_event_loop(event);
	}
	manager_free(m);
	sd_event_unref(event);
	return r;
}

int main(int argc, char **argv)
{
	struct conf conf = {
		.file = "/etc/pram/pramd.conf",
		.socket = "/run/pramd.sock",
		.runtime_dir = "/run/pram",
		.log_dir = "/var/log/pram",
		.device = PRAMDEV_PATH,
		.hook = PRAM_LIBEXECDIR "/pram-criu-hook",
		.units_dir = "/etc/pram/units.d",
		.state_dir = "/var/lib/pram",
	};
	int r = parse_args(argc, argv, &conf);

	if (r < 0) {
		fputs(usage, stderr);
		return 2;
	}
	block_signals();
	r = run(&conf);
	if (r < 0) {
		log_error("The event loop of pramd failed: %s", strerror(-r));
		return 1;
	}
	return 0;
}
