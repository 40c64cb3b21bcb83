// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <sys/utsname.h>

#include "reboot/boot_params.h"
#include "reboot/kernel_config.h"
#include "reboot/load_rules.h"
#include "io.h"
#include "str.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"

bool loadrules_lockdown(const char *contents)
{
	return strchr(contents, '[') && !strstr(contents, "[none]");
}

void loadrules_read(struct load_rules *ret)
{
	char *lockdown __cleanup(freep) = NULL;
	char *path __cleanup(freep) = NULL;
	struct boot_params_info boot;
	struct utsname uts;

	*ret = (struct load_rules){};
	if (read_line(LOCKDOWN, &lockdown) == 0)
		ret->locked_down = loadrules_lockdown(lockdown);
	bootparams_read(&boot);
	ret->secure_boot = boot.secure_boot;
	if (uname(&uts) == 0)
		path = str_printf("/boot/config-%s", uts.release);
	if (path)
		kernelconfig_read(path, &ret->config);
}

void loadrules_deinit(struct load_rules *rules)
{
	free(rules->config);
	rules->config = NULL;
}

/* kimage_validate_signature(). A kernel that does not verify signatures has no rule about them. */
static bool file_load_refuses(const struct load_rules *r, bool ima)
{
	if (!kernelconfig_has(r->config, "KEXEC_FILE"))
		return true;
	if (!kernelconfig_has(r->config, "KEXEC_SIG"))
		return false;
	if (kernelconfig_has(r->config, "KEXEC_SIG_FORCE"))
		return true;
	if (r->secure_boot && kernelconfig_has(r->config, "IMA_ARCH_POLICY"))
		return true;
	return r->locked_down && !ima;
}

/* kexec_load_check(), ima_load_data(). Here no image has a signature that the kernel sees. */
static bool load_refuses(const struct load_rules *r)
{
	if (!kernelconfig_has(r->config, "KEXEC") || r->locked_down)
		return true;
	return r->secure_boot && kernelconfig_has(r->config, "IMA") &&
	       kernelconfig_has(r->config, "KEXEC_SIG");
}

enum load_verdict loadrules_unsigned(const struct load_rules *rules, bool ima)
{
	if (!rules->config)
		return rules->locked_down || rules->secure_boot ? LOAD_UNKNOWN : LOAD_PERMITTED;
	return file_load_refuses(rules, ima) && load_refuses(rules) ? LOAD_REFUSED :
								      LOAD_PERMITTED;
}
