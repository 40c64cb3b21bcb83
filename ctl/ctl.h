/* SPDX-License-Identifier: GPL-2.0-only */
/* The building blocks of verbs: requests to pramd, and printing of its answers. */
#ifndef PRAM_CTL_H
#define PRAM_CTL_H

#include "args.h"
#include "macro.h"
#include "pb.h"
#include "table.h"

/* --- call.c: one request to pramd -------------------------------------------------------- */

/*
 * Sends @req, which it frees, and shows progress until the result arrives.
 * Returns 0 with @ret, or an exit code after an error message.
 */
int ctl_call(const struct args *args, Pram__Request *req, Pram__Result **ret);

/* --- fail.c: errors, as text or JSON ------------------------------------------------------ */

/* Prints "pramctl: ..." on stderr, or as JSON on stdout. Returns @code. */
int ctl_fail(const struct args *args, int code, const char *fmt, ...) __printf_like(3, 4);
int ctl_no_memory(const struct args *args);

/* --- answer.c: results, as text or JSON --------------------------------------------------- */

/* Runs args->verb as a request. Returns the exit code. */
int ctl_ask(const struct args *args);

void json_print(const ProtobufCMessage *msg);

/* --- request.c: bodies of requests -------------------------------------------------------- */

int request_empty(const struct args *args, Pram__Request *req);
int request_name(const struct args *args, Pram__Request *req);
int request_tree(const struct args *args, Pram__Request *req);
int request_units(const struct args *args, Pram__Request *req);
int request_restore(const struct args *args, Pram__Request *req);
int request_kexec(const struct args *args, Pram__Request *req);

/* --- printing: one file for each kind of answer ------------------------------------------- */

/* Checkpoints, units and registered trees (objects.c): rows of one table. */
extern const struct table object_table;
extern const struct table report_table;
extern const struct table reason_table;

void print_list(const struct args *args, const Pram__Result *result);
void print_checkpoints(const struct args *args, Pram__Checkpoint *const *list, size_t n);
void print_units(const struct args *args, Pram__UnitStatus *const *list, size_t n);
void print_trees(const struct args *args, Pram__Tree *const *list, size_t n);

void print_items(const struct args *args, const Pram__Result *result);
void print_verdicts(const struct args *args, const Pram__Result *result);	/* with remedies */
void print_show(const struct args *args, const Pram__Result *result);
void print_status(const struct args *args, const Pram__Result *result);
void print_report(const struct args *args, const Pram__Result *result);
void print_kexec(const struct args *args, const Pram__Result *result);

/* --- verbs that need no request to pramd ---------------------------------------------------- */

int run_status(const struct args *args);
int run_reasons(const struct args *args);
int run_help(const struct args *args);
int run_version(const struct args *args);
int run_complete(const struct args *args);

void help_verb(const struct verb *verb, FILE *f);
void help_all(const struct verbs *verbs, FILE *f);

#endif /* PRAM_CTL_H */
