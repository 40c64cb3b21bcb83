// SPDX-License-Identifier: GPL-2.0-only
/* The checks of the next kernel, with its files in a directory of the test. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reboot/kernel_file.h"
#include "reboot/next_kernel.h"
#include "reboot/precheck_report.h"
#include "pb.h"
#include "test.h"

#define RELEASE "6.12.57-a"
#define CONFIG(lines) \
	"# Linux/x86 6.12.57 Kernel Configuration\n" lines "\n# end of Kernel hacking\n"

static char *top;	/* "boot" and "modules" are below it */
static Pram__KexecReport *rep;
static Pram__KexecRequest *req;
static struct next_kernel nk;

static char *path_of(const char *name)
{
	static char buf[2][256];
	static unsigned int next;
	char *path = buf[next++ % 2];

	snprintf(path, sizeof(buf[0]), "%s/%s", top, name);
	return path;
}

static void put(const char *name, const char *data, size_t len)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void put_dir(const char *name)
{
	assert_int_equal(mkdir(path_of(name), 0700), 0);
}

static int setup(void **state)
{
	(void)state;
	top = strdup("/tmp/next-kernel-XXXXXX");
	assert_non_null(mkdtemp(top));
	put_dir("boot");
	put_dir("modules");
	rep = PB_NEW(KexecReport);
	req = PB_NEW(KexecRequest);
	pb_str(&rep->kernel, path_of("boot/vmlinuz-" RELEASE));
	nk = (struct next_kernel){};
	strcpy(nk.bz.release, RELEASE);
	return 0;
}

static int teardown(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	assert_int_equal(system(command), 0);
	free(top);
	nextkernel_deinit(&nk);
	pb_free(rep);
	pb_free(req);
	return 0;
}

/* The outcome of the last check: its letter, and a part of its text. */
static void last(char how, const char *text)
{
	const Pram__Check *c;

	assert_true(rep->n_checks > 0);
	c = rep->checks[rep->n_checks - 1];
	if (!strstr(c->text, text) || how != (c->warning ? 'w' : c->ok ? 'y' : 'n'))
		fail_msg("%s %d: %s", c->what, c->ok, c->text);
}

static void test_pram(void **state)
{
	static const struct {
		const char *config;
		char how;
		const char *text;
	} cases[] = {
		{ CONFIG("CONFIG_PRAM=y"), 'y', "has PRAM" },
		{ CONFIG("CONFIG_PRAM=y\nCONFIG_PRAM_FORMAT=3"), 'y', "has PRAM" },
		{ CONFIG("CONFIG_PRAM=y\nCONFIG_PRAM_FORMAT=4"), 'n', "reads format 4 of PRAM" },
		{ CONFIG("# CONFIG_PRAM is not set"), 'n', "is built without PRAM" },
		{ CONFIG("CONFIG_A=y"), 'n', "is built without PRAM" },
		{ CONFIG("CONFIG_PRAM=y\nCONFIG_CMDLINE_OVERRIDE=y"), 'n', "ignores its command line" },
		/* a full file system */
		{ "", 'w', "is truncated" },
		{ "# Linux/x86 6.12.57 Kernel Configuration\nCONFIG_A=y\n", 'w', "is truncated" },
	};

	(void)state;
	nextkernel_check_pram(&nk, 3, rep);
	last('w', "cannot be read: No such file");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		nextkernel_deinit(&nk);
		put_text("boot/config-" RELEASE, cases[i].config);
		nextkernel_check_pram(&nk, 3, rep);
		last(cases[i].how, cases[i].text);
	}
}

/* A kernel whose decompressor may choose any memory, or of which nothing is known, must not choose. */
static void test_kaslr(void **state)
{
	static const struct {
		const char *config;
		bool kaslr;
	} t[] = {
		{ CONFIG("CONFIG_PRAM=y\nCONFIG_RANDOMIZE_BASE=y\nCONFIG_PRAM_KASLR=y"), true },
		{ CONFIG("CONFIG_PRAM=y\nCONFIG_RANDOMIZE_BASE=y"), false },
		{ CONFIG("CONFIG_PRAM=y\nCONFIG_RANDOMIZE_BASE=y\nCONFIG_PRAM_KASLR=m"), false },
		{ CONFIG("CONFIG_PRAM=y"), true },
	};

	(void)state;
	assert_false(nextkernel_kaslr(&nk));
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct next_kernel next = { .config = (char *)t[i].config };

		assert_int_equal(nextkernel_kaslr(&next), t[i].kaslr);
	}
}

/* The configuration of the release is not that of an image of another name. */
static void test_pram_name(void **state)
{
	(void)state;
	put_text("boot/config-" RELEASE, CONFIG("# CONFIG_PRAM is not set"));
	pb_str(&rep->kernel, path_of("boot/vmlinuz-b"));
	nextkernel_check_pram(&nk, 1, rep);
	last('w', "not named vmlinuz-" RELEASE);
	pb_str(&rep->kernel, path_of("boot/bzImage"));
	nextkernel_check_pram(&nk, 1, rep);
	last('w', "not named vmlinuz-" RELEASE);
	pb_str(&rep->kernel, path_of("boot/vmlinuz-"));
	nk.bz.release[0] = 0;
	nextkernel_check_pram(&nk, 1, rep);
	last('w', "unknown");
	assert_null(nk.config);
}

static void test_config_no_file(void **state)
{
	(void)state;
	/* nobody writes to it, and the check must not wait for that */
	assert_int_equal(mkfifo(path_of("boot/config-" RELEASE), 0600), 0);
	nextkernel_check_pram(&nk, 1, rep);
	last('w', "cannot be read");
}

static void check_modules(const char *config, bool loaded)
{
	nextkernel_deinit(&nk);
	if (config)
		nk.config = strdup(config);
	nextkernel_check_modules(&nk, path_of("modules"), "running", loaded, rep);
}

static void test_modules(void **state)
{
	(void)state;
	/* a machine without modules in /lib/modules: that of the tests, or with all in the initrd */
	check_modules(NULL, false);
	last('y', "uses none from there");
	check_modules(NULL, true);
	last('y', "uses none from there");
	check_modules("CONFIG_A=y\n", true);
	last('y', "needs none");
	check_modules("CONFIG_A=m\n", true);
	last('w', "must be in the initrd");
	put_dir("modules/" RELEASE);
	check_modules("CONFIG_A=m\n", true);
	last('w', "must be in the initrd");

	/* a machine with those of the running kernel only */
	put_dir("modules/running");
	put_text("modules/running/modules.dep", "");
	check_modules("CONFIG_A=y\n", true);
	last('y', "needs none");
	check_modules("CONFIG_A=m\n", true);
	last('n', "/" RELEASE "/modules.dep is missing");
	check_modules("CONFIG_A=m\n", false);
	last('n', "/" RELEASE "/modules.dep is missing");
	check_modules(NULL, false);
	last('y', "uses none from there");
	check_modules(NULL, true);
	last('n', "put its config-RELEASE beside it");

	put_text("modules/" RELEASE "/modules.dep", "");
	check_modules("CONFIG_A=m\n", true);
	last('y', "modules/" RELEASE);
	check_modules(NULL, true);
	last('y', "modules/" RELEASE);
	nk.bz.release[0] = 0;
	check_modules(NULL, true);
	last('w', "unknown");
}

static void test_signature(void **state)
{
	static char config[] = "CONFIG_KEXEC=y\nCONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_SIG=y\n";
	struct load_rules rules = { .locked_down = true };

	(void)state;
	nextkernel_check_signature(&nk, &rules, rep);
	last('w', "may refuse the image");
	rules.config = config;
	nextkernel_check_signature(&nk, &rules, rep);
	last('n', "is not signed, and the running kernel is locked down");
	assert_string_equal(precheck_failed(rep)->reason, "kexec-signature");
	nk.bz.signature_end = 4096;
	nextkernel_check_signature(&nk, &rules, rep);
	last('y', "is signed");
	nk.bz.signature_end = 0;
	rules.locked_down = false;
	nextkernel_check_signature(&nk, &rules, rep);
	last('y', "need not be");
}

static void check_initrd(const char *name, const char *data, size_t len)
{
	put(name, data, len);
	pb_str(&rep->initrd, path_of(name));
	nextkernel_check_initrd(&nk, req, true, rep);
}

static void test_initrd(void **state)
{
	(void)state;
	nextkernel_check_initrd(&nk, req, false, rep);
	last('y', "none");
	nextkernel_check_initrd(&nk, req, true, rep);
	last('n', "there is no initrd beside");
	pb_set(req, no_initrd, 1);
	nextkernel_check_initrd(&nk, req, true, rep);
	last('y', "none");
	check_initrd("i", "", 0);
	last('n', "/i is not a usable initrd: empty");
	check_initrd("i", "070701", 6);
	last('n', "/i is not a usable initrd: truncated");
	check_initrd("i", "\x1f\x8b" "0123456789", 12);
	last('y', "/i (gzip)");
	assert_int_equal(rep->initrd_bytes, 12);
	nk.config = strdup("CONFIG_BLK_DEV_INITRD=y\nCONFIG_RD_GZIP=y\n");
	check_initrd("i", "\x1f\x8b" "0123456789", 12);
	last('y', "/i (gzip)");
	check_initrd("i", "\xfd" "7zXZ", 6);
	last('n', "which lacks CONFIG_RD_XZ");
	memset(strstr(nk.config, "RD_GZIP"), 'x', 2);
	memcpy(nk.config, "xx", 2);
	check_initrd("i", "\x1f\x8b" "0123456789", 12);
	last('n', "which lacks CONFIG_BLK_DEV_INITRD");
	pb_str(&rep->initrd, top);
	nextkernel_check_initrd(&nk, req, true, rep);
	last('n', "not a regular file");
	assert_int_equal(rep->initrd_bytes, 0);
}

/* --kernel alone takes the initrd beside the kernel. */
static void test_initrd_beside(void **state)
{
	char *kernel = strdup(path_of("boot/vmlinuz-" RELEASE)), *found = NULL;
	static const char *const names[] = {
		"boot/initrd-" RELEASE, "boot/initramfs-" RELEASE ".img", "boot/initrd.img-" RELEASE,
	};

	(void)state;
	put_text("boot/initrd.img-6.12.57-b", "");
	assert_int_equal(kernelfile_initrd(kernel, &found), -ENOENT);
	assert_int_equal(kernelfile_initrd(path_of("boot/bzImage"), &found), -ENOENT);
	assert_int_equal(kernelfile_initrd("vmlinuz", &found), -ENOENT);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		put_text(names[i], "");
		assert_int_equal(kernelfile_initrd(kernel, &found), 0);
		assert_string_equal(found, path_of(names[i]));
		free(found);
	}
	free(kernel);
}

static void test_newest(void **state)
{
	char *found = NULL, *boot = strdup(path_of("boot")), *link = strdup(path_of("vmlinuz"));

	(void)state;
	assert_int_equal(kernelfile_newest(boot, link, &found), -ENOENT);
	put_text("boot/kernel", "");
	assert_int_equal(symlink("boot/kernel", link), 0);
	assert_int_equal(kernelfile_newest(boot, link, &found), 0);
	assert_string_equal(found, path_of("boot/kernel"));
	free(found);
	put_text("boot/vmlinuz-6.9", "");
	put_text("boot/vmlinuz-6.12", "");
	put_text("boot/vmlinuz-6.13.dpkg-new", "");
	put_text("boot/vmlinuz-6.12.old", "");
	assert_int_equal(kernelfile_newest(boot, link, &found), 0);
	assert_string_equal(found, path_of("boot/vmlinuz-6.12"));
	free(found);
	free(boot);
	free(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pram, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kaslr, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pram_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_config_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_modules, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signature, setup, teardown),
		cmocka_unit_test_setup_teardown(test_initrd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_initrd_beside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_newest, setup, teardown),
	};

	return run_group("next kernel", tests);
}
