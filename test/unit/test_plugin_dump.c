// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plugin's side of a dump: what nobody would keep fails it, and CRIU does not end the tree if
 * the memory cannot be committed. The process is a child of this one; the kernel is replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/pram.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attributes.h"
#include "criu.h"
#include "plugin.h"
#include "test.h"

#define DEV 1000	/* a descriptor that does not exist */

static struct {
	pid_t pid;
	int node;		/* a descriptor that stands for the node */
	int take;		/* result of the call: 0 or errno */
	uint64_t pages;
	uint32_t left;		/* why the only mapping is not in the node, or PRAM_LEFT_NO */
	int commit;		/* errno of that call */
	unsigned int commits;
	unsigned int images;
	char errors[1024];
} t;

/* --- what it calls ------------------------------------------------------------------------ */

int plugin_dev = DEV;
bool plugin_asked = true;

int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long call, void *arg);

int __wrap_open(const char *path, int flags, ...)
{
	char device[64];

	snprintf(device, sizeof(device), "/proc/%d/root/dev/pram", t.pid);
	return __real_open(strcmp(path, device) ? path : "/dev/null", flags);
}

bool plugin_is_dev(int fd)
{
	return fd >= 0;
}

int __wrap_ioctl(int fd, unsigned long call, void *arg)
{
	struct pram_take *take = arg;
	struct pram_vma *vmas;

	if (call == PRAM_IOC_CREATE) {
		assert_int_equal(fd, DEV);
		t.node = __real_open("/dev/null", O_RDWR | O_CLOEXEC);
		return t.node;
	}
	assert_int_equal(fd, t.node);
	errno = call == PRAM_IOC_TAKE ? t.take : t.commit;
	if (call == PRAM_IOC_COMMIT)
		t.commits++;
	if (errno)
		return -1;
	if (call == PRAM_IOC_COMMIT)
		return 0;
	assert_int_equal(call, PRAM_IOC_TAKE);
	vmas = (struct pram_vma *)(uintptr_t)take->vmas;
	vmas[0].start = 0x1000;
	vmas[0].left = t.left;
	take->nr_vmas = 1;
	take->pages = t.pages;
	return 0;
}

int image_write_taken(pid_t pid, char *node, const struct pram_take *arg,
		      const struct pram_vma *vmas, uint32_t n)
{
	(void)node;
	(void)vmas;
	assert_int_equal(pid, t.pid);
	assert_int_equal(arg->pages, t.pages);
	assert_int_equal(n, 1);
	t.images++;
	return 0;
}

int plugin_enter_inventory(void)
{
	return 0;
}

pid_t plugin_inner_pid(pid_t pid)
{
	return pid;
}

int shared_dump(int pid)
{
	assert_int_equal(pid, t.pid);
	return 0;
}

int attributes_dump(int pid)
{
	assert_int_equal(pid, t.pid);
	return 0;
}

/* No directory of images, so there is no request to give the memory back. */
int criu_get_image_dir(void)
{
	return -1;
}

void print_on_level(unsigned int level, const char *format, ...)
{
	size_t len = strlen(t.errors);
	va_list ap;

	va_start(ap, format);
	if (level == LEVEL_ERROR)
		vsnprintf(t.errors + len, sizeof(t.errors) - len, format, ap);
	va_end(ap);
}

/* --- a dump ------------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.node = -1;
	t.pages = 100;
	t.pid = fork();
	if (!t.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return t.pid < 0;
}

static int teardown(void **state)
{
	(void)state;
	kill(t.pid, SIGKILL);
	return waitpid(t.pid, NULL, 0) != t.pid;
}

/* A closed node gives the memory back. */
static bool node_is_open(void)
{
	return fcntl(t.node, F_GETFD) >= 0;
}

static void fails(const char *text)
{
	assert_int_equal(dump_checkpoint_devices(t.pid), -1);
	assert_non_null(strstr(t.errors, text));
	assert_false(node_is_open());
	assert_int_equal(t.images, 0);
	dump_exit(0);
	assert_int_equal(t.commits, 0);
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_taken(void **state)
{
	(void)state;
	assert_int_equal(dump_checkpoint_devices(t.pid), 0);
	assert_true(node_is_open());
	assert_int_equal(t.images, 1);
	/* one that shares its memory; CRIU refuses it */
	assert_int_equal(dump_checkpoint_devices(t.pid), 0);
	assert_int_equal(t.images, 1);
	dump_exit(0);
	assert_int_equal(t.commits, 1);
	assert_false(node_is_open());
	assert_string_equal(t.errors, "");
}

/* CRIU has failed: the process runs on. */
static void test_given_back(void **state)
{
	(void)state;
	assert_int_equal(dump_checkpoint_devices(t.pid), 0);
	dump_exit(1);
	assert_int_equal(t.commits, 0);
	assert_false(node_is_open());
}

/* What nobody keeps: the later process would be less protected. */
static void test_lost(void **state)
{
	(void)state;
	t.left = PRAM_LEFT_PKEY;
	fails("at 1000 has a protection key, which cannot be restored");
	t.left = PRAM_LEFT_UFFD;
	fails("at 1000 is registered with userfaultfd, which cannot be restored");
	t.left = PRAM_LEFT_NO;
	t.take = EOPNOTSUPP;
	fails("has mappings or settings that CRIU loses, and no private memory");
}

/* Its mappings are small, or pinned. */
static void test_left(void **state)
{
	(void)state;
	t.pages = 0;
	t.left = PRAM_LEFT_SMALL;
	assert_int_equal(dump_checkpoint_devices(t.pid), 0);
	assert_false(node_is_open());
	assert_int_equal(t.images, 0);
	t.take = ENOMEM;
	assert_int_equal(dump_checkpoint_devices(t.pid), -ENOTSUP);
	assert_false(node_is_open());
}

/* pramd has committed the node before. */
static void test_committed(void **state)
{
	(void)state;
	t.commit = EINVAL;
	assert_int_equal(dump_checkpoint_devices(t.pid), 0);
	dump_exit(0);
	assert_int_equal(t.commits, 1);
}

/* CRIU would end the tasks when exit() returns. */
static void test_not_committed(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	t.commit = EBUSY;
	assert_int_equal(dump_checkpoint_devices(t.pid), 0);
	pid = fork();
	if (!pid) {
		dump_exit(0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	dump_exit(1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_taken), TEST(test_given_back), TEST(test_lost), TEST(test_left),
		TEST(test_committed), TEST(test_not_committed),
	};

	return run_group("plugin_dump", tests);
}
