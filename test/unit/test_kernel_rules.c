// SPDX-License-Identifier: GPL-2.0-only
/* What is known of kernels: their configuration, how they were booted, which images they load. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reboot/boot_params.h"
#include "reboot/kernel_config.h"
#include "reboot/load_rules.h"
#include "test.h"

static const char config[] = "#\n"
			     "# Automatically generated file; DO NOT EDIT.\n"
			     "# Linux/x86 6.12.57 Kernel Configuration\n"
			     "#\n"
			     "# CONFIG_PRAMX is not set\n"
			     "CONFIG_PRAM_FORMAT=12\n"
			     "CONFIG_PRAM=y\n"
			     "CONFIG_HUGE=99999999999999999999999\n"
			     "CONFIG_NAME=\"y\"\n"
			     "CONFIG_EMPTY=\n"
			     "# end of Kernel hacking\n"
			     "CONFIG_LAST=y";

static void test_config(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_true(kernelconfig_has(config, "PRAM"));
	assert_true(kernelconfig_has(config, "LAST"));
	assert_false(kernelconfig_has(config, "PRA"));
	assert_false(kernelconfig_has(config, "PRAMX"));
	assert_false(kernelconfig_has(config, "NAME"));
	assert_false(kernelconfig_has(config, "EMPTY"));
	assert_false(kernelconfig_has(config, ""));
	assert_false(kernelconfig_number(config, "HUGE", &n));
	assert_false(kernelconfig_number(config, "PRAM", &n));
	assert_false(kernelconfig_number(config, "EMPTY", &n));
	assert_false(kernelconfig_number(config, "NONE", &n));
	assert_int_equal(n, 7);
	assert_true(kernelconfig_number(config, "PRAM_FORMAT", &n));
	assert_int_equal(n, 12);
	assert_true(kernelconfig_has("CONFIG_PRAM=y\r\n", "PRAM"));
	assert_false(kernelconfig_has("CONFIG_PRAM=m\n", "PRAM"));
	assert_false(kernelconfig_has("CONFIG_PRAM=yes\n", "PRAM"));
	assert_false(kernelconfig_has("#CONFIG_PRAM=y\n CONFIG_PRAM=y\n", "PRAM"));
	assert_false(kernelconfig_has("", "PRAM"));
}

static void test_config_modules(void **state)
{
	(void)state;
	assert_false(kernelconfig_has_modules(config));
	assert_false(kernelconfig_has_modules(""));
	assert_false(kernelconfig_has_modules("=m\n# CONFIG_A=m\nCONFIG_B=\"=m\"\n"));
	assert_true(kernelconfig_has_modules("CONFIG_A=y\nCONFIG_B=m"));
	assert_true(kernelconfig_has_modules("CONFIG_B=m\r\nCONFIG_A=y\n"));
}

/* What is left of a file when the file system is full is not taken for the whole. */
static void test_config_truncated(void **state)
{
	char *end, copy[sizeof(config)];

	(void)state;
	memcpy(copy, config, sizeof(copy));
	assert_true(kernelconfig_complete(copy));
	end = strstr(copy, "CONFIG_LAST");
	end[-1] = 0;
	assert_false(kernelconfig_complete(copy));
	assert_false(kernelconfig_complete(""));
	assert_false(kernelconfig_complete("\n# end of Kernel hacking\n"));
}

static void test_boot_params(void **state)
{
	struct boot_params_info info;
	uint8_t page[4096] = {};

	(void)state;
	page[0x21c] = 1;
	assert_false(bootparams_parse(page, sizeof(page), &info));
	assert_false(info.initrd);
	memcpy(page + 0x202, "HdrS", 4);
	assert_false(bootparams_parse(page, sizeof(page) - 1, &info));
	assert_true(bootparams_parse(page, sizeof(page), &info));
	assert_true(info.initrd);
	assert_false(info.secure_boot);
	page[0x21c] = 0;
	page[0x1ec] = 3;
	assert_true(bootparams_parse(page, sizeof(page), &info));
	assert_false(info.initrd);
	assert_true(info.secure_boot);
	page[0xc7] = 1;
	page[0x1ec] = 2;
	assert_true(bootparams_parse(page, sizeof(page), &info));
	assert_true(info.initrd);
	assert_false(info.secure_boot);
}

static void test_lockdown(void **state)
{
	(void)state;
	assert_false(loadrules_lockdown("[none] integrity confidentiality"));
	assert_true(loadrules_lockdown("none [integrity] confidentiality"));
	assert_true(loadrules_lockdown("none integrity [confidentiality]"));
	assert_false(loadrules_lockdown(""));
}

#define BOTH "CONFIG_KEXEC=y\nCONFIG_KEXEC_FILE=y\n"
#define SIG BOTH "CONFIG_KEXEC_SIG=y\n"

static const struct {
	const char *config;
	bool locked_down, secure_boot, ima;
	enum load_verdict verdict;
} rules[] = {
	/* unknown */
	{ NULL, false, false, false, LOAD_PERMITTED },
	{ NULL, true, false, false, LOAD_UNKNOWN },
	{ NULL, false, true, false, LOAD_UNKNOWN },
	/* a kernel that does not verify signatures, like those of the tests: lockdown does not matter */
	{ BOTH, false, false, false, LOAD_PERMITTED },
	{ BOTH, true, true, false, LOAD_PERMITTED },
	/* Debian's */
	{ SIG, false, false, false, LOAD_PERMITTED },
	{ SIG, true, false, false, LOAD_REFUSED },
	{ SIG, true, true, true, LOAD_PERMITTED },
	/* without lockdown, kexec_load() takes what kexec_file_load() does not */
	{ SIG "CONFIG_KEXEC_SIG_FORCE=y\n", false, false, false, LOAD_PERMITTED },
	{ SIG "CONFIG_KEXEC_SIG_FORCE=y\n", true, false, true, LOAD_REFUSED },
	{ "CONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_SIG=y\nCONFIG_KEXEC_SIG_FORCE=y\n", false, false, false,
	  LOAD_REFUSED },
	/* Secure Boot without lockdown: IMA */
	{ SIG, false, true, false, LOAD_PERMITTED },
	{ SIG "CONFIG_IMA=y\n", false, true, false, LOAD_PERMITTED },
	{ SIG "CONFIG_IMA_ARCH_POLICY=y\nCONFIG_IMA=y\n", false, true, false, LOAD_REFUSED },
	{ SIG "CONFIG_IMA_ARCH_POLICY=y\nCONFIG_IMA=y\n", false, false, false, LOAD_PERMITTED },
	/* only kexec_load() */
	{ "CONFIG_KEXEC=y\n", false, false, false, LOAD_PERMITTED },
	{ "CONFIG_KEXEC=y\n", true, false, false, LOAD_REFUSED },
};

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct load_rules r = {
			.config = (char *)rules[i].config,
			.locked_down = rules[i].locked_down,
			.secure_boot = rules[i].secure_boot,
		};

		if (loadrules_unsigned(&r, rules[i].ima) != rules[i].verdict)
			fail_msg("rule %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config),	    cmocka_unit_test(test_config_modules),
		cmocka_unit_test(test_config_truncated), cmocka_unit_test(test_boot_params),
		cmocka_unit_test(test_lockdown),    cmocka_unit_test(test_rules),
	};

	return run_group("kernels", tests);
}
