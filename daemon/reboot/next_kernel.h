/* SPDX-License-Identifier: GPL-2.0-only */
/* The checks of the next kernel itself: its image, PRAM, modules, signature and initrd. */
#ifndef PRAM_REBOOT_NEXT_KERNEL_H
#define PRAM_REBOOT_NEXT_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "reboot/bzimage.h"
#include "reboot/load_rules.h"
#include "pram.pb-c.h"

struct next_kernel {
	struct bzimage bz;
	char *config;	/* its configuration; NULL: unknown */
};

void nextkernel_deinit(struct next_kernel *nk);

/*
 * Chooses kernel and initrd, as @req says, and stores them and their sizes in the report. @format:
 * PRAM's format in the running kernel. Returns false if no further check of them makes sense.
 */
bool nextkernel_check(const Pram__KexecRequest *req, uint32_t format, struct next_kernel *nk,
		      Pram__KexecReport *rep);

/* Does the kernel choose its own address only where no memory is preserved? False if unknown. */
bool nextkernel_kaslr(const struct next_kernel *nk);

/* Its parts. @rep names the kernel, and the image was read into @nk. */

/* Reads the configuration beside the image, and checks what it says about PRAM. */
void nextkernel_check_pram(struct next_kernel *nk, uint32_t format, Pram__KexecReport *rep);

/*
 * @dir: /lib/modules. @running: release of the running kernel; @loaded: it has loaded modules.
 */
void nextkernel_check_modules(const struct next_kernel *nk, const char *dir, const char *running,
			      bool loaded, Pram__KexecReport *rep);

void nextkernel_check_signature(const struct next_kernel *nk, const struct load_rules *rules,
				Pram__KexecReport *rep);

/* next_initrd.c. @had_one: the running kernel was started with an initrd. */
void nextkernel_check_initrd(const struct next_kernel *nk, const Pram__KexecRequest *req,
			     bool had_one, Pram__KexecReport *rep);

#endif /* PRAM_REBOOT_NEXT_KERNEL_H */
