// SPDX-License-Identifier: GPL-2.0-only
/* What may be opened as shared memory without a name. This test must run as root. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkpoint/mapped_file.h"
#include "test.h"

#define BYTES 65536
#define NAMED "/dev/shm/test_mapped_file"

/* Maps the file, opens it through the mapping, and returns the result of that: 0 or a negative errno. */
static int open_mapped(int file, int prot)
{
	char *p = mmap(NULL, BYTES, prot, file < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED, file, 0);
	uint64_t start = (uintptr_t)p;
	struct stat st;
	int fd;

	assert_true(p != MAP_FAILED);
	fd = kept_open_mapping((uint32_t)getpid(), start, start + BYTES, &st);
	munmap(p, BYTES);
	if (fd < 0)
		return fd;
	assert_true(st.st_size == BYTES);
	close(fd);
	return 0;
}

static void need_root(void)
{
	if (geteuid())
		skip();
}

static void test_nameless(void **state)
{
	int fd;

	(void)state;
	need_root();
	fd = memfd_create("shared", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, BYTES), 0);
	assert_int_equal(open_mapped(fd, PROT_READ | PROT_WRITE), 0);
	close(fd);
	assert_int_equal(open_mapped(-1, PROT_READ | PROT_WRITE), 0);
}

/* A file that the process may only read. */
static void test_named(void **state)
{
	int fd;

	(void)state;
	need_root();
	fd = open(NAMED, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, BYTES), 0);
	assert_int_equal(open_mapped(fd, PROT_READ), -EINVAL);
	close(fd);
	unlink(NAMED);
}

/* A stopped process never gives a lease up, so the open must not wait for that. */
static void test_lease(void **state)
{
	int fd;

	(void)state;
	need_root();
	fd = memfd_create("leased", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, BYTES), 0);
	signal(SIGIO, SIG_IGN);
	assert_int_equal(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	alarm(5);
	assert_int_equal(open_mapped(fd, PROT_READ | PROT_WRITE), -EWOULDBLOCK);
	alarm(0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nameless),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_lease),
	};

	return run_group("mapped_file", tests);
}
