# SPDX-License-Identifier: GPL-2.0-only
# Entry points of the whole project; `make help` lists them.

MAKEFLAGS += --no-print-directory
DEPS := test/vm/deps

# The first target is what a bare `make` does.
all: user

# --- user space: lib/ daemon/ ctl/ proto/ systemd/ --------------------------------------------
user:
	@:

install:
	@:

lint-user:
	@:

clean-user:
	@:
# --- end of user space ------------------------------------------------------------------------

deps:
	@$(DEPS)

kernel: deps
	@$(MAKE) -C kernel

kernels: deps
	@$(MAKE) -C kernel all-variants

root: deps
	@test/vm/mkroot

demo: kernel root all
	@test/vm/demo

vm: kernel root all
	@test/vm/shell

check: kernels root all
	@test/check

bench: kernel root all
	@test/bench/run

lint: deps lint-user
	@test/lint

clean: clean-user
	rm -rf build

help:
	@echo 'make            build all of user space'
	@echo 'make demo       Redis lives through a kexec into another kernel, in a VM'
	@echo 'make check      all tests: unit tests, lint, VM cases on two kernels'
	@echo 'make kernel     the kernels everyday and next, in build/kernel/'
	@echo 'make kernels    those, and debug and plain'
	@echo 'make vm         a shell in the VM'
	@echo 'make bench      one table of measurements'
	@echo 'make lint       checkpatch, sparse, shellcheck and the like'
	@echo 'make install    DESTDIR=, prefix=, bindir= and so on'
	@echo 'make clean      remove build/; the cache stays'
	@echo
	@echo 'Results: build/kernel/{everyday,next,debug,plain}/bzImage and config, build/vm/root.img,'
	@echo '         build/test/KERNEL/GROUP/'
	@echo 'Cache:   $${PRAM_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/pram}'

.PHONY: all user install lint-user clean-user deps kernel kernels root demo vm check bench lint \
	clean help
