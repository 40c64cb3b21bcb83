/* SPDX-License-Identifier: GPL-2.0-only */
/* pramctl: a table of verbs, a file for each, one answer as text or as JSON. */
#ifndef PRAM_CTL_H
#define PRAM_CTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "pb.h"

struct ctl {
	const struct verb *verb;
	const char *socket;
	const char *device;
	bool json;
};

struct verb {
	const char *name;
	const char *args;	/* for the usage line */
	const char *summary;
	const char *options;	/* further lines of --help, or NULL */
	int (*run)(struct ctl *ctl, int argc, char **argv);	/* argv[0]: the verb */
};

extern const struct verb verb_status;
extern const struct verb verb_list;
extern const struct verb verb_show;
extern const struct verb verb_checkpoint;
extern const struct verb verb_restore;
extern const struct verb verb_remove;
extern const struct verb verb_release;
extern const struct verb verb_register;
extern const struct verb verb_unregister;
extern const struct verb verb_report;
extern const struct verb verb_enable;
extern const struct verb verb_disable;
extern const struct verb verb_kexec_reboot;

/* Long options that every verb has: --json, --help. */
#define CTL_OPTIONS { "json", no_argument, NULL, 'J' }, { "help", no_argument, NULL, 'H' }

/* For what getopt_long() gave and the verb does not know itself: -1 to go on, or an exit code. */
int ctl_option(struct ctl *ctl, int o);

void ctl_usage(const struct verb *verb, FILE *f);

/* "pramctl: …" on stderr, or as JSON; returns @code. */
int ctl_fail(const struct ctl *ctl, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The only argument that is left must be a valid name; NULL with a message otherwise. */
const char *ctl_name_arg(struct ctl *ctl, int argc, char **argv);

/*
 * Asks pramd, shows progress meanwhile. 0 with @ret, or an exit code, and it
 * has been said why. @req is consumed.
 */
int ctl_call(struct ctl *ctl, Pram__Request *req, Pram__Result **ret);

/*
 * All that most verbs do: calls, prints with @print (NULL: the message) or as
 * JSON, returns the exit code.
 */
int ctl_run(struct ctl *ctl, Pram__Request *req, void (*print)(const Pram__Result *result));

void json_print(const ProtobufCMessage *msg);

/* "12.5 MiB"; in a static buffer that the next but three call uses again. */
const char *fmt_bytes(uint64_t bytes);
const char *fmt_time(uint64_t realtime_usec);
const char *fmt_or(const char *s, const char *otherwise);

void print_trees(Pram__Tree *const *trees, size_t n);
void print_checkpoints(Pram__Checkpoint *const *list, size_t n);
void print_units(Pram__UnitStatus *const *list, size_t n);
void print_items(const Pram__Result *result);

/* Adds a unit's name to a list: "redis-server" means redis-server.service, as with systemctl. */
int ctl_add_unit(size_t *n, char ***names, const char *arg);

/* --pid and CRIU's options, for checkpoint and register: 0, or an exit code. */
int treeopts_parse(struct ctl *ctl, int argc, char **argv, bool leave_running,
		   Pram__TreeRequest **ret);

#endif /* PRAM_CTL_H */
