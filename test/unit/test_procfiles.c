// SPDX-License-Identifier: GPL-2.0-only
/* Lists the open and mapped files of a process: parses samples of /proc/PID/maps, and reads this process. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "procfiles.h"
#include "test.h"

static void test_parse(void **state)
{
	struct proc_mapping m;

	(void)state;
	assert_true(proc_mapping_parse("7f0000000000-7f0000021000 rw-s 00003000 08:1f 1234   /a b (deleted)", &m));
	assert_int_equal(m.start, 0x7f0000000000);
	assert_int_equal(m.end, 0x7f0000021000);
	assert_int_equal(m.dev, makedev(8, 0x1f));
	assert_int_equal(m.ino, 1234);
	assert_string_equal(m.path, "/a b (deleted)");
	assert_true(m.shared && m.writable && !m.executable);

	assert_true(proc_mapping_parse("1000-2000 r--p 00000000 00:00 0 ", &m));
	assert_string_equal(m.path, "");
	assert_false(m.shared || m.writable);
	assert_true(proc_mapping_parse("1000-2000 r-xp 00000000 00:00 0 ", &m));
	assert_true(m.executable && !m.writable);
	assert_true(proc_mapping_parse("1000-2000 rw-p 00000000 00:00 0", &m));
	assert_string_equal(m.path, "");
	assert_true(proc_mapping_parse("1000-2000 rw-p 00000000 00:00 0  [heap]", &m));
	assert_string_equal(m.path, "[heap]");
}

static void test_parse_garbage(void **state)
{
	static const char *const lines[] = {
		"", "\n", "1000", "1000-", "1000-2000", "1000-2000 rw", "1000-2000 rw-p 0 08:1 ",
		"1000-2000 rw-p 0 0801 5 /x", "1000-2000 rw 0 08:1 5 /x", "x-2000 rw-p 0 08:1 5 /x",
		"1000-2000 rw-pxx 0 08:1 5 /x", "Size:  4 kB",
	};
	struct proc_mapping m;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++)
		if (proc_mapping_parse(lines[i], &m))
			fail_msg("taken: '%s'", lines[i]);
}

struct wanted {
	struct stat st;
	const void *at;
	unsigned int seen;
};

static int see_mapping(const struct proc_mapping *m, void *userdata)
{
	struct wanted *w = userdata;

	assert_int_equal(m->pid, getpid());
	if (m->start != (uintptr_t)w->at)
		return 0;
	assert_int_equal(m->ino, w->st.st_ino);
	assert_true(m->shared && !m->writable);
	assert_non_null(strstr(m->path, "/memfd:looked at"));
	w->seen++;
	return 7;
}

static int see_fd(const struct proc_fd *fd, void *userdata)
{
	struct wanted *w = userdata;
	struct stat st;

	assert_int_equal(fd->pid, getpid());
	if (!strstr(fd->target, "/memfd:looked at"))
		return 0;
	assert_int_equal(fstatat(fd->dir, fd->name, &st, 0), 0);
	assert_int_equal(st.st_ino, w->st.st_ino);
	w->seen++;
	return 0;
}

static void test_own(void **state)
{
	int fd = memfd_create("looked at", 0), other = dup(fd);
	long page = sysconf(_SC_PAGESIZE);
	struct wanted w = {};

	(void)state;
	assert_int_equal(ftruncate(fd, page), 0);
	assert_int_equal(fstat(fd, &w.st), 0);
	w.at = mmap(NULL, (size_t)page, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(w.at, MAP_FAILED);
	assert_int_equal(proc_each_mapping((uint32_t)getpid(), see_mapping, &w), 7);
	assert_int_equal(w.seen, 1);
	assert_int_equal(proc_each_fd((uint32_t)getpid(), see_fd, &w), 0);
	assert_int_equal(w.seen, 3);	/* both */
	munmap((void *)w.at, (size_t)page);
	close(fd);
	close(other);
}

static int must_not(const struct proc_fd *fd, void *userdata)
{
	(void)fd;
	(void)userdata;
	return 1;
}

static int must_not_map(const struct proc_mapping *m, void *userdata)
{
	(void)m;
	(void)userdata;
	return 1;
}

/* Values beyond the maximum of Linux. */
static void test_no_process(void **state)
{
	(void)state;
	assert_int_equal(proc_each_fd(UINT32_MAX, must_not, NULL), 0);
	assert_int_equal(proc_each_mapping(UINT32_MAX, must_not_map, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_garbage),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
