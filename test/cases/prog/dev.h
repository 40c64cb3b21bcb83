/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the test programs: calls of /dev/pram, and files with a pattern. */
#ifndef TEST_CASES_PROG_DEV_H
#define TEST_CASES_PROG_DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pram.h"

#define PAGE 4096u

/* Prints the message and ends the program with exit status 1. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A call that must return @want: a negative errno, or 0 for any non-negative value. Returns what the call returned. */
int want_at(int line, const char *what, int got, int want);
extern int want_failed;	/* set if a call returned something else */
#define WANT(call, want)	want_at(__LINE__, #call, call, want)
#define ERRNO(call)		((call) < 0 ? -errno : 0)

/* All of these return a descriptor, 0, or -errno. */
int pram_create(const char *name, uint32_t type);
int pram_open(const char *name);
int pram_remove(const char *name);
int pram_commit(int fd);
int pram_commit_all(const char *const *names, uint32_t nr);
int pram_add_file(int fd, int file, struct pram_file *ret);
int pram_load_file(int fd, int file, struct pram_file *ret);
int pram_next(struct pram_node_info *info);
int pram_info(struct pram_info *ret);
int pram_call(unsigned long call, void *arg);

/* Fills [@off, @off + @len) with bytes that depend on their offset. */
void pattern_write(int fd, uint64_t off, uint64_t len);
/* Returns false and prints the first difference if the contents differ. */
bool pattern_check(int fd, uint64_t off, uint64_t len);
bool zero_check(int fd, uint64_t off, uint64_t len);

/* The page frame number behind an address that has been touched; 0 if there is none. */
uint64_t page_frame(const void *addr);

#endif
