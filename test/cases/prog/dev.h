/* SPDX-License-Identifier: GPL-2.0-only */
/* What the test programs share: calls of /dev/pram, and files with a pattern. */
#ifndef TEST_CASES_PROG_DEV_H
#define TEST_CASES_PROG_DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pram.h"

#define PAGE 4096u

/* ends the program with exit status 1 */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A call that has to answer @want: a negative errno, or 0 for anything not negative. Its answer. */
int want_at(int line, const char *what, int got, int want);
extern int want_failed;	/* one did not */
#define WANT(call, want)	want_at(__LINE__, #call, call, want)
#define ERRNO(call)		((call) < 0 ? -errno : 0)

/* All return a descriptor or 0, or -errno. */
int pram_create(const char *name, uint32_t type);
int pram_open(const char *name);
int pram_remove(const char *name);
int pram_commit(int fd);
int pram_add_file(int fd, int file, struct pram_file *ret);
int pram_load_file(int fd, int file, struct pram_file *ret);
int pram_next(struct pram_node_info *info);
int pram_info(struct pram_info *ret);
int pram_call(unsigned long call, void *arg);

/* Fills [@off, @off + @len) so that each byte is known from its place. */
void pattern_write(int fd, uint64_t off, uint64_t len);
/* false, and a line about the first difference, if something else is there */
bool pattern_check(int fd, uint64_t off, uint64_t len);
bool zero_check(int fd, uint64_t off, uint64_t len);

/* The page frame behind an address that has been touched; 0: none. */
uint64_t page_frame(const void *addr);

#endif
